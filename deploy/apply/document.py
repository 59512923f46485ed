"""Reads YAML files into nodes that know their file and line, so that every error can name them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something stands: file, line (from 1), and the path of fields down to it."""

    file: str
    line: int
    field: str = ""

    def __str__(self) -> str:
        suffix = f": {self.field}" if self.field else ""
        return f"{self.file}:{self.line}{suffix}"

    def down(self, name: str, line: int) -> "Place":
        """Return the place of a field or an item below this one."""
        dot = "." if self.field and not name.startswith("[") else ""
        return Place(file=self.file, line=line, field=f"{self.field}{dot}{name}")


class BadFileError(Exception):
    """Problems in configuration files, each with its place; nothing was changed."""

    def __init__(self, problems: list[str]) -> None:
        """Take the problems, in the order in which they stand in the files."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)

    @classmethod
    def at(cls, place: Place, message: str) -> "BadFileError":
        """Return the error of one problem."""
        return cls([f"{place}: {message}"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A YAML node with its place: a scalar, a list of nodes or a mapping of nodes."""

    place: Place
    value: "str | int | bool | float | tuple[Node, ...] | dict[str, Node] | None"

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Yield a mapping's fields.

        Raises:
            BadFileError: this is no mapping.
        """
        if not isinstance(self.value, dict):
            raise BadFileError.at(self.place, "expected fields with values")
        yield from self.value.items()

    def elements(self) -> Iterator["Node"]:
        """Yield a list's elements; nothing where the value was left empty.

        Raises:
            BadFileError: this is no list.
        """
        if self.value is None:
            return
        if not isinstance(self.value, tuple):
            raise BadFileError.at(self.place, "expected a list")
        yield from self.value


class _Loader(yaml.SafeLoader):
    def close(self) -> None:
        self.dispose()


def read(file: Path) -> Node:
    """Read one file.

    Raises:
        BadFileError: it cannot be read, is not YAML, or names a field twice.
    """
    start = Place(file=str(file), line=1)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFileError.at(start, f"cannot be read ({error})") from error
    try:
        with contextlib.closing(_Loader(text)) as loader:
            root = loader.get_single_node()
            if root is None:
                raise BadFileError.at(start, "is empty")
            return _Converter(loader).convert(root, start)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        place = Place(file=str(file), line=line)
        raise BadFileError.at(place, f"is not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise BadFileError.at(start, f"is not YAML: {error}") from error


class _Converter:
    """Gives every node its place; refuses aliases, with which a small file can grow without end."""

    def __init__(self, loader: yaml.SafeLoader) -> None:
        self._loader = loader
        self._seen: set[int] = set()

    def convert(self, node: yaml.Node, place: Place) -> Node:
        place = Place(file=place.file, line=node.start_mark.line + 1, field=place.field)
        if id(node) in self._seen:
            raise BadFileError.at(place, "aliases (*name) are not read: write the value out")
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return Node(place=place, value=self._fields(node, place))
        if isinstance(node, yaml.SequenceNode):
            return Node(place=place, value=self._elements(node, place))
        value = self._loader.construct_object(node, deep=True)
        if value is not None and not isinstance(value, str | int | bool | float):
            value = str(node.value)  # a date stays the text that was written
        return Node(place=place, value=value)

    def _fields(self, node: yaml.MappingNode, place: Place) -> dict[str, Node]:
        fields: dict[str, Node] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise BadFileError.at(place.down("?", line), "a field's name must be a word")
            below = place.down(str(key.value), line)
            if key.value in fields:
                raise BadFileError.at(below, "is given twice")
            fields[str(key.value)] = self.convert(value, below)
        return fields

    def _elements(self, node: yaml.SequenceNode, place: Place) -> tuple[Node, ...]:
        return tuple(
            self.convert(item, place.down(f"[{index}]", item.start_mark.line + 1))
            for index, item in enumerate(node.value)
        )
