"""Leaves out the policies that can never apply to one client: most of a city's, for most clients.

Exact, not a guess: a policy is left out only if what stands before the condition that rules it out
cannot fail, so that it would neither have applied nor erred.
"""

import operator
from collections.abc import Callable, Iterator
from typing import Any, Final

import cedarpy.pst as cedar

from policies.facts import ClientFacts
from policies.vocabulary import ACTIONS, NAMES, names_of

RulesOut = Callable[[ClientFacts, str], bool]
"""Whether a policy cannot apply to a client and an action."""

_ORDERED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "less": operator.lt,
    "less_eq": operator.le,
    "greater": operator.gt,
    "greater_eq": operator.ge,
}
_EQUAL: Final[dict[str, Callable[[Any, Any], bool]]] = {"eq": operator.eq, "not_eq": operator.ne}
_CLIENT: Final = {name.name: name.type for name in names_of("client")}
_BASES: Final = {"context.subject": "subject", "context.request": "request", "resource": "client"}
_KNOWN: Final = {name.key: name.type for name in NAMES if not name.may_be_unknown}


def ruled_out_by(policy: cedar.Template) -> tuple[RulesOut, ...]:
    """The tests of which any one rules the policy out."""
    return (*_by_scope(policy), *_by_conditions(policy))


def _by_scope(policy: cedar.Template) -> Iterator[RulesOut]:
    if isinstance(policy.action, cedar.ActionEq):
        only = policy.action.entity.id
        if only in ACTIONS:
            yield lambda _client, action: action != only
    scope = policy.resource
    if isinstance(scope, cedar.ScopeEq | cedar.ScopeIn) and isinstance(
        scope.entity, cedar.EntityUid
    ):
        uid = scope.entity
        if uid.type.basename == "Client":
            yield lambda client, _action: client.client_id != uid.id


def _by_conditions(policy: cedar.Template) -> Iterator[RulesOut]:
    for clause in policy.clauses:
        is_when = isinstance(clause, cedar.When)
        for term in _terms(clause.expr):
            test = _client_test(term) if is_when else None
            if test is not None:
                yield _denied(test)
            elif not _cannot_fail(term):
                return


def _denied(test: Callable[[ClientFacts], bool]) -> RulesOut:
    return lambda client, _action: not test(client)


def _terms(expression: cedar.Expr) -> Iterator[cedar.Expr]:
    if isinstance(expression, cedar.BinaryOp) and expression.op == "and":
        yield from _terms(expression.left)
        yield from _terms(expression.right)
    else:
        yield expression


def _client_test(term: cedar.Expr) -> Callable[[ClientFacts], bool] | None:
    """A comparison of the client with a written value, or None for anything else."""
    if not isinstance(term, cedar.BinaryOp):
        return None
    name, value = _client_fact(term.left), _literal(term.right)
    if name is not None and value is not None:
        return _compared(name, term.op, value)
    name = _client_fact(term.right)
    if name is not None and term.op == "contains" and isinstance(term.left, cedar.Set):
        values = [_literal(each) for each in term.left.elements]
        if None not in values and _CLIENT[name] != "Set<String>":
            known = frozenset(values)
            return lambda client: getattr(client, name) in known
    return None


def _compared(name: str, op: str, value: Any) -> Callable[[ClientFacts], bool] | None:
    kind = _CLIENT[name]
    if op in _EQUAL and kind != "Set<String>":
        equal = _EQUAL[op]
        return lambda client: equal(getattr(client, name), value)
    if op in _ORDERED and kind == "Long" and isinstance(value, int):
        ordered = _ORDERED[op]
        return lambda client: ordered(getattr(client, name), value)
    if op == "contains" and kind == "Set<String>":
        return lambda client: value in getattr(client, name)
    return None


def _cannot_fail(term: cedar.Expr) -> bool:
    """Whether evaluating a condition always gives true or false, whatever is known."""
    if isinstance(term, cedar.HasAttr):
        return _path(term.base) in _BASES
    if isinstance(term, cedar.UnaryOp):
        return term.op == "not" and _cannot_fail(term.arg)
    if isinstance(term, cedar.BinaryOp):
        return _comparison_cannot_fail(term)
    return _type(term) == "Bool"


def _comparison_cannot_fail(term: cedar.BinaryOp) -> bool:
    if term.op in {"and", "or"}:
        return _cannot_fail(term.left) and _cannot_fail(term.right)
    left, right = _type(term.left), _type(term.right)
    if term.op in _EQUAL:
        return left is not None and right is not None
    if term.op in _ORDERED:
        return left == right == "Long"
    return term.op == "contains" and left == "Set<String>" and right is not None


def _type(expression: cedar.Expr) -> str | None:
    """The type of a value that is always there, or None."""
    if isinstance(expression, cedar.GetAttr):
        return _KNOWN.get(f"{_BASES.get(_path(expression.base))}.{expression.attr}")
    if isinstance(expression, cedar.LongLit):
        return "Long"
    if isinstance(expression, cedar.StringLit):
        return "String"
    if isinstance(expression, cedar.EntityLit):
        return "Entity"
    if isinstance(expression, cedar.Set):
        is_plain = all(isinstance(each, cedar.StringLit) for each in expression.elements)
        return "Set<String>" if is_plain else None
    return "Entity" if _path(expression) == "context.operation" else None


def _client_fact(expression: cedar.Expr) -> str | None:
    is_of_client = isinstance(expression, cedar.GetAttr) and _path(expression.base) == "resource"
    name = expression.attr if is_of_client and isinstance(expression, cedar.GetAttr) else None
    return name if name in _CLIENT else None


def _literal(expression: cedar.Expr) -> Any | None:
    if isinstance(expression, cedar.LongLit | cedar.StringLit):
        return expression.value
    return None


def _path(expression: cedar.Expr) -> str:
    if isinstance(expression, cedar.Var):
        return expression.name
    if isinstance(expression, cedar.GetAttr):
        return f"{_path(expression.base)}.{expression.attr}"
    return ""
