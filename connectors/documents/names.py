"""People's names: the one form in which they are stored and sent, and how two of them compare.

Owns that form, the comparison and the mask. A traditional/simplified folded match is no match
here: it is at most possible, and for a person to judge.
"""

import unicodedata
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from connectors.documents.latin import FILLER, zone_spellings

if TYPE_CHECKING:
    from opencc import OpenCC

MIDDLE_DOT = "·"
# The dots that keyboards give for the one in minority names. Mapped before NFKC, which leaves
# some and changes others (U+FF0E becomes a full stop).
_DOTS = str.maketrans(dict.fromkeys("•・‧∙．.｡･⋅", MIDDLE_DOT))
LONGEST_NAME = 100
# Where GBK put eighty characters that Unicode had no place for: a name out of an old system may
# still carry the private ones (䶮 as U+E863). GB18030 knows what they stand for.
_GBK_TRAILS: Final = (*range(0x50, 0x7F), *range(0x80, 0xA1))
# Fourteen that Python's codec leaves private: GB18030-2005 and -2022 gave them a place.
_LATER_PLACED: Final = {
    0xE81E: "\u9fb4",
    0xE826: "\u9fb5",
    0xE82B: "\u9fb6",
    0xE82C: "\u9fb7",
    0xE832: "\u9fb8",
    0xE843: "\u9fb9",
    0xE854: "\u9fba",
    0xE864: "\u9fbb",
    0xE816: "\U00020087",
    0xE817: "\U00020089",
    0xE818: "\U000200cc",
    0xE831: "\U000215d7",
    0xE83B: "\U0002298f",
    0xE855: "\U000241fe",
}
_OUT_OF_PRIVATE_USE: Final = {
    0xE815 + place: bytes((0xFE, trail)).decode("gb18030")
    for place, trail in enumerate(_GBK_TRAILS)
} | _LATER_PLACED
_NONCHARACTERS: Final = (0xFFFE, 0xFFFF)


class InvalidName(ValueError):
    """Text that cannot be a person's name. Does not hold the text."""


class Likeness(StrEnum):
    """How alike two names are. Only EXACT passes by itself."""

    EXACT = "exact"
    """The same; a Latin name: the same by ICAO's table, the surname before or behind."""
    TRUNCATED_PREFIX = "truncated_prefix"
    """The carrier was full, and what it holds is how the name begins."""
    POSSIBLE = "possible"
    """The same after folding traditional to simplified, or words in another order."""
    DIFFERENT = "different"


class Carrier(NamedTuple):
    """Where a name stands, and how much of one has room there."""

    id: str
    room: int
    """Characters of the printed name; of a zone, its fillers included."""


CHIP: Final = Carrier("chip", 15)
"""The chip of a resident card or permit: Chinese characters."""
PERMANENT_RESIDENT_CARD_2017: Final = Carrier("permanent_resident_card_2017", 60)
PERMANENT_RESIDENT_CARD_2023: Final = Carrier("permanent_resident_card_2023", 46)
MRZ_TD1: Final = Carrier("TD1", 30)
MRZ_TD2: Final = Carrier("TD2", 31)
MRZ_TD3: Final = Carrier("TD3", 39)


def normalise_name(text: str) -> str:
    """The canonical name: one middle dot, NFKC, single spaces only inside Latin names.

    Letters are kept as they are otherwise: case and traditional forms belong to the name.

    Raises:
        InvalidName: empty, longer than `LONGEST_NAME`, or with control characters.
    """
    text = text.translate(_OUT_OF_PRIVATE_USE)
    folded = unicodedata.normalize("NFKC", text.translate(_DOTS) if _is_han(text) else text)
    words = folded.split()
    name = ("" if _is_han(folded) else " ").join(words)
    if not name or len(name) > LONGEST_NAME or not all(map(_is_printable, name)):
        raise InvalidName("not a name")
    return name


def compare_names(stated: str, printed: str, *, carrier: Carrier | None = None) -> Likeness:
    """How alike a stated name is to the one a document or register gives.

    `carrier` is where `printed` stands: without it nothing counts as cut off.

    Raises:
        InvalidName: one of them is no name.
    """
    one, other = normalise_name(stated), normalise_name(printed.replace(FILLER, " "))
    if one == other:
        return Likeness.EXACT
    if _is_han(one) != _is_han(other):
        return Likeness.DIFFERENT
    is_full = carrier is not None and len(printed.rstrip(FILLER)) >= carrier.room
    if _is_han(one):
        return _compare_han(one, other, is_full=is_full)
    return _compare_latin(one, printed, is_full=is_full)


def mask_name(name: str) -> str:
    """The name with only its last character shown, or a Latin name's initials: `**三`, `J* S*`."""
    if _is_han(name):
        return "*" * (len(name) - 1) + name[-1:] if len(name) > 1 else "*"
    return " ".join(f"{word[:1]}*" for word in name.split())


def fold_to_simplified(name: str) -> str:
    """A name with traditional characters made simplified: to look for, never to prove."""
    return str(_simplifier().convert(name))


def _compare_han(stated: str, printed: str, *, is_full: bool) -> Likeness:
    if is_full and stated.startswith(printed):
        return Likeness.TRUNCATED_PREFIX
    one, other = fold_to_simplified(stated), fold_to_simplified(printed)
    is_alike = one == other or (is_full and one.startswith(other))
    return Likeness.POSSIBLE if is_alike else Likeness.DIFFERENT


def _compare_latin(stated: str, printed: str, *, is_full: bool) -> Likeness:
    ones = zone_spellings(stated)
    surname, _, given = printed.partition(2 * FILLER)
    written = {each for way in (f"{surname} {given}", f"{given} {surname}") for each in _spell(way)}
    # Without the zone's double filler nobody knows where the surname ends: the order stands.
    others = written if given else set(_spell(printed))
    if others.intersection(ones):
        return Likeness.EXACT
    begun = {turn for one in ones for turn in _turns(one)} if given else set(ones)
    if is_full and any(one.startswith(other) for one in begun for other in others):
        return Likeness.TRUNCATED_PREFIX
    bags = {tuple(sorted(other.split(FILLER))) for other in others}
    if any(tuple(sorted(one.split(FILLER))) in bags for one in ones):
        return Likeness.POSSIBLE
    return Likeness.DIFFERENT


def _turns(written: str) -> tuple[str, ...]:
    """The same words with the first ones moved behind: given names before the surname."""
    words = written.split(FILLER)
    return tuple(FILLER.join(words[first:] + words[:first]) for first in range(len(words)))


def _spell(printed: str) -> tuple[str, ...]:
    return zone_spellings(printed.replace(FILLER, " "))


@cache
def _simplifier() -> "OpenCC":
    from opencc import OpenCC  # its dictionaries are read when a fold is first asked for

    return OpenCC("t2s")


def _is_han(text: str) -> bool:
    """Whether any character is a Chinese one: then dots and spaces are not Latin punctuation."""
    return any(
        _is_supplementary_ideograph(character) or unicodedata.name(character, "").startswith("CJK ")
        for character in text
    )


def _is_printable(character: str) -> bool:
    return character.isprintable() or _is_supplementary_ideograph(character)


def _is_supplementary_ideograph(character: str) -> bool:
    """Planes 2 and 3 hold ideographs alone, also those added after this Python's Unicode."""
    point = ord(character)
    return 0x20000 <= point <= 0x3FFFF and point & 0xFFFF not in _NONCHARACTERS
