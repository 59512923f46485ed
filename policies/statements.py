"""Cuts a text of policies into its single policies, and knows which line each thing stands on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|;|\n|\S')


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One policy as it is written, with the notes before it; `line` is where it begins.

    `client_id` is "" for the texts that hold for everyone.
    """

    text: str
    line: int
    client_id: str
    _first: int

    def line_of(self, words: str) -> int:
        """The line some words of it stand on; its first where they are not found."""
        place = self.text.find(words) if words else -1
        return self._first + self.text.count("\n", 0, place) if place >= 0 else self.line


def cut(text: str, client_id: str = "") -> Iterator[Statement]:
    """Cut at the semicolons outside strings and comments."""
    start, line, first_line, start_line = 0, 1, 0, 1
    for token in _TOKEN.finditer(text):
        if token[0] == "\n":
            line += 1
            continue
        if token[0].startswith("//"):
            continue
        first_line = first_line or line
        line += token[0].count("\n")
        if token[0] == ";":
            yield Statement(
                text=text[start : token.end()],
                line=first_line,
                client_id=client_id,
                _first=start_line,
            )
            start, first_line, start_line = token.end(), 0, line
    if first_line:
        yield Statement(text=text[start:], line=first_line, client_id=client_id, _first=start_line)
