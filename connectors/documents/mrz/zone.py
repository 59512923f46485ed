"""What a zone says, as values: fields, repairs, and the typed reason why one is refused.

Owns the shapes. Everything that is personal stays out of reprs and errors.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from connectors.documents.dates import BirthDate, Expiry
from connectors.documents.document import Sex


class MrzFault(StrEnum):
    """Why text is no zone that can be believed: the page's words are chosen by it."""

    EMPTY = "empty"
    NOT_FOUND = "not_found"
    """There are no lines of a zone in it."""
    LENGTH = "length"
    """There are, and one of them lost or won characters that cannot be put back for certain."""
    CHARACTERS = "characters"
    """A character stands where its kind cannot, and nothing it is mistaken for can either."""
    NUMBER_CHECK = "number_check"
    BIRTH_CHECK = "birth_check"
    EXPIRY_CHECK = "expiry_check"
    OPTIONAL_CHECK = "optional_check"
    COMPOSITE_CHECK = "composite_check"
    AMBIGUOUS = "ambiguous"
    """Two readings satisfy every check digit: the document must be photographed again."""
    BIRTH_DATE = "birth_date"
    EXPIRY_DATE = "expiry_date"
    NAME_MISSING = "name_missing"
    LAYOUT_NOT_PUBLIC = "layout_not_public"
    """A travel permit's zone: type its number instead."""


class InvalidMrz(ValueError):
    """A zone that cannot be believed. Holds the fault, never the text."""

    def __init__(self, fault: MrzFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One character that was read otherwise than it stands in the zone.

    Attributes:
        field_name: the field it belongs to.
        line: counted from 0.
        position: counted from 0.
        read: what the camera or the person gave; "" where a filler was missing.
        taken: what it was taken for; "" where a filler was too many.
        is_proved: whether a check digit proves it. Names and codes have none.
        is_chosen: whether the check digit itself chose between a letter and a digit of a number:
            it cannot prove its choice as well.
    """

    field_name: str
    line: int
    position: int
    read: str = field(repr=False)
    taken: str = field(repr=False)
    is_proved: bool
    is_chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mrz:
    """A zone that its check digits prove.

    Attributes:
        format: `TD1`, `TD2` or `TD3`.
        document_code: `P` for passports, as printed without fillers.
        issuer: the issuing state as printed, without fillers.
        number: without fillers; longer than nine characters where it overflowed.
        nationality: as printed, without fillers.
        birth_date: None when not even its year is known.
        sex: None when unspecified.
        expiry: without an end where the zone gives none.
        optional: both optional fields, without fillers behind.
        surname: the primary identifier, words apart by a space.
        given_names: the secondary identifier; "" for a single name.
        is_name_truncated: whether the name fills its space, so that more may follow.
        lines: the zone as taken, every repair made.
        repairs: what was read otherwise.
    """

    format: str
    document_code: str
    issuer: str
    number: str = field(repr=False)
    nationality: str = field(repr=False)
    birth_date: BirthDate | None = field(repr=False)
    sex: Sex | None = field(repr=False)
    expiry: Expiry
    optional: tuple[str, ...] = field(default=(), repr=False)
    surname: str = field(repr=False)
    given_names: str = field(default="", repr=False)
    is_name_truncated: bool = False
    lines: tuple[str, ...] = field(repr=False)
    repairs: tuple[Repair, ...] = ()

    @property
    def is_passport(self) -> bool:
        return self.document_code.startswith("P")

    @property
    def needs_confirmation(self) -> bool:
        """Whether the reading rests on a choice: ask the person to look.

        A character of a number that was chosen, not proved; or fillers that were moved: a single
        check digit agrees with a wrong place once in ten times.
        """
        return any(repair.is_chosen or repair.field_name == "fillers" for repair in self.repairs)

    @property
    def printed_name(self) -> str:
        """The name field as the zone has it, for `names.compare_names`: `ERIKSSON<<ANNA`."""
        parts = (self.surname, self.given_names)
        return "<<".join(part.replace(" ", "<") for part in parts if part)
