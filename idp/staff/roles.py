"""The roles, which exclude one another, and what somebody in each must prove themselves with.

The three administrators (三员) are separate people: who configures, who guards, who watches. A role
is an account's for life, and one member of staff has one account; the database holds both.
"""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What an account is for; one only."""

    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"
    DEPARTMENT = "department"
    SUPERVISOR = "supervisor"


THREE: Final = (Role.SYSTEM, Role.SECURITY, Role.AUDIT)
"""Whom a new deployment begins with, one each."""
READ_ONLY: Final = frozenset({Role.AUDIT, Role.SUPERVISOR})
"""Who changes nothing, and may therefore prove themselves with an app's codes."""


def must_resist_phishing(role: Role) -> bool:
    """Whether it takes a passkey or a certificate: codes of an app can be phished."""
    return role not in READ_ONLY
