"""Where each field of a zone stands: the three layouts of ICAO Doc 9303 parts 4, 5 and 6, as data.

Owns positions, alphabets and what each check digit covers.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

FILLER: Final = "<"


class Alphabet(StrEnum):
    """What may stand in a field, beside the filler."""

    LETTERS = "letters"
    DIGITS = "digits"
    BOTH = "both"
    SEX = "sex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A run of characters on one line, from `start` up to `end`."""

    name: str
    line: int
    start: int
    end: int
    alphabet: Alphabet


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDigit:
    """A digit that proves the characters of `covers`: (line, start, end) in order."""

    field: str
    line: int
    at: int
    covers: tuple[tuple[int, int, int], ...]
    may_be_filler: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One format: `lines` of `length` characters."""

    format: str
    lines: int
    length: int
    fields: tuple[Field, ...]
    checks: tuple[CheckDigit, ...]

    def field(self, name: str) -> Field:
        return next(each for each in self.fields if each.name == name)

    @property
    def composite(self) -> CheckDigit:
        return self.checks[-1]

    def check(self, name: str) -> CheckDigit | None:
        return next((each for each in self.checks if each.field == name), None)


def _field(name: str, line: int, start: int, end: int, alphabet: Alphabet) -> Field:
    return Field(name=name, line=line, start=start, end=end, alphabet=alphabet)


_L, _D, _B = Alphabet.LETTERS, Alphabet.DIGITS, Alphabet.BOTH

TD1: Final = Layout(
    format="TD1",
    lines=3,
    length=30,
    fields=(
        _field("document_code", 0, 0, 2, _L),
        _field("issuer", 0, 2, 5, _L),
        _field("number", 0, 5, 14, _B),
        _field("optional", 0, 15, 30, _B),
        _field("birth", 1, 0, 6, _D),
        _field("sex", 1, 7, 8, Alphabet.SEX),
        _field("expiry", 1, 8, 14, _D),
        _field("nationality", 1, 15, 18, _L),
        _field("optional_2", 1, 18, 29, _B),
        _field("name", 2, 0, 30, _L),
    ),
    checks=(
        CheckDigit(field="number", line=0, at=14, covers=((0, 5, 14),), may_be_filler=True),
        CheckDigit(field="birth", line=1, at=6, covers=((1, 0, 6),)),
        CheckDigit(field="expiry", line=1, at=14, covers=((1, 8, 14),)),
        CheckDigit(
            field="composite",
            line=1,
            at=29,
            covers=((0, 5, 30), (1, 0, 7), (1, 8, 15), (1, 18, 29)),
        ),
    ),
)
TD2: Final = Layout(
    format="TD2",
    lines=2,
    length=36,
    fields=(
        _field("document_code", 0, 0, 2, _L),
        _field("issuer", 0, 2, 5, _L),
        _field("name", 0, 5, 36, _L),
        _field("number", 1, 0, 9, _B),
        _field("nationality", 1, 10, 13, _L),
        _field("birth", 1, 13, 19, _D),
        _field("sex", 1, 20, 21, Alphabet.SEX),
        _field("expiry", 1, 21, 27, _D),
        _field("optional", 1, 28, 35, _B),
    ),
    checks=(
        CheckDigit(field="number", line=1, at=9, covers=((1, 0, 9),), may_be_filler=True),
        CheckDigit(field="birth", line=1, at=19, covers=((1, 13, 19),)),
        CheckDigit(field="expiry", line=1, at=27, covers=((1, 21, 27),)),
        CheckDigit(field="composite", line=1, at=35, covers=((1, 0, 10), (1, 13, 20), (1, 21, 35))),
    ),
)
TD3: Final = Layout(
    format="TD3",
    lines=2,
    length=44,
    fields=(
        _field("document_code", 0, 0, 2, _L),
        _field("issuer", 0, 2, 5, _L),
        _field("name", 0, 5, 44, _L),
        _field("number", 1, 0, 9, _B),
        _field("nationality", 1, 10, 13, _L),
        _field("birth", 1, 13, 19, _D),
        _field("sex", 1, 20, 21, Alphabet.SEX),
        _field("expiry", 1, 21, 27, _D),
        _field("optional", 1, 28, 42, _B),
    ),
    checks=(
        CheckDigit(field="number", line=1, at=9, covers=((1, 0, 9),)),
        CheckDigit(field="birth", line=1, at=19, covers=((1, 13, 19),)),
        CheckDigit(field="expiry", line=1, at=27, covers=((1, 21, 27),)),
        CheckDigit(field="optional", line=1, at=42, covers=((1, 28, 42),), may_be_filler=True),
        CheckDigit(field="composite", line=1, at=43, covers=((1, 0, 10), (1, 13, 20), (1, 21, 43))),
    ),
)
LAYOUTS: Final = MappingProxyType({layout.format: layout for layout in (TD1, TD2, TD3)})
