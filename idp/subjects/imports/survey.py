"""Reads an export from end to end before anything is written: a broken file changes nothing."""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from idp.subjects.imports.lines import ExportFile, Problem
from idp.subjects.imports.record import PersonRecord, read_person
from idp.subjects.imports.source import Source

Tell = Callable[[Problem], None]


@dataclass(slots=True, kw_only=True)
class Survey:
    """What is in a file. `sha256` names it; `refused` rows have something wrong with them."""

    rows: int = 0
    refused: int = 0
    sha256: str = ""
    passwords_kept: int = 0
    passwords_to_wrap: int = 0
    repeated: frozenset[int] = field(default_factory=frozenset)
    """Lines whose id stands on an earlier line already."""

    @property
    def is_clean(self) -> bool:
        return not self.refused


def survey(file: ExportFile, source: Source, tell: Tell, *, expected_rows: int = 0) -> Survey:
    """Read every row and tell every problem of the file.

    Raises:
        BadLine: it has no header that could be read.
    """
    found = Survey()
    ids = array("Q")
    for line in file.lines():
        found.rows += 1
        record, problems = read_line(line.number, line.fields, line.problem, source)
        ids.append(_short(line.fields.get("id")))
        if record is None:
            found.refused += 1
        elif record.password:
            is_slow = "$" in record.password
            found.passwords_kept += is_slow
            found.passwords_to_wrap += not is_slow
        for problem in problems:
            tell(problem)
    found.sha256 = file.sha256
    _tell_repeated(file, found, ids, tell)
    if expected_rows and found.rows != expected_rows:
        found.refused += 1
        message = f"holds {found.rows} rows where {expected_rows} were expected"
        tell(Problem(line=0, field="", message=message))
    if not found.rows:
        found.refused += 1
        tell(Problem(line=0, field="", message="holds no row"))
    return found


def read_line(
    number: int, fields: dict[str, Any], problem: str, source: Source
) -> tuple[PersonRecord | None, list[Problem]]:
    """The person of a line, or all that is wrong with it."""
    if problem:
        return None, [Problem(line=number, field="", message=problem)]
    return read_person(number, fields, source)


def _tell_repeated(file: ExportFile, found: Survey, ids: "array[int]", tell: Tell) -> None:
    """Say which ids stand twice. Eight bytes an id are kept, so that a million fit easily."""
    suspects = _repeated(ids)
    if not suspects:
        return
    first: dict[str, int] = {}
    again = set()
    for line in file.lines():
        old_id = line.fields.get("id")
        if _short(old_id) not in suspects or line.problem:
            continue
        earlier = first.setdefault(str(old_id).strip(), line.number)
        if earlier != line.number:
            again.add(line.number)
            message = f"stands on line {earlier} already"
            tell(Problem(line=line.number, field="id", message=message))
    found.repeated = frozenset(again)
    found.refused += len(again)


def _repeated(ids: "array[int]") -> set[int]:
    ordered = sorted(ids)
    return {one for one, other in pairwise(ordered) if one == other} - {0}


def _short(old_id: object) -> int:
    """Eight bytes of an id; 0 where there is none."""
    if old_id is None:
        return 0
    return int.from_bytes(blake2b(str(old_id).strip().encode(), digest_size=8).digest(), "big")
