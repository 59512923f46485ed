"""Compares what the files say with what is there, and carries the difference out at once.

Reading, checking and comparing come before the first write, and all writes are one transaction:
a bad file changes nothing at all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.apply.document import BadFileError, Node, read
from deploy.apply.section import Concluding, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One thing a file declares."""

    section: str
    key: str
    entry: Any
    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What has to be done about one declared thing: `create` or `update`, field by field."""

    declared: Declared
    verb: str
    differences: tuple[str, ...]

    def __str__(self) -> str:
        mark = {"create": "+", "update": "~"}[self.verb]
        head = f"{mark} {self.declared.section} {self.declared.key}"
        return "\n".join([head, *(f"    {line}" for line in self.differences)])


def declare(files: Sequence[Path], sections: Mapping[str, Section]) -> tuple[Declared, ...]:
    """Read every file.

    Raises:
        BadFileError: with every problem of every file.
    """
    problems: list[str] = []
    found: list[Declared] = []
    seen: dict[tuple[str, str], Node] = {}
    for file in files:
        try:
            for declared in _read_file(file, sections, problems):
                other = seen.setdefault((declared.section, declared.key), declared.node)
                if other is not declared.node:
                    place = declared.node.place
                    problems.append(
                        f"{place}: {declared.key} already stands at {other.place.file}:"
                        f"{other.place.line}"
                    )
                found.append(declared)
        except BadFileError as error:
            problems.extend(error.problems)
    if problems:
        raise BadFileError(problems)
    return tuple(found)


def _read_file(
    file: Path, sections: Mapping[str, Section], problems: list[str]
) -> Iterable[Declared]:
    for name, node in read(file).items():
        section = sections.get(name)
        if section is None:
            known = ", ".join(sorted(sections))
            problems.append(f"{node.place}: is no section; known are {known}")
            continue
        for element in node.elements():
            try:
                entry = section.read(element)
            except BadFileError as error:
                problems.extend(error.problems)
                continue
            yield Declared(section=name, key=section.key(entry), entry=entry, node=element)


def compare(declared: Iterable[Declared], sections: Mapping[str, Section]) -> tuple[Change, ...]:
    """Return what must change; nothing for what is already as declared.

    Raises:
        BadFileError: something a file says is not allowed in this deployment.
    """
    problems: list[str] = []
    changes: list[Change] = []
    for one in declared:
        section = sections[one.section]
        found = [
            f"{_place_of(one.node, field)}: {message}"
            for field, message in section.check(one.entry)
        ]
        if found:
            problems.extend(found)
            continue
        current = section.current(one.key)
        differences = section.differences(current, one.entry)
        if current is None:
            changes.append(Change(declared=one, verb="create", differences=differences))
        elif differences:
            changes.append(Change(declared=one, verb="update", differences=differences))
    if problems:
        raise BadFileError(problems)
    return tuple(changes)


def _place_of(node: Node, field: str) -> str:
    if isinstance(node.value, dict) and field in node.value:
        return str(node.value[field].place)
    return str(node.place.down(field, node.place.line)) if field else str(node.place)


def carry_out(changes: Iterable[Change], sections: Mapping[str, Section]) -> tuple[str, ...]:
    """Write every change in one transaction, section by section: policies need their client.

    Returns what still has to happen.

    Raises:
        RefusedError: one cannot be carried out; none was.
    """
    from django.db import transaction

    order = list(sections)
    with transaction.atomic():
        for change in sorted(changes, key=lambda one: order.index(one.declared.section)):
            sections[change.declared.section].store(change.declared.entry)
        said = [each.conclude() for each in sections.values() if isinstance(each, Concluding)]
    return tuple(each for each in said if each)
