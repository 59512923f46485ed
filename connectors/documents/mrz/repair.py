"""Putting right what cameras confuse, by what may stand at each place, and proving it.

Owns which characters are mistaken for which, and the search for the one reading that the check
digits allow. Where two are possible, none is taken.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Final

from connectors.check_digits import icao_731
from connectors.documents.mrz.layout import FILLER, Alphabet, CheckDigit, Field, Layout
from connectors.documents.mrz.zone import InvalidMrz, MrzFault, Repair

_TO_DIGIT: Final = MappingProxyType(
    {"O": "0", "Q": "0", "D": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
)
_TO_LETTER: Final = MappingProxyType({"0": "O", "1": "I", "2": "Z", "5": "S", "6": "G", "8": "B"})
_TO_SEX: Final = MappingProxyType({"N": "M", "H": "M", "P": "F", "E": "F", "X": FILLER})
# Where letters and digits both stand only a check digit can tell them apart. It cannot for G and
# 6, which weigh the same modulo ten: those stay as read.
_CONFUSED: Final = MappingProxyType(
    {
        "O": "0",
        "0": "O",
        "I": "1",
        "1": "I",
        "B": "8",
        "8": "B",
        "S": "5",
        "5": "S",
        "Z": "2",
        "2": "Z",
    }
)
MOST_REPAIRS: Final = 2
"""Characters of one such field that are put right: beyond it anything could be made to fit."""
_FAULTS: Final = MappingProxyType(
    {
        "number": MrzFault.NUMBER_CHECK,
        "birth": MrzFault.BIRTH_CHECK,
        "expiry": MrzFault.EXPIRY_CHECK,
        "optional": MrzFault.OPTIONAL_CHECK,
        "composite": MrzFault.COMPOSITE_CHECK,
    }
)

Grid = list[list[str]]


class Workbench:
    """The characters of a zone under repair, with the list of what was changed."""

    def __init__(self, layout: Layout, lines: Sequence[str]) -> None:
        self.layout = layout
        self.grid: Grid = [list(line) for line in lines]
        self.repairs: list[Repair] = []

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple("".join(row) for row in self.grid)

    def put_right(self) -> None:
        """Make every character fit its field, then every check digit its characters.

        Raises:
            InvalidMrz: a character fits nowhere, a check digit stays wrong, or two readings fit.
        """
        for each in self.layout.fields:
            self._fit(each)
        for check in self.layout.checks:
            self._fit_check_digit(check)
        for check in self.layout.checks:
            if check.field != "composite":
                self._prove(check)
        self._prove_whole()

    def text(self, covers: Sequence[tuple[int, int, int]]) -> str:
        return "".join("".join(self.grid[line][start:end]) for line, start, end in covers)

    def _fit(self, field: Field) -> None:
        for at in range(field.start, field.end):
            read = self.grid[field.line][at]
            taken = _fitting(read, field.alphabet)
            if taken is None:
                raise InvalidMrz(MrzFault.CHARACTERS)
            is_proved = field.name in {"birth", "expiry"}
            self._take(field.name, field.line, at, taken, is_proved=is_proved)

    def _fit_check_digit(self, check: CheckDigit) -> None:
        read = self.grid[check.line][check.at]
        taken = _fitting(read, Alphabet.DIGITS)
        if taken is None or (taken == FILLER and not check.may_be_filler):
            raise InvalidMrz(MrzFault.CHARACTERS)
        self._take(check.field, check.line, check.at, taken, is_proved=True)

    def _take(self, name: str, line: int, at: int, taken: str, *, is_proved: bool) -> None:
        read = self.grid[line][at]
        if read == taken:
            return
        self.grid[line][at] = taken
        self.repairs.append(
            Repair(
                field_name=name, line=line, position=at, read=read, taken=taken, is_proved=is_proved
            )
        )

    def _prove(self, check: CheckDigit) -> None:
        digit = self.grid[check.line][check.at]
        text = self.text(check.covers)
        if digit == FILLER:
            self._prove_filler(check, text)
            return
        if icao_731(text) == digit:
            return
        field = self.layout.field(check.field)
        if field.alphabet is not Alphabet.BOTH:
            raise InvalidMrz(_FAULTS[check.field])
        readings = [each for each in readings_of(text) if icao_731(each) == digit]
        if not readings:
            raise InvalidMrz(_FAULTS[check.field])
        fewest = _changes(text, readings[0])
        if len(readings) > 1 and _changes(text, readings[1]) == fewest:
            raise InvalidMrz(MrzFault.AMBIGUOUS)
        # The digit chose this reading, so it cannot prove it as well: it is to be confirmed.
        for offset, (read, taken) in enumerate(zip(text, readings[0], strict=True)):
            if read != taken:
                self._choose(field, field.start + offset, taken)

    def _choose(self, field: Field, at: int, taken: str) -> None:
        read = self.grid[field.line][at]
        self.grid[field.line][at] = taken
        self.repairs.append(
            Repair(
                field_name=field.name,
                line=field.line,
                position=at,
                read=read,
                taken=taken,
                is_proved=False,
                is_chosen=True,
            )
        )

    def _prove_filler(self, check: CheckDigit, text: str) -> None:
        """No check digit: an empty optional field, or a number that goes on behind it."""
        if check.field == "optional":
            if text.strip(FILLER):
                raise InvalidMrz(MrzFault.OPTIONAL_CHECK)
            return
        number, digit, _ = long_number(self.layout, self.lines)
        if icao_731(number) != digit:
            raise InvalidMrz(MrzFault.NUMBER_CHECK)

    def _prove_whole(self) -> None:
        check = self.layout.composite
        if icao_731(self.text(check.covers)) != self.grid[check.line][check.at]:
            raise InvalidMrz(MrzFault.COMPOSITE_CHECK)


def long_number(layout: Layout, lines: Sequence[str]) -> tuple[str, str, str]:
    """A number over nine characters, its check digit, and what is left of the optional field.

    ICAO Doc 9303-5 §4.2.2.1 note j: the rest stands first in the optional field, then the digit.
    """
    number, optional = layout.field("number"), layout.field("optional")
    head = lines[number.line][number.start : number.end]
    tail, _, left = lines[optional.line][optional.start : optional.end].partition(FILLER)
    return head + tail[:-1], tail[-1:], left


def readings_of(text: str) -> Iterator[str]:
    """`text` with up to `MOST_REPAIRS` characters read otherwise, the fewest changes first."""
    places = [at for at, character in enumerate(text) if character in _CONFUSED]
    for count in range(1, MOST_REPAIRS + 1):
        for chosen in combinations(places, count):
            changed = list(text)
            for at in chosen:
                changed[at] = _CONFUSED[text[at]]
            yield "".join(changed)


def _changes(text: str, reading: str) -> int:
    return sum(map(str.__ne__, text, reading))


def _fitting(read: str, alphabet: Alphabet) -> str | None:
    """The character of `alphabet` that was read, or mistaken for it; None when there is none."""
    if read == FILLER:
        return read
    is_letter, is_digit = "A" <= read <= "Z", "0" <= read <= "9"
    match alphabet:
        case Alphabet.LETTERS:
            return read if is_letter else _TO_LETTER.get(read)
        case Alphabet.DIGITS:
            return read if is_digit else _TO_DIGIT.get(read)
        case Alphabet.SEX:
            return read if read in {"M", "F"} else _TO_SEX.get(read)
        case Alphabet.BOTH:
            return read if is_letter or is_digit else None
