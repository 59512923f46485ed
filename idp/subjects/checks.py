"""A document as an authority confirmed it, and what it said: the values that rooms hand on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from idp.subjects.level_rules import Condition
from idp.subjects.links import NewEvidence


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedDocument:
    """A document as an authority confirmed it; number and name in canonical form.

    Attributes:
        issuer: the issuing country of a passport, as its zone writes it.
        issue_count: the renewal count beside a lifelong number, where it is known.
        valid_until: None for no known end, 长期 among them.
    """

    document_type: str
    number: str = field(repr=False)
    holder_name: str = field(repr=False)
    issuer: str = ""
    issue_count: str = ""
    valid_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the authority said of it, for the chain."""

    method: str
    authority: str
    checked_at: datetime
    provider_code: str = ""
    provider_reference: str = ""
    device: str = ""
    operator: str = ""
    circumstances: frozenset[Condition] = frozenset()
    matched_claims: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    identity_level: int = 0
    expires_at: datetime | None = None


def evidence_of(check: Check, **changes: Any) -> NewEvidence:
    """What is appended for a check; `changes` are what it does not know itself."""
    own = {each.name: getattr(check, each.name) for each in fields(check)}
    return NewEvidence(**{**own, **changes})
