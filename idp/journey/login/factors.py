"""Authentication factors, and the level that those proven in a session reach."""

from typing import Final

PASSWORD: Final = "pwd"  # noqa: S105 - RFC 8176 §2's name of a method
SMS: Final = "sms"
MULTIPLE: Final = "mfa"
"""`amr` values of RFC 8176 §2."""

REACHABLE_AAL: Final = 2


def amr_of(factors: frozenset[str]) -> tuple[str, ...]:
    """The `amr` of these factors; two of them are told as `mfa` too."""
    named = sorted(factors)
    return (*named, MULTIPLE) if len(named) > 1 else tuple(named)


def factors_in(amr: tuple[str, ...]) -> frozenset[str]:
    """The factors behind an `amr`."""
    return frozenset(amr) - {MULTIPLE}


def aal_of(factors: frozenset[str]) -> int:
    """Password or code is aal1, both together aal2."""
    return 2 if {PASSWORD, SMS} <= factors else 1
