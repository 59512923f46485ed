"""Writing a zone: for specimens, the sandbox and tests.

Owns padding, check digits, overflowing numbers and the shortening of names.
"""

from dataclasses import dataclass, field
from datetime import date

from connectors.check_digits import icao_731
from connectors.documents.dates import BirthDate
from connectors.documents.document import Sex
from connectors.documents.latin import zone_name
from connectors.documents.mrz.layout import FILLER, LAYOUTS, Layout

_SEXES = {Sex.MALE: "M", Sex.FEMALE: "F", None: FILLER}


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneContents:
    """What is written into a zone; names in any script ICAO's table transliterates."""

    document_code: str
    issuer: str
    number: str = field(repr=False)
    nationality: str
    birth_date: BirthDate | None = field(repr=False)
    sex: Sex | None
    expires: date | None
    optional: str = field(default="", repr=False)
    optional_2: str = field(default="", repr=False)
    surname: str = field(repr=False)
    given_names: str = field(default="", repr=False)


def write_mrz(format_name: str, contents: ZoneContents) -> tuple[str, ...]:
    """The lines of a zone in the format `TD1`, `TD2` or `TD3`.

    Raises:
        ValueError: something has no room, or the surname no Latin spelling.
    """
    layout = LAYOUTS[format_name]
    grid = [[FILLER] * layout.length for _ in range(layout.lines)]
    overflow = _overflow(layout, contents.number)
    texts = {
        "document_code": contents.document_code,
        "issuer": contents.issuer,
        "number": contents.number[:9],
        "nationality": contents.nationality,
        "birth": _birth(contents.birth_date),
        "sex": _SEXES[contents.sex],
        "expiry": f"{contents.expires:%y%m%d}" if contents.expires else FILLER,
        "optional": overflow + contents.optional,
        "optional_2": contents.optional_2,
        "name": _name(contents, layout),
    }
    for each in layout.fields:
        room, text = each.end - each.start, texts[each.name]
        if len(text) > room:
            raise ValueError(f"{each.name} has room for {room} characters")
        grid[each.line][each.start : each.end] = text.ljust(room, FILLER)
    for check in layout.checks:
        if overflow and check.field == "number":
            continue
        covered = "".join("".join(grid[line][a:b]) for line, a, b in check.covers)
        is_empty = check.may_be_filler and check.field == "optional" and not covered.strip(FILLER)
        grid[check.line][check.at] = FILLER if is_empty else icao_731(covered)
    return tuple("".join(row) for row in grid)


def _overflow(layout: Layout, number: str) -> str:
    """What of a long number stands in the optional field: its rest, its digit, a filler."""
    if len(number) <= 9:
        return ""
    check = layout.check("number")
    if check is None or not check.may_be_filler:
        raise ValueError("number has room for 9 characters")
    return f"{number[9:]}{icao_731(number)}{FILLER}"


def _birth(birth: BirthDate | None) -> str:
    if birth is None:
        return FILLER
    parts = (birth.year % 100, birth.month, birth.day)
    return "".join(2 * FILLER if part is None else f"{part:02d}" for part in parts)


def _name(contents: ZoneContents, layout: Layout) -> str:
    surname, given = zone_name(contents.surname), zone_name(contents.given_names)
    if not surname or bool(contents.given_names) != bool(given):
        raise ValueError("the name has no Latin spelling")
    place = layout.field("name")
    room = place.end - place.start
    whole = f"{surname}{2 * FILLER}{given}" if given else surname
    # A letter in the last place says that something may be missing (ICAO Doc 9303-3 §4.6).
    while len(whole) > room and whole[room - 1] == FILLER:
        surname = surname[:-1]
        whole = f"{surname}{2 * FILLER}{given}"
    return whole[:room]
