"""How finely policies look at a fact: values that none of them tells apart get one answer.

A fact that is only ever compared with written values is as good as the side of them it stands on;
so 1,001 and 1,002 seconds are one question where policies speak of 900. Any other use of a fact
leaves it as it is.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import cedarpy.pst as cedar

from policies.expressions import parts_of, path_of
from policies.vocabulary import Name, names_of

_COMPARISONS: Final = frozenset({"eq", "not_eq", "less", "less_eq", "greater", "greater_eq"})
_RECORDS: Final = frozenset({"context", "context.subject", "context.request"})
_WHOLE: Final = "*"
"""Stands for a record as a whole, where a fact's key would stand."""
_NO_VALUE: Final = "\uffff"
"""A text no policy writes, for the texts none of them names."""

Look = Callable[[Any], Any]


@dataclass(slots=True)
class _Uses:
    """The written values a fact is compared with; `is_exact` where it is used otherwise."""

    values: set[Any] = field(default_factory=set)
    is_exact: bool = False


def looks_of(parsed: cedar.PolicySet) -> dict[str, Look | None]:
    """For each fact of subject and request that policies mention, how it may be simplified.

    Keys are `subject.ial`; None leaves the value as it is. Where all of a record is handed on,
    as in `(if … then context.subject else …).ial`, nobody can tell what is read of it: none is
    simplified then.
    """
    uses: dict[str, _Uses] = {}
    for policy in parsed.static_policies.values():
        for clause in policy.clauses:
            _collect(clause.expr, uses)
    if _WHOLE in uses:
        return {}
    types = {name.key: name for name in (*names_of("subject"), *names_of("request"))}
    return {key: _look(types[key], found) for key, found in uses.items() if key in types}


def _look(name: Name, uses: _Uses) -> Look | None:
    kind = {"Long": int, "String": str}.get(name.type)
    if uses.is_exact or kind is None or not all(type(each) is kind for each in uses.values):
        return None
    return _side(sorted(uses.values)) if name.type == "Long" else _named(frozenset(uses.values))


def _side(limits: list[int]) -> Look:
    """The limit itself, or one number for all between two limits."""

    def look(value: int | None) -> int | None:
        if value is None or not limits:
            return value if value is None else 0
        place = bisect_left(limits, value)
        if place == len(limits):
            return limits[-1] + 1
        return value if limits[place] == value else limits[place] - 1

    return look


def _named(known: frozenset[str]) -> Look:
    def look(value: str | None) -> str | None:
        return value if value is None or value in known else _NO_VALUE

    return look


def _collect(expression: cedar.Expr, uses: dict[str, _Uses]) -> None:
    """Note how each fact under an expression is used."""
    if isinstance(expression, cedar.BinaryOp):
        if expression.op in _COMPARISONS and _noted(expression.left, expression.right, uses):
            return
        if expression.op == "contains" and _noted(expression.left, expression.right, uses):
            return
    if isinstance(expression, cedar.HasAttr) and path_of(expression.base) in _RECORDS:
        group = path_of(expression.base).rpartition(".")[2]
        for attribute in expression.attrs:
            uses.setdefault(f"{group}.{attribute}", _Uses())
        return
    key = _fact(expression)
    if key is not None:
        uses.setdefault(key, _Uses()).is_exact = True
        return
    if path_of(expression) in _RECORDS:
        uses.setdefault(_WHOLE, _Uses())
        return
    if path_of(expression) == "context.operation":
        return
    for part in parts_of(expression):
        _collect(part, uses)


def _noted(left: cedar.Expr, right: cedar.Expr, uses: dict[str, _Uses]) -> bool:
    """Whether this compares a fact with written values; then they are noted."""
    for fact, other in ((left, right), (right, left)):
        key, values = _fact(fact), _written(other)
        if key is not None and values is not None:
            uses.setdefault(key, _Uses()).values |= values
            return True
    return False


def _written(expression: cedar.Expr) -> set[Any] | None:
    if isinstance(expression, cedar.LongLit | cedar.StringLit):
        return {expression.value}
    if isinstance(expression, cedar.Set):
        parts = [_written(each) for each in expression.elements]
        return None if None in parts else {value for part in parts if part for value in part}
    return None


def _fact(expression: cedar.Expr) -> str | None:
    if not isinstance(expression, cedar.GetAttr):
        return None
    path = path_of(expression.base)
    if path in {"context.subject", "context.request"}:
        return f"{path.removeprefix('context.')}.{expression.attr}"
    return None
