"""Finds in a policy what could never be: Cedar accepts a guard on a fact that there is none of.

`context.request has netwrok` is false for Cedar, and so a forbid that begins with it forbids
nobody, without a word. The same goes for a value that a fact never has.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import cedarpy.pst as cedar

from policies.expressions import expressions_of, path_of
from policies.vocabulary import BY_KEY, KIND, names_of

_GROUPS: Final = {"context.subject": "subject", "context.request": "request", "resource": "client"}
_COMPARED: Final = frozenset({"eq", "not_eq", "contains", "contains_all", "contains_any"})
_OUTSIDE: Final = frozenset({"principal", "resource", "context.operation"})
_KNOWN: Final = {
    "context": frozenset({"subject", "request", "operation"}),
    "context.subject": frozenset(name.name for name in names_of("subject")),
    "context.request": frozenset(name.name for name in names_of("request")),
    "context.operation": frozenset[str](),
    "principal": frozenset[str](),
    "resource": frozenset({KIND.name, *(name.name for name in names_of("client"))}),
}
"""What there is to be asked for, by where it is asked for."""


class Misspelt(NamedTuple):
    """A fact that there is none of, or, with the values there are, one that a fact never has."""

    fact: str
    value: str = ""
    known: tuple[str, ...] = ()


def misspelt(policy: cedar.Template) -> Iterator[Misspelt]:
    """What a policy asks for in vain."""
    for expression in expressions_of(policy):
        if isinstance(expression, cedar.HasAttr):
            yield from _guarded(path_of(expression.base), expression.attrs)
        elif isinstance(expression, cedar.BinaryOp) and expression.op in _COMPARED:
            yield from _compared(expression.left, expression.right)
            yield from _compared(expression.right, expression.left)


def _guarded(base: str, attributes: tuple[str, ...]) -> Iterator[Misspelt]:
    for name in attributes:
        known = _KNOWN.get(base)
        if known is not None and name not in known:
            yield Misspelt(name if base in _OUTSIDE else f"{base.removeprefix('context.')}.{name}")
        base = f"{base}.{name}"


def _compared(one: cedar.Expr, other: cedar.Expr) -> Iterator[Misspelt]:
    """Of a fact that has one of some values, those written beside it that are none of them."""
    if not isinstance(one, cedar.GetAttr):
        return
    name = BY_KEY.get(f"{_GROUPS.get(path_of(one.base))}.{one.attr}")
    if name is None or not name.values:
        return
    key = one.attr if name.group == "client" else name.key
    yield from (
        Misspelt(key, each, name.values) for each in _texts(other) if each not in name.values
    )


def _texts(expression: cedar.Expr) -> Iterable[str]:
    if isinstance(expression, cedar.StringLit):
        return (expression.value,)
    if isinstance(expression, cedar.Set):
        return [each.value for each in expression.elements if isinstance(each, cedar.StringLit)]
    return ()
