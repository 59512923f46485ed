"""Reading a zone: finding its lines in text, proving them, and making values of them.

Owns the choice of layout, lost and surplus fillers, and dates with their century. Today is a
parameter; what characters are mistaken for which is `repair`'s.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, product
from typing import Final

from connectors.documents.countries import is_country
from connectors.documents.dates import BirthDate, Expiry, InvalidDate, birth_year, expiry_year
from connectors.documents.document import Sex
from connectors.documents.mrz.layout import FILLER, LAYOUTS, Layout
from connectors.documents.mrz.repair import Workbench, long_number
from connectors.documents.mrz.zone import InvalidMrz, Mrz, MrzFault, Repair

_LIKE_FILLER: Final = str.maketrans(dict.fromkeys("«‹〈《＜≤くㄑ〱≪", FILLER))
# Greek and Cyrillic capitals that look like Latin ones: engines of many scripts mix them up.
_LOOKS_LATIN: Final = str.maketrans(
    dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕКМНОРСТХ", "ABEZHIKMNOPTYXABEKMHOPCTX", strict=True))
)
_NOT_IN_A_ZONE: Final = re.compile(r"[^A-Z0-9<]", re.ASCII)
_SHORTEST_LINE: Final = 20
MOST_LOST: Final = 8
"""Fillers that one line may have lost or won: cameras miscount long runs of them."""
_MOST_TRIES: Final = 400
_SEXES: Final = {"M": Sex.MALE, "F": Sex.FEMALE}
LONGEST_TEXT: Final = 4_000


def read_mrz(text: str, *, today: date) -> Mrz:
    """Read the zone in `text`: typed, or as a camera gave it, other lines around it or not.

    Raises:
        InvalidMrz: there is none, or its check digits do not prove it.
    """
    lines = _candidates(text[:LONGEST_TEXT])
    found = [
        (sum(abs(len(line) - layout.length) for line in window), place, layout, window)
        for layout in LAYOUTS.values()
        for place, window in enumerate(_windows(lines, layout))
    ]
    if not found:
        raise InvalidMrz(_why_nothing(text, lines))
    fault: InvalidMrz | None = None
    for _, _, layout, window in sorted(found, key=lambda each: each[:2]):
        try:
            return read_lines(layout, window, today=today)
        except InvalidMrz as refusal:
            fault = fault or refusal
    raise fault or InvalidMrz(MrzFault.NOT_FOUND)


def read_lines(layout: Layout, lines: Sequence[str], *, today: date) -> Mrz:
    """Read lines whose layout is known.

    Raises:
        InvalidMrz: the check digits do not prove them, or prove two readings.
    """
    _require_public(lines[0])
    proved: dict[tuple[str, ...], Workbench] = {}
    fault: InvalidMrz | None = None
    for bench in islice(_benches(layout, lines), _MOST_TRIES):
        try:
            bench.put_right()
        except InvalidMrz as refusal:
            fault = fault or refusal
            continue
        if not _has_nationality(bench):
            fault = fault or InvalidMrz(MrzFault.CHARACTERS)
            continue
        kept = proved.setdefault(bench.lines, bench)
        if len(bench.repairs) < len(kept.repairs):
            proved[bench.lines] = bench
    if not proved:
        name_line = layout.field("name").line
        lost = any(len(line) != layout.length for at, line in enumerate(lines) if at != name_line)
        raise InvalidMrz(MrzFault.LENGTH) if lost or fault is None else fault
    best = sorted(proved.values(), key=lambda bench: len(bench.repairs))
    if len(best) > 1 and len(best[0].repairs) == len(best[1].repairs):
        raise InvalidMrz(MrzFault.AMBIGUOUS)
    return _values(best[0], today)


def _has_nationality(bench: Workbench) -> bool:
    """Whether one stands there.

    Where fillers were moved it has to be a known one: a check digit may by chance prove characters
    that belong to other places.
    """
    place = bench.layout.field("nationality")
    code = bench.lines[place.line][place.start : place.end].rstrip(FILLER)
    was_moved = any(repair.field_name == "fillers" for repair in bench.repairs)
    return is_country(code) if was_moved else bool(code)


def _candidates(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text.translate(_LIKE_FILLER)).upper()
    lines = [
        _NOT_IN_A_ZONE.sub("", line.translate(_LIKE_FILLER | _LOOKS_LATIN))
        for line in folded.splitlines()
    ]
    long = [line for line in lines if len(line) >= _SHORTEST_LINE]
    if len(long) == 1:  # typed or pasted without its line ends
        for layout in LAYOUTS.values():
            if len(long[0]) == layout.lines * layout.length:
                return [
                    long[0][at : at + layout.length] for at in range(0, len(long[0]), layout.length)
                ]
    return long


def _windows(lines: Sequence[str], layout: Layout) -> Iterator[Sequence[str]]:
    for first in range(len(lines) - layout.lines + 1):
        window = lines[first : first + layout.lines]
        if all(abs(len(line) - layout.length) <= MOST_LOST for line in window) and any(
            FILLER in line for line in window
        ):
            yield window


def _why_nothing(text: str, lines: Sequence[str]) -> MrzFault:
    if not text.strip():
        return MrzFault.EMPTY
    has_fillers = any(line.count(FILLER) > 1 for line in lines)
    return MrzFault.LENGTH if has_fillers else MrzFault.NOT_FOUND


def _require_public(first: str) -> None:
    """The zones of travel permits to the mainland are not public: a C of China's is theirs."""
    if first.startswith("C") and first[2:5] == "CHN":
        raise InvalidMrz(MrzFault.LAYOUT_NOT_PUBLIC)


@dataclass(frozen=True, slots=True)
class _Fit:
    """A line brought to its length, and where fillers were put in or taken out for it."""

    text: str
    at: int = 0
    added: int = 0


def _benches(layout: Layout, lines: Sequence[str]) -> Iterator[Workbench]:
    name_line = layout.field("name").line
    fits = [
        _fits(line, layout.length, is_name=number == name_line) for number, line in enumerate(lines)
    ]
    for chosen in product(*fits):
        bench = Workbench(layout, [fit.text for fit in chosen])
        for number, fit in enumerate(chosen):
            bench.repairs += _filler_repairs(fit, number, is_name=number == name_line)
        yield bench


def _filler_repairs(fit: _Fit, line: int, *, is_name: bool) -> list[Repair]:
    """One repair for each filler put in or taken out."""
    return [
        Repair(
            field_name="name" if is_name else "fillers",
            line=line,
            position=fit.at,
            read="" if fit.added > 0 else FILLER,
            taken=FILLER if fit.added > 0 else "",
            is_proved=not is_name,
        )
        for _ in range(abs(fit.added))
    ]


def _fits(line: str, length: int, *, is_name: bool) -> list[_Fit]:
    """The ways to bring a line to its length by fillers alone."""
    missing = length - len(line)
    if missing == 0:
        return [_Fit(line)]
    if is_name:  # only what stands behind the name may be lost without a loss
        body = line.rstrip(FILLER)
        return [_Fit(body.ljust(length, FILLER), len(body), missing)] if len(body) <= length else []
    runs = [(found.start(), found.end()) for found in re.finditer("<+", line)]
    if missing > 0:
        places = dict.fromkeys([start for start, _ in runs] + [len(line)])
        return [
            _Fit(line[:at] + FILLER * missing + line[at:], at, missing)
            for at in sorted(places, key=lambda at: -_run_at(runs, at))
        ]
    return [
        _Fit(line[:start] + line[start - missing :], start, missing)
        for start, end in sorted(runs, key=lambda run: run[0] - run[1])
        if end - start >= -missing
    ]


def _run_at(runs: Sequence[tuple[int, int]], at: int) -> int:
    return max((end - start for start, end in runs if start == at), default=0)


def _values(bench: Workbench, today: date) -> Mrz:
    layout, lines = bench.layout, bench.lines
    texts = {
        each.name: lines[each.line][each.start : each.end].rstrip(FILLER) for each in layout.fields
    }
    number, optional = texts["number"], texts["optional"]
    check = layout.check("number")
    if check and lines[check.line][check.at] == FILLER:
        number, _, rest = long_number(layout, lines)
        optional = rest.rstrip(FILLER)
    surname, _, given = texts["name"].partition(2 * FILLER)
    if not surname.strip(FILLER):
        raise InvalidMrz(MrzFault.NAME_MISSING)
    name = layout.field("name")
    return Mrz(
        format=layout.format,
        document_code=texts["document_code"],
        issuer=texts["issuer"],
        number=number,
        nationality=texts["nationality"],
        birth_date=_birth_date(texts["birth"], today),
        sex=_SEXES.get(texts["sex"]),
        expiry=_expiry(texts["expiry"], today),
        optional=tuple(filter(None, (optional, texts.get("optional_2", "")))),
        surname=_words(surname),
        given_names=_words(given),
        is_name_truncated=lines[name.line][name.end - 1] != FILLER,
        lines=lines,
        repairs=tuple(bench.repairs),
    )


def _words(part: str) -> str:
    return " ".join(word for word in part.split(FILLER) if word)


def _birth_date(text: str, today: date) -> BirthDate | None:
    """ICAO Doc 9303-3 §4.8: unknown parts are fillers; the century is the latest not to come."""
    digits = text.ljust(6, FILLER)
    if digits[:2] == 2 * FILLER:
        return None
    try:
        parts = [int(digits[at : at + 2].replace(FILLER, "0")) for at in (0, 2, 4)]
        year, month, day = birth_year(parts[0], today=today), parts[1] or None, parts[2] or None
        born = BirthDate(year=year, month=month, day=day)
        return BirthDate(year=year - 100, month=month, day=day) if born.is_after(today) else born
    except InvalidDate as error:
        raise InvalidMrz(MrzFault.BIRTH_DATE) from error


def _expiry(text: str, today: date) -> Expiry:
    if not text:
        return Expiry(until=None)
    try:
        year = expiry_year(int(text[:2]), today=today)
        return Expiry(until=date(year, int(text[2:4]), int(text[4:6])))
    except ValueError as error:
        raise InvalidMrz(MrzFault.EXPIRY_DATE) from error
