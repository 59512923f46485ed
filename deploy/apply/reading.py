"""Turns nodes into frozen dataclasses by their annotations, collecting every problem on the way."""

import datetime as dt
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from typing import Any

from deploy.apply.document import BadFileError, Node

Entry = typing.TypeVar("Entry")


def read_entry(kind: type[Entry], node: Node) -> Entry:
    """Build a dataclass from a mapping.

    Raises:
        BadFileError: names every unknown, missing or ill-typed field of this entry.
    """
    problems: list[str] = []
    hints = typing.get_type_hints(kind)
    known = {field.name: field for field in fields(typing.cast("Any", kind))}
    values: dict[str, Any] = {}
    for name, child in node.items():
        if name not in known:
            problems.append(f"{child.place}: is unknown; known are {', '.join(sorted(known))}")
            continue
        try:
            values[name] = _read(hints[name], child)
        except BadFileError as error:
            problems.extend(error.problems)
    named = {name for name, _ in node.items()}
    problems.extend(
        f"{node.place.down(name, node.place.line)}: is missing"
        for name, field in known.items()
        if name not in named and field.default is MISSING and field.default_factory is MISSING
    )
    if problems:
        raise BadFileError(problems)
    return kind(**values)


def _read(kind: Any, node: Node) -> Any:
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        (inner,) = [one for one in typing.get_args(kind) if one is not type(None)]
        return None if node.value is None else _read(inner, node)
    if origin in {tuple, frozenset}:
        (inner, *_) = typing.get_args(kind)
        return origin(_read(inner, element) for element in node.elements())
    if origin is dict:
        (_, inner) = typing.get_args(kind)
        return {name: _read(inner, child) for name, child in node.items()}
    if isinstance(kind, type) and is_dataclass(kind):
        return read_entry(kind, node)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _one_of(kind, node)
    return _SCALARS[kind](node)


def _one_of(kind: type[StrEnum], node: Node) -> StrEnum:
    words = [member.value for member in kind]
    if node.value not in words:
        raise BadFileError.at(node.place, f"expected one of {', '.join(words)}")
    return kind(node.value)


def _text(node: Node) -> str:
    if not isinstance(node.value, str):
        raise BadFileError.at(node.place, "expected text; put quotes around numbers and yes/no")
    return node.value


def _integer(node: Node) -> int:
    if not isinstance(node.value, int) or isinstance(node.value, bool):
        raise BadFileError.at(node.place, "expected a whole number")
    return node.value


def _boolean(node: Node) -> bool:
    if not isinstance(node.value, bool):
        raise BadFileError.at(node.place, "expected true or false")
    return node.value


def _date(node: Node) -> dt.date:
    try:
        return dt.date.fromisoformat(_text(node))
    except ValueError as error:
        raise BadFileError.at(node.place, "expected a date as 2026-11-22") from error


def read_plain(node: Node) -> Any:
    """Return JSON-like values as they stand, for fields whose shape another room judges."""
    if isinstance(node.value, dict):
        return {name: read_plain(child) for name, child in node.items()}
    if isinstance(node.value, tuple):
        return [read_plain(child) for child in node.value]
    return node.value


_SCALARS: dict[Any, Callable[[Node], Any]] = {
    str: _text,
    int: _integer,
    bool: _boolean,
    dt.date: _date,
    Any: read_plain,
}
