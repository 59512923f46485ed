"""Conditions of a form as Cedar expressions, and expressions as conditions where they fit."""

from collections.abc import Iterable
from typing import Final

import cedarpy.pst as cedar

from policies.expressions import path_of
from policies.form_values import (
    OPERATION,
    Condition,
    Operator,
    Value,
    may_be_unknown,
    operators_of,
    type_of,
)
from policies.vocabulary import BY_KEY

_BASES: Final = {"subject": "context.subject", "request": "context.request", "client": "resource"}
_TAGGED: Final = {"person": "principal", "item": "resource", "circumstance": "context.operation"}
_GROUPS: Final = {written: group for group, written in _BASES.items()}
_TAG_GROUPS: Final = {written: group for group, written in _TAGGED.items()}
_SIGNS: Final[dict[Operator, str]] = {
    "is": "==",
    "is_not": "!=",
    "less": "<",
    "at_most": "<=",
    "more": ">",
    "at_least": ">=",
}
_BY_OPERATION: Final[dict[str, Operator]] = {
    "eq": "is",
    "not_eq": "is_not",
    "less": "less",
    "less_eq": "at_most",
    "greater": "more",
    "greater_eq": "at_least",
}
_METHODS: Final[dict[Operator, str]] = {
    "contains_any": "containsAny",
    "contains_all": "containsAll",
}
_BY_METHOD: Final[dict[str, Operator]] = {
    "contains": "contains",
    "contains_any": "contains_any",
    "contains_all": "contains_all",
}


class NotAForm(ValueError):
    """A policy says something the form has no fields for; the words say what."""


def write_conditions(conditions: Iterable[Condition]) -> str:
    """The expression in which all of them hold."""
    return " &&\n".join(f"    {_written(condition)}" for condition in conditions)


def read_conditions(expression: cedar.Expr) -> list[Condition]:
    """The conditions an expression is made of.

    Raises:
        NotAForm: it is made of something else.
    """
    terms = _terms(expression)
    found: list[Condition] = []
    while terms:
        term = terms.pop(0)
        guarded = _guarded(term)
        if guarded is not None and terms and _speaks_of(terms[0], guarded):
            term = terms.pop(0)
            guarded = None
        if guarded is not None:
            found.append(Condition(fact=guarded, operator="is_known"))
        else:
            found.append(_condition(term))
    return found


def _written(condition: Condition) -> str:
    fact, operator = condition.fact, condition.operator
    if operator not in operators_of(fact):
        raise NotAForm(f"{fact} cannot be compared by {operator}")
    guard = _guard(fact)
    if operator == "is_known":
        return guard
    if operator == "is_unknown":
        return f"!({guard})"
    comparison = _comparison(condition)
    return f"{guard} && {comparison}" if may_be_unknown(fact) else comparison


def _comparison(condition: Condition) -> str:
    fact, operator, left = condition.fact, condition.operator, _reference(condition.fact)
    if condition.other:
        if may_be_unknown(condition.other):
            raise NotAForm(f"{condition.other} may be unknown, so nothing is compared with it")
        right = [_reference(condition.other)]
    else:
        right = [_literal(fact, value) for value in condition.values]
    if operator in {"one_of", "contains_any", "contains_all"}:
        many = right[0] if condition.other else f"[{', '.join(right)}]"
        if operator != "one_of":
            return f"{left}.{_METHODS[operator]}({many})"
        return f"{left} in {many}" if fact == OPERATION else f"{many}.contains({left})"
    if len(right) != 1:
        raise NotAForm(f"{fact} is compared with one value")
    if operator == "contains":
        return f"{left}.contains({right[0]})"
    if operator == "begins_with":
        return f"{left} like {_pattern(condition.values[0])}"
    if type_of(fact) == "Bool":
        return left if condition.values[0] is True else f"!{left}"
    return f"{left} {_SIGNS[operator]} {right[0]}"


def _reference(fact: str) -> str:
    if fact == OPERATION:
        return "context.operation"
    group, _, name = fact.partition(".")
    if group in _TAGGED:
        return f"{_TAGGED[group]}.getTag({_quoted(name)})"
    return f"{_BASES[group]}.{name}"


def _guard(fact: str) -> str:
    group, _, name = fact.partition(".")
    if group in _TAGGED:
        return f"{_TAGGED[group]}.hasTag({_quoted(name)})"
    return f"{_BASES[group]} has {name}" if group in _BASES else ""


def _literal(fact: str, value: Value) -> str:
    kind = type_of(fact)
    fits = {"Long": int, "Bool": bool}.get(kind, str)
    if not isinstance(value, fits) or (kind == "Long" and isinstance(value, bool)):
        raise NotAForm(f"{fact} is compared with a {kind}, not with {value!r}")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return f"Operation::{_quoted(value)}" if fact == OPERATION else _quoted(value)


def _pattern(value: Value) -> str:
    return _quoted(str(value)).replace("*", "\\*")[:-1] + '*"'


def _quoted(text: str) -> str:
    safe = []
    for character in text:
        if character in '\\"':
            safe.append("\\" + character)
        elif character.isprintable():
            safe.append(character)
        else:
            safe.append(f"\\u{{{ord(character):x}}}")
    return f'"{"".join(safe)}"'


def _terms(expression: cedar.Expr) -> list[cedar.Expr]:
    if isinstance(expression, cedar.BinaryOp) and expression.op == "and":
        return [*_terms(expression.left), *_terms(expression.right)]
    return [expression]


def _guarded(term: cedar.Expr) -> str | None:
    """The fact a term asks to be known, or None."""
    if isinstance(term, cedar.HasAttr) and len(term.attrs) == 1:
        group = _GROUPS.get(path_of(term.base))
        key = f"{group}.{term.attrs[0]}"
        return key if key in BY_KEY else None
    if isinstance(term, cedar.BinaryOp) and term.op == "has_tag":
        return _tag(term)
    return None


def _speaks_of(term: cedar.Expr, fact: str) -> bool:
    try:
        condition = _condition(term)
    except NotAForm:
        return False
    return condition.fact == fact and condition.operator not in {"is_known", "is_unknown"}


def _condition(term: cedar.Expr) -> Condition:
    if isinstance(term, cedar.UnaryOp) and term.op == "not":
        return _negated(term.arg)
    fact = _fact(term)
    if fact is not None and type_of(fact) == "Bool":
        return Condition(fact=fact, operator="is", values=(True,))
    if isinstance(term, cedar.Like):
        return _beginning(term)
    if isinstance(term, cedar.BinaryOp):
        return _compared(term)
    raise NotAForm("one of its conditions is not a plain comparison")


def _negated(term: cedar.Expr) -> Condition:
    guarded = _guarded(term)
    if guarded is not None:
        return Condition(fact=guarded, operator="is_unknown")
    fact = _fact(term)
    if fact is not None and type_of(fact) == "Bool":
        return Condition(fact=fact, operator="is", values=(False,))
    raise NotAForm("it denies something that the form cannot deny")


def _beginning(term: cedar.Like) -> Condition:
    fact, pattern = _fact(term.base), term.pattern
    letters = [each.value for each in pattern if isinstance(each, cedar.Char)]
    is_beginning = len(letters) == len(pattern) - 1 and isinstance(pattern[-1], cedar.Wildcard)
    if fact is None or not is_beginning:
        raise NotAForm("the form knows only patterns that end in *")
    return Condition(fact=fact, operator="begins_with", values=("".join(letters),))


def _compared(term: cedar.BinaryOp) -> Condition:
    left, right = _fact(term.left), _fact(term.right)
    if term.op == "contains" and right is not None and isinstance(term.left, cedar.Set):
        return _fitting(Condition(fact=right, operator="one_of", values=_values(term.left)))
    if term.op == "in" and left == OPERATION:
        return Condition(fact=left, operator="one_of", values=_values(term.right))
    operator = _BY_OPERATION.get(term.op) or _BY_METHOD.get(term.op)
    if left is None or operator is None:
        raise NotAForm("one of its conditions is not a plain comparison")
    if right is not None:
        return _fitting(Condition(fact=left, operator=operator, other=right))
    return _fitting(Condition(fact=left, operator=operator, values=_values(term.right)))


def _fitting(condition: Condition) -> Condition:
    """Only what can be written back: then the form loses nothing."""
    _written(condition)
    return condition


def _values(expression: cedar.Expr) -> tuple[Value, ...]:
    if isinstance(expression, cedar.Set):
        return tuple(value for each in expression.elements for value in _values(each))
    if isinstance(expression, cedar.BoolLit | cedar.LongLit | cedar.StringLit):
        return (expression.value,)
    if isinstance(expression, cedar.EntityLit) and expression.value.type.basename == "Operation":
        return (expression.value.id,)
    raise NotAForm("it compares with something that is not a plain value")


def _fact(expression: cedar.Expr) -> str | None:
    """The key of the fact an expression reads, or None."""
    if isinstance(expression, cedar.BinaryOp) and expression.op == "get_tag":
        return _tag(expression)
    if path_of(expression) == "context.operation":
        return OPERATION
    if isinstance(expression, cedar.GetAttr):
        key = f"{_GROUPS.get(path_of(expression.base))}.{expression.attr}"
        return key if key in BY_KEY else None
    return None


def _tag(expression: cedar.BinaryOp) -> str | None:
    group, name = _TAG_GROUPS.get(path_of(expression.left)), expression.right
    return f"{group}.{name.value}" if group and isinstance(name, cedar.StringLit) else None
