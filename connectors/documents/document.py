"""What a document type and a document number are, whatever the type.

Owns the shapes and the forgiving first step of reading a number; each type's rules live in its
own file.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from re import Pattern

DASHES = "-‐‑‒–—―−－"


class Sex(StrEnum):
    """Sex as a document tells it, in OpenID Connect's `gender` words (OIDC Core §5.1)."""

    MALE = "male"
    FEMALE = "female"


class Fault(StrEnum):
    """Why a number cannot be one of its type: the page's words are chosen by it."""

    EMPTY = "empty"
    LENGTH = "length"
    CHARACTERS = "characters"
    REGION = "region"
    BIRTH_DATE = "birth_date"
    CHECK_DIGIT = "check_digit"


class InvalidDocumentNumber(ValueError):
    """A number that cannot belong to its type. Holds the fault, never the number."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentNumber:
    """A number in canonical form, with what can be read off it.

    Attributes:
        number: the form that is compared, indexed and sent to authorities.
        birth_date: where the number tells it.
        sex: where the number tells it.
        issue: the issue or renewal count printed beside a lifelong number.
        version: which of several forms of one type this is, named by year.
    """

    number: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    sex: Sex | None = field(default=None, repr=False)
    issue: str | None = field(default=None, repr=False)
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """One type of identity document.

    Attributes:
        id: its identifier everywhere in the product.
        names: what it is called, by language tag.
        parse: typed text → canonical number; raises `InvalidDocumentNumber`.
        visible: how many characters a masked number shows at its start and its end.
    """

    id: str
    names: Mapping[str, str]
    parse: Callable[[str], DocumentNumber]
    visible: tuple[int, int] = (2, 2)

    def normalise(self, text: str) -> str:
        """The canonical number.

        Raises:
            InvalidDocumentNumber: `text` cannot be a number of this type.
        """
        return self.parse(text).number

    def mask(self, number: str) -> str:
        """The number with its middle starred, for pages and logs: `1101**********002X`."""
        head, tail = self.visible
        if len(number) <= head + tail:
            return "*" * len(number)
        return number[:head] + "*" * (len(number) - head - tail) + number[len(number) - tail :]


def clean(text: str) -> str:
    """Typed text without what people and keyboards add: width, case, spaces, dashes.

    Raises:
        InvalidDocumentNumber: nothing is left.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(
        character
        for character in folded
        if character not in DASHES and not character.isspace() and character.isprintable()
    )
    if not kept:
        raise InvalidDocumentNumber(Fault.EMPTY)
    return kept


def require_pattern(number: str, pattern: Pattern[str], *, lengths: frozenset[int]) -> str:
    """`number`, when it has one of `lengths` and matches `pattern` as a whole.

    Raises:
        InvalidDocumentNumber: it does not.
    """
    if len(number) not in lengths:
        raise InvalidDocumentNumber(Fault.LENGTH)
    if pattern.fullmatch(number) is None:
        raise InvalidDocumentNumber(Fault.CHARACTERS)
    return number


def by_pattern(
    pattern: Pattern[str], *, lengths: frozenset[int]
) -> Callable[[str], DocumentNumber]:
    """A parser for a type that has a format and no check digit."""
    return partial(_parse_by_pattern, pattern=pattern, lengths=lengths)


def _parse_by_pattern(
    text: str, *, pattern: Pattern[str], lengths: frozenset[int]
) -> DocumentNumber:
    return DocumentNumber(number=require_pattern(clean(text), pattern, lengths=lengths))


def read_date(digits: str) -> date:
    """A calendar day written YYYYMMDD.

    Raises:
        InvalidDocumentNumber: there is no such day.
    """
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError as error:
        raise InvalidDocumentNumber(Fault.BIRTH_DATE) from error
