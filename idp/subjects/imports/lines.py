"""Reads an export line by line: newline-delimited JSON, or CSV with a header; always UTF-8.

One line is one record, so that a line number is a place: a quoted CSV field does not go over
several lines. What a record means is `record`'s.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

LONGEST_LINE: Final = 65_536
"""Bytes. Nobody's record is so long; a file without line ends is no export."""
FORMATS: Final = ("ndjson", "csv")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with the file, and where; line 0 for the file as a whole."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = str(self.line) if self.line else ""
        return ": ".join(part for part in (place, self.field, self.message) if part)


class BadLine(ValueError):
    """A line that is no record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One record as it was written, or why it is none; `number` from 1."""

    number: int
    fields: dict[str, Any]
    problem: str = ""


class ExportFile:
    """A file of records. `format` by its name's end, unless it is said.

    Raises:
        BadLine: it names no format, or has no header that could be read.
    """

    def __init__(self, path: Path, *, format_: str = "", known: frozenset[str]) -> None:
        """`known` are the fields a record may have; the header must hold them alone."""
        self.path = path
        self.format = format_ or {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}.get(
            path.suffix.lower(), ""
        )
        if self.format not in FORMATS:
            raise BadLine(f"is named like no format; say which with --format {'|'.join(FORMATS)}")
        self._known = known
        self.sha256 = ""

    def lines(self, *, after: int = 0) -> Iterator[Line]:
        """Every record behind line `after`; blank lines are passed by.

        Read to the end, it leaves the file's digest in `sha256`.
        """
        digest = hashlib.sha256()
        read: Callable[[str], dict[str, Any]] = _read_json
        number = 0
        with self.path.open("rb") as file:
            while raw := file.readline(LONGEST_LINE + 1):
                number += 1
                digest.update(raw)
                text, problem = _text(raw, is_first=number == 1)
                if problem:
                    yield Line(number=number, fields={}, problem=problem)
                    if len(raw) > LONGEST_LINE:
                        return  # what follows is the rest of it
                    continue
                if self.format == "csv" and number == 1:
                    read = _Rows(self._header(text))
                elif number > after and text.strip():
                    yield _line(number, text, read)
        self.sha256 = digest.hexdigest()

    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _header(self, text: str) -> list[str]:
        try:
            names = [name.strip() for name in _csv(text)]
        except BadLine as error:
            raise BadLine(f"the header {error}") from error
        if unknown := [name for name in names if name not in self._known]:
            known = ", ".join(sorted(self._known))
            raise BadLine(f"the header names {unknown[0][:40]!r}; known are {known}")
        if len(set(names)) != len(names):
            raise BadLine("the header names a column twice")
        return names


class _Rows:
    """Reads CSV rows under one header."""

    def __init__(self, header: list[str]) -> None:
        self._header = header

    def __call__(self, text: str) -> dict[str, Any]:
        values = _csv(text)
        if len(values) != len(self._header):
            raise BadLine(f"has {len(values)} columns, the header {len(self._header)}")
        return {name: value for name, value in zip(self._header, values, strict=True) if value}


def _line(number: int, text: str, read: Callable[[str], dict[str, Any]]) -> Line:
    try:
        return Line(number=number, fields=read(text))
    except BadLine as error:
        return Line(number=number, fields={}, problem=str(error))


def _text(raw: bytes, *, is_first: bool) -> tuple[str, str]:
    if len(raw) > LONGEST_LINE:
        return "", f"is longer than {LONGEST_LINE} bytes; nothing behind it was read"
    if is_first:
        raw = raw.removeprefix(_BOM)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return "", f"is not UTF-8 from byte {error.start + 1} on"
    return (text, "holds a NUL") if "\x00" in text else (text, "")


def _read_json(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadLine(f"is not JSON: {error.msg} (character {error.pos + 1})") from error
    if not isinstance(found, dict):
        raise BadLine("is no JSON object")
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _csv(text: str) -> list[str]:
    try:
        return next(csv.reader([text.rstrip("\r\n")], strict=True))
    except csv.Error as error:
        raise BadLine(f"is not CSV: {error}") from error
