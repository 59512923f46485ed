"""What a document type and a document number are, whatever the type.

Owns the shapes and the forgiving first step of reading a number; each type's rules live in its
own file.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from re import Pattern

DASHES = "-‐‑‒–—―−－"
BRACKETS = "()[]{}〔〕【】"
_ADDED = frozenset(DASHES + BRACKETS)


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
    """No province has this prefix, or the type is not issued with it."""
    BIRTH_DATE = "birth_date"
    """The calendar has no such day."""
    CHECK_DIGIT = "check_digit"
    ORGANIZATION_CODE = "organization_code"
    """The organization code inside a credit code has a check character of its own: it is wrong."""


class Remark(StrEnum):
    """What is worth knowing of a number that is accepted: a warning, never a refusal."""

    REGION_UNKNOWN = "region_unknown"
    """The province exists, the list of its regions has no such code."""
    REGION_ABOLISHED = "region_abolished"
    """The region existed once; the code on a card never changes."""
    COUNTRY_UNKNOWN = "country_unknown"
    """ISO 3166-1 and ICAO Doc 9303-3 list no such country."""
    FIRST_GENERATION = "first_generation"
    """It was typed with the 15 digits that no card carries any more."""
    RULE_UNOFFICIAL = "rule_unofficial"
    """It was checked by a rule that no official text confirms."""
    FORM_UNUSUAL = "form_unusual"
    """Passports of this country usually look otherwise."""
    REGISTRAR_UNKNOWN = "registrar_unknown"
    """The registering authority or kind of organization is not in our table."""


class Standing(StrEnum):
    """What a document of a type can prove by itself."""

    IDENTITY = "identity"
    """Who a person is, together with an authority's word."""
    SUPPLEMENTARY = "supplementary"
    """Never enough alone: kept beside evidence of an identity document."""
    ORGANIZATION = "organization"
    """Which organization: it identifies no person."""


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
        short_birth_date: YYMMDD, where the number tells no century.
        sex: where the number tells it.
        region: the code of GB/T 2260 in it, as many of its digits as it carries.
        nationality: ISO 3166-1 alpha-3 (ICAO's own codes beside it), where the number tells it.
        issue: the issue or renewal count printed beside a lifelong number.
        version: which of several forms of one type this is, named by year.
        remarks: what is worth a warning.
    """

    number: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    short_birth_date: str = field(default="", repr=False)
    sex: Sex | None = field(default=None, repr=False)
    region: str = field(default="", repr=False)
    nationality: str = field(default="", repr=False)
    issue: str | None = field(default=None, repr=False)
    version: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def key(self) -> str:
        """What tells this document from every other of its type: passports repeat by country."""
        return self.number

    def contradicts_birth_date(self, claimed: date) -> bool:
        """Whether the number itself says that its holder was born on another day."""
        if self.birth_date is not None:
            return self.birth_date != claimed
        return bool(self.short_birth_date) and self.short_birth_date != f"{claimed:%y%m%d}"

    def contradicts_sex(self, claimed: Sex) -> bool:
        """Whether the number itself says the other sex."""
        return self.sex is not None and self.sex is not claimed


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportNumber(DocumentNumber):
    """A passport's number. The same one is given out by several countries."""

    @property
    def key(self) -> str:
        """The issuing country before the number, where it is known: `UTO:L898902C3`."""
        return f"{self.nationality}:{self.number}" if self.nationality else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """One type of identity document.

    Attributes:
        id: its identifier everywhere in the product.
        names: what it is called, by language tag.
        parse: typed text → canonical number; raises `InvalidDocumentNumber`.
        visible: how many characters a masked number shows at its start and its end.
        standing: what it can prove by itself.
        is_for_life: whether a person keeps the number when the document is renewed.
        mrz_formats: the layouts of its machine readable zone that are public (`TD1` …).
        examples: made-up numbers that are valid.
    """

    id: str
    names: Mapping[str, str]
    parse: Callable[[str], DocumentNumber]
    visible: tuple[int, int] = (2, 2)
    standing: Standing = Standing.IDENTITY
    is_for_life: bool = False
    mrz_formats: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()

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
    """Typed text without what people and keyboards add: width, case, spaces, dashes, brackets.

    Raises:
        InvalidDocumentNumber: nothing is left.
    """
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(
        character
        for character in folded
        if character not in _ADDED and not character.isspace() and character.isprintable()
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


def read_date(digits: str) -> date:
    """A calendar day written YYYYMMDD.

    Raises:
        InvalidDocumentNumber: there is no such day.
    """
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError as error:
        raise InvalidDocumentNumber(Fault.BIRTH_DATE) from error


def sex_by_parity(digit: str) -> Sex:
    """Sex by the last digit of a serial number: odd is male (GB 11643-1999 §3.3)."""
    return Sex.MALE if int(digit) % 2 else Sex.FEMALE
