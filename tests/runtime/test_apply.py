"""Declarative configuration: every problem named by file, line and field, nothing half done."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from deploy.apply.document import BadFileError, Node
from deploy.apply.plan import carry_out, compare, declare
from deploy.apply.reading import read_entry
from deploy.apply.section import field_differences


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cart:
    name: str
    colour: Colour = Colour.RED
    wheels: tuple[Wheel, ...] = ()
    tags: frozenset[str] = frozenset()
    labels: dict[str, str] = field(default_factory=dict)
    bought: date | None = None
    open: bool = False
    extra: Any = None
    pin: str = field(default="", metadata={"secret": True})


class Carts:
    """A section that keeps its entries in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Cart] = {}

    def read(self, node: Node) -> Cart:
        return read_entry(Cart, node)

    def key(self, entry: Cart) -> str:
        return entry.name

    def check(self, entry: Cart) -> Iterable[tuple[str, str]]:
        if entry.name == "forbidden":
            yield "name", "is not allowed here"
        if entry.colour is Colour.BLUE:
            yield "colour", "must not be blue"
        if entry.open:
            yield "", "may not be open at all"

    def current(self, key: str) -> Cart | None:
        return self.kept.get(key)

    def differences(self, current: Cart | None, wanted: Cart) -> tuple[str, ...]:
        return field_differences(current, wanted)

    def store(self, entry: Cart) -> None:
        self.kept[entry.name] = entry


@pytest.fixture
def carts() -> Mapping[str, Carts]:
    return {"carts": Carts()}


def write(folder: Path, text: str, name: str = "city.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


WHOLE = """\
carts:
  - name: one
    colour: blue
    wheels: [{size: 1}, {size: 2}]
    tags: [b, a]
    labels: {en: One}
    bought: 2026-11-22
    extra: {deep: [1, two, {three: null}]}
    pin: "1234"
"""


def test_declare_reads_every_kind_of_field_when_the_file_is_good(
    tmp_path: Path, carts: Mapping[str, Carts]
) -> None:
    (declared,) = declare([write(tmp_path, WHOLE)], carts)
    assert declared.entry == Cart(
        name="one",
        colour=Colour.BLUE,
        wheels=(Wheel(size=1), Wheel(size=2)),
        tags=frozenset({"a", "b"}),
        labels={"en": "One"},
        bought=date(2026, 11, 22),
        extra={"deep": [1, "two", {"three": None}]},
        pin="1234",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "city.yaml:1: is empty"),
        ("carts: [\n", "city.yaml:2: is not YAML"),
        ("- one\n", "city.yaml:1: expected fields"),
        ("carts: one\n", "city.yaml:1: carts: expected a list"),
        ("carts:\n  - one\n", "city.yaml:2: carts[0]: expected fields"),
        ("planes: []\n", "city.yaml:1: planes: is no section; known are carts"),
        ("carts:\n  - name: a\n    nmae: b\n", "city.yaml:3: carts[0].nmae: is unknown"),
        ("carts:\n  - colour: red\n", "city.yaml:2: carts[0].name: is missing"),
        ("carts:\n  - name: 5\n", "city.yaml:2: carts[0].name: expected text"),
        ("carts:\n  - name: a\n    name: b\n", "city.yaml:3: carts[0].name: is given twice"),
        ("carts:\n  - ? [a]\n    : b\n", "city.yaml:2: carts[0].?: a field's name must be"),
        ("carts:\n  - name: a\n    colour: green\n", "colour: expected one of red, blue"),
        ("carts:\n  - name: a\n    open: 1\n", "open: expected true or false"),
        ("carts:\n  - name: a\n    bought: soon\n", "bought: expected a date"),
        (
            "carts:\n  - name: a\n    wheels:\n      - size: big\n",
            "city.yaml:4: carts[0].wheels[0].size: expected a whole number",
        ),
        ("carts:\n  - name: a\n  - name: a\n", "city.yaml:3: carts[1]: a already stands at"),
        ("carts: !!python/name:os.system x\n", "is not YAML"),
        ("carts: &a\n  - *a\n", "city.yaml:1: carts[0]: aliases"),
        ("carts: \x07\n", "is not YAML"),
    ],
    ids=lambda value: value.replace("\n", "/")[:40],
)
def test_declare_names_file_line_and_field_when_the_file_is_bad(
    tmp_path: Path, carts: Mapping[str, Carts], text: str, problem: str
) -> None:
    with pytest.raises(BadFileError) as caught:
        declare([write(tmp_path, text)], carts)
    assert problem in str(caught.value)


def test_declare_names_every_problem_when_several_files_are_bad(
    tmp_path: Path, carts: Mapping[str, Carts]
) -> None:
    files = [
        write(tmp_path, "carts:\n  - {}\n  - colour: x\n", "a.yaml"),
        tmp_path / "absent.yaml",
    ]
    with pytest.raises(BadFileError) as caught:
        declare(files, carts)
    assert len(caught.value.problems) == 4


def test_declare_accepts_empty_section(tmp_path: Path, carts: Mapping[str, Carts]) -> None:
    assert declare([write(tmp_path, "carts:\n")], carts) == ()


def test_declare_allows_empty_value_when_a_field_may_be_absent(
    tmp_path: Path, carts: Mapping[str, Carts]
) -> None:
    (declared,) = declare([write(tmp_path, "carts:\n  - name: a\n    bought:\n")], carts)
    assert declared.entry.bought is None


@pytest.mark.django_db
@pytest.mark.storage
def test_apply_changes_nothing_when_applied_again(
    tmp_path: Path, carts: Mapping[str, Carts]
) -> None:
    file = write(tmp_path, 'carts:\n  - name: one\n    pin: "1234"\n    tags: [a]\n')
    first = compare(declare([file], carts), carts)
    assert [str(change) for change in first] == [
        "+ carts one\n    name: one\n    tags: ['a']\n    pin: ***"
    ]
    assert carts["carts"].kept == {}
    carry_out(first, carts)
    assert compare(declare([file], carts), carts) == ()


@pytest.mark.django_db
@pytest.mark.storage
def test_apply_shows_fields_that_differ_when_something_is_there(
    tmp_path: Path, carts: Mapping[str, Carts]
) -> None:
    carts["carts"].kept["one"] = Cart(name="one", pin="1", wheels=(Wheel(size=1),))
    file = write(tmp_path, "carts:\n  - name: one\n")
    (change,) = compare(declare([file], carts), carts)
    assert str(change) == "~ carts one\n    wheels: [Wheel(size=1)] → []\n    pin: *** → none"


def test_compare_names_the_field_when_the_deployment_does_not_allow_it(
    tmp_path: Path, carts: Mapping[str, Carts]
) -> None:
    text = (
        "carts:\n  - name: forbidden\n  - name: b\n    colour: blue\n  - name: c\n    open: true\n"
    )
    with pytest.raises(BadFileError) as caught:
        compare(declare([write(tmp_path, text)], carts), carts)
    assert [problem.rpartition("city.yaml")[2] for problem in caught.value.problems] == [
        ":2: carts[0].name: is not allowed here",
        ":4: carts[1].colour: must not be blue",
        ":5: carts[2]: may not be open at all",
    ]
