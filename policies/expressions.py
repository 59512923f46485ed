"""Walks the expressions of parsed policies; what is looked for in them is each reader's own."""

from collections.abc import Iterator
from typing import Any

import cedarpy.pst as cedar


def path_of(expression: cedar.Expr) -> str:
    """`context.subject` for attributes read off a variable, "" for anything else."""
    if isinstance(expression, cedar.Var):
        return expression.name
    if isinstance(expression, cedar.GetAttr):
        return f"{path_of(expression.base)}.{expression.attr}"
    return ""


def parts_of(expression: Any) -> Iterator[cedar.Expr]:
    """The expressions directly inside one."""
    if isinstance(expression, cedar.Set):
        yield from expression.elements
    elif isinstance(expression, cedar.Record):
        yield from expression.fields.values()
    else:
        for name in ("left", "right", "arg", "base", "cond", "then_expr", "else_expr", "in_expr"):
            part = getattr(expression, name, None)
            if part is not None:
                yield part


def expressions_of(policy: cedar.Template) -> Iterator[cedar.Expr]:
    """Every expression of a policy's conditions, at any depth, in the order they are written."""
    waiting = [clause.expr for clause in reversed(policy.clauses)]
    while waiting:
        expression = waiting.pop()
        yield expression
        waiting.extend(reversed([*parts_of(expression)]))
