"""The MUSTs as data, and which test proves which.

Owns reading ``musts/*.toml``, and matching collected tests to MUSTs by the marks ``must(ids…)``
and ``spec(section, sentence)``. Leaves the written page to ``report``, the proving to the tests.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

MUSTS = Path(__file__).parent / "musts"
ORDER = (
    "rfc6749",
    "rfc6750",
    "rfc7009",
    "rfc7591",
    "rfc7636",
    "rfc7662",
    "rfc8414",
    "rfc8707",
    "rfc9068",
    "rfc9207",
    "rfc9700",
    "oidc-core",
    "oidc-discovery",
    "oidc-registration",
    "oidc-session",
    "oidc-rpinitiated",
    "oidc-frontchannel",
    "oidc-backchannel",
    "form-post",
    "oidc4ida",
    "authzen",
)
Binding = Literal["provider", "client", "other", "not_applicable"]
BINDINGS: frozenset[str] = frozenset({"provider", "client", "other", "not_applicable"})


class MustsError(Exception):
    """The data or a mark is wrong: an unknown id, a duplicate, a missing reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Must:
    """One normative sentence of a specification, and whom it binds."""

    id: str
    section: str
    sentence: str
    binds: Binding
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """One specification with its MUSTs in reading order."""

    key: str
    title: str
    musts: tuple[Must, ...]

    def binding_the_provider(self) -> tuple[Must, ...]:
        return tuple(must for must in self.musts if must.binds == "provider")


def read_specifications(folder: Path = MUSTS) -> tuple[Specification, ...]:
    """Read every list, in the order the report shows them.

    Raises:
        MustsError: a field is missing, an id occurs twice, or a MUST that does not bind the
            provider gives no reason.
    """
    specifications = []
    seen: set[str] = set()
    for path in sorted(folder.glob("*.toml"), key=_place):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        musts = tuple(_must(path.name, row, seen) for row in content["must"])
        specifications.append(
            Specification(key=path.stem, title=content["specification"], musts=musts)
        )
    return tuple(specifications)


def _place(path: Path) -> tuple[int, str]:
    return (ORDER.index(path.stem) if path.stem in ORDER else len(ORDER), path.stem)


def _must(name: str, row: Mapping[str, Any], seen: set[str]) -> Must:
    must = Must(**row)
    if must.id in seen:
        raise MustsError(f"{name}: {must.id} occurs twice")
    if must.binds not in BINDINGS:
        raise MustsError(f"{name}: {must.id} binds nobody we know: {must.binds}")
    if must.binds != "provider" and not must.why:
        raise MustsError(f"{name}: {must.id} gives no reason why it does not bind the provider")
    seen.add(must.id)
    return must


@dataclass(slots=True, kw_only=True)
class Conformance:
    """A pytest plugin: after collection it knows the tests of each MUST."""

    specifications: tuple[Specification, ...]
    tests: dict[str, list[str]] = field(default_factory=dict)
    unmatched: list[str] = field(default_factory=list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        known = {must.id for spec in self.specifications for must in spec.musts}
        for item in session.items:
            for identifier in self._named(item):
                if identifier not in known:
                    raise MustsError(f"{item.nodeid} names an unknown MUST: {identifier}")
                proved = self.tests.setdefault(identifier, [])
                if (test := item.nodeid.partition("[")[0]) not in proved:
                    proved.append(test)

    def _named(self, item: pytest.Item) -> Iterable[str]:
        for mark in item.iter_markers("must"):
            for written in mark.args:
                yield from spelled_out(written)
        for mark in item.iter_markers("spec"):
            section, sentence = (*mark.args, "", "")[:2]
            found = matching(self.specifications, section=section, sentence=sentence)
            if not found:
                self.unmatched.append(f"{item.nodeid}: {section}: {sentence}")
            yield from found

    def untested(self) -> tuple[Must, ...]:
        return tuple(
            must
            for spec in self.specifications
            for must in spec.binding_the_provider()
            if must.id not in self.tests
        )


def spelled_out(written: str) -> tuple[str, ...]:
    """One id, or a run of them: ``rfc7636-4.6-1..2`` means its first and its second sentence."""
    found = re.fullmatch(r"(.+-)(\d+)\.\.(\d+)", written)
    if not found:
        return (written,)
    return tuple(f"{found[1]}{number}" for number in range(int(found[2]), int(found[3]) + 1))


def matching(
    specifications: Iterable[Specification], *, section: str, sentence: str
) -> tuple[str, ...]:
    """The MUSTs a ``spec`` mark means: same section, one sentence within the other."""
    title, _, number = section.partition("§")
    wanted = _normal(sentence)
    if not wanted:
        return ()
    return tuple(
        must.id
        for spec in specifications
        if _normal(spec.title) == _normal(title)
        for must in spec.musts
        if must.section == number.strip()
        and (wanted in _normal(must.sentence) or _normal(must.sentence) in wanted)
    )


def _normal(text: str) -> str:
    return " ".join(re.findall(r"[\w.-]+", text.lower())).strip(" .")
