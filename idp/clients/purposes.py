"""What a client wants people's data for, as registered and reviewed: claims, ground and law.

Owns the value and how it is read from the registry; what may be released follows in the hall.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

CONSENT: Final = "consent"
STATUTORY_DUTY: Final = "statutory_duty"
BASES: Final = (CONSENT, STATUTORY_DUTY)
"""Grounds on which personal data may be handled here (PIPL 13 (1) 1 and 3)."""
LANGUAGES: Final[Mapping[str, str]] = {"zh-Hans": "zh-hans", "zh-Hant": "zh-hant", "en": "en"}
"""The tags a declaration may use, and a page's languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One task. `name` and `law` are by a page's language; `kept_days` 0 where nobody said."""

    id: str
    claims: frozenset[str]
    basis: str = CONSENT
    name: Mapping[str, str] = field(default_factory=dict)
    law: Mapping[str, str] = field(default_factory=dict)
    kept_days: int = 0

    @property
    def is_statutory(self) -> bool:
        return self.basis == STATUTORY_DUTY

    def name_in(self, language: str) -> str:
        return _in(self.name, language)

    def law_in(self, language: str) -> str:
        """The law and article that charges the client with it; "" where consent is the ground."""
        return _in(self.law, language)


def read_purposes(declared: Iterable[Mapping[str, Any]]) -> tuple[Purpose, ...]:
    """Purposes as the registry keeps them."""
    return tuple(
        Purpose(
            id=each["id"],
            claims=frozenset(each["claims"]),
            basis=each.get("basis", CONSENT),
            name=_by_page(each.get("name", {})),
            law=_by_page(each.get("law", {})),
            kept_days=each.get("kept_days", 0),
        )
        for each in declared
    )


def statutory_claims(purposes: Iterable[Purpose]) -> frozenset[str]:
    """The claims that some law gives."""
    return frozenset(claim for each in purposes if each.is_statutory for claim in each.claims)


def purposes_of(purposes: Iterable[Purpose], claim: str) -> tuple[Purpose, ...]:
    """What a claim is wanted for; `claim` is bare, without script or `_verified`."""
    return tuple(each for each in purposes if claim in each.claims)


def _by_page(words: Mapping[str, str]) -> dict[str, str]:
    return {LANGUAGES[tag]: word for tag, word in words.items() if tag in LANGUAGES}


def _in(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or next(iter(words.values()), "")
