"""The 256 bytes of text on a chip: fixed fields of UCS-2, little-endian, padded with spaces.

Owns the layouts of the resident identity card, the residence permit for Hong Kong, Macau and Taiwan
(type J) and the foreign permanent resident card of 2017 (type I). Source: GA 467 and the reader
vendors' public descriptions; the layout of the 2023 card (type Y) is not public enough to read.
"""

from collections.abc import Mapping
from datetime import date
from itertools import accumulate, pairwise
from typing import Final

from connectors.card_reading import CardText
from connectors.documents.document import InvalidDocumentNumber, Sex
from connectors.documents.names import InvalidName, normalise_name
from connectors.documents.registry import (
    DOCUMENT_TYPES,
    PERMANENT_RESIDENT_CARD,
    RESIDENCE_PERMIT_HMT,
    RESIDENT_ID_CARD,
)

TEXT_BYTES: Final = 256
PHOTO_BYTES: Final = 1024
LONG_TERM: Final = "长期"
_TYPE_AT: Final = 248

_RESIDENT: Final = (
    ("name", 30),
    ("sex", 2),
    ("nation", 4),
    ("birth_date", 16),
    ("address", 70),
    ("number", 36),
    ("authority", 30),
    ("valid_from", 16),
    ("valid_until", 16),
)
_FIELDS: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    RESIDENT_ID_CARD: _RESIDENT,
    RESIDENCE_PERMIT_HMT: (*_RESIDENT, ("permit_number", 18), ("issue", 4)),
    PERMANENT_RESIDENT_CARD: (
        ("name_latin", 120),
        ("sex", 2),
        ("number", 30),
        ("nationality", 6),
        ("name", 30),
        ("valid_from", 16),
        ("valid_until", 16),
        ("birth_date", 16),
        ("version", 4),
        ("authority", 8),
    ),
}
_TYPES: Final[Mapping[str, str]] = {
    "": RESIDENT_ID_CARD,
    "J": RESIDENCE_PERMIT_HMT,
    "I": PERMANENT_RESIDENT_CARD,
}
_SEXES: Final[Mapping[str, Sex]] = {"1": Sex.MALE, "2": Sex.FEMALE}


class UnreadableCard(ValueError):
    """Text that is not what a chip of a known kind holds; `code` says why, never what it held."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_text(block: bytes) -> CardText:
    """The text of a chip, its number and name in canonical form.

    Raises:
        UnreadableCard: the block is not of a known layout, or holds what cannot be.
    """
    if len(block) != TEXT_BYTES:
        raise UnreadableCard("wrong_layout")
    try:
        kind = _TYPES.get(_text(block[_TYPE_AT : _TYPE_AT + 2]))
    except UnicodeDecodeError as error:
        raise UnreadableCard("wrong_layout") from error
    if kind is None:
        raise UnreadableCard("unknown_layout")
    values = _values(block, kind)
    try:
        parsed = DOCUMENT_TYPES[kind].parse(values.pop("number"))
        # A permanent resident without a Chinese name is called by the Latin one.
        name = normalise_name(values.pop("name") or values.get("name_latin", ""))
    except (InvalidDocumentNumber, InvalidName) as error:
        raise UnreadableCard("wrong_number_or_name") from error
    birth_date = _day(values.pop("birth_date"))
    if parsed.contradicts_birth_date(birth_date):
        raise UnreadableCard("contradicts_itself")
    until = values.pop("valid_until")
    return CardText(
        document_type=kind,
        number=parsed.number,
        name=name,
        sex=_SEXES.get(values.pop("sex")),
        birth_date=birth_date,
        authority=values.pop("authority"),
        valid_from=_day(values.pop("valid_from")),
        valid_until=None if until == LONG_TERM else _day(until),
        details=values,
    )


def _values(block: bytes, kind: str) -> dict[str, str]:
    names = [name for name, _ in _FIELDS[kind]]
    ends = [0, *accumulate(length for _, length in _FIELDS[kind])]
    try:
        fields = [_text(block[begin:end]) for begin, end in pairwise(ends)]
    except UnicodeDecodeError as error:
        raise UnreadableCard("wrong_layout") from error
    return dict(zip(names, fields, strict=True))


def _text(octets: bytes) -> str:
    return octets.decode("utf-16-le").rstrip(" \0")


def _day(digits: str) -> date:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError as error:
        raise UnreadableCard("wrong_date") from error
