"""Assurance levels: the pair every decision compares, and its `acr` value.

An `acr` is `urn:tongxing:acr:ial{1-4}:aal{1-3}`; it is satisfied when both numbers are at least
those asked.
"""

import re
from dataclasses import dataclass
from typing import Self

_ACR = re.compile(r"urn:tongxing:acr:ial([1-4]):aal([1-3])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Identity assurance (0 = nothing proven, else 1-4) and authentication assurance (1-3)."""

    ial: int
    aal: int

    @classmethod
    def parse(cls, acr: str) -> Self | None:
        """The level an `acr` value names, or None for a value that is not ours."""
        found = _ACR.fullmatch(acr)
        return cls(ial=int(found[1]), aal=int(found[2])) if found else None

    @property
    def acr(self) -> str:
        return f"urn:tongxing:acr:ial{max(self.ial, 1)}:aal{self.aal}"

    def satisfies(self, wanted: "Level") -> bool:
        return self.ial >= wanted.ial and self.aal >= wanted.aal

    def raised_to(self, other: "Level") -> "Level":
        """The lowest level that satisfies both."""
        return Level(ial=max(self.ial, other.ial), aal=max(self.aal, other.aal))


LOWEST = Level(ial=1, aal=1)
ALL_ACR_VALUES = tuple(Level(ial=ial, aal=aal).acr for ial in (1, 2, 3, 4) for aal in (1, 2, 3))
