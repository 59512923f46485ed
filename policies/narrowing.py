"""Leaves out the policies that can never apply to one client: most of a city's, for most clients.

Exact, not a guess: a policy is left out only if what stands before the condition that rules it out
cannot fail, so that it would neither have applied nor erred.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import cedarpy.pst as cedar

from policies.expressions import path_of
from policies.facts import ClientFacts
from policies.vocabulary import ACTIONS, NAMES, names_of

_ACTION: Final = "action"


class RulesOut(NamedTuple):
    """A test that rules a policy out where it says so of a client and an action.

    `needs` names the fact that must have one of some values, where the test is no more than that:
    policies are then found by the value instead of being tried one after the other.
    """

    says_so: Callable[[ClientFacts, str], bool]
    needs: tuple[str, frozenset[Any]] | None = None

    def __call__(self, client: ClientFacts, action: str) -> bool:
        return self.says_so(client, action)


class Applicable:
    """Finds the policies that could apply to a client and an action, by an index of what they need.

    So the search costs what is found and not what there is: of a thousand policies for single
    departments a client meets its own.
    """

    def __init__(self, tests: Mapping[str, Iterable[RulesOut]]) -> None:
        self._always: list[str] = []
        self._tried: list[tuple[str, tuple[RulesOut, ...]]] = []
        self._found_by: dict[str, dict[Any, list[tuple[str, tuple[RulesOut, ...]]]]] = {}
        for policy_id, found in tests.items():
            self._file(policy_id, tuple(found))
        self._surely = frozenset(self._always)

    def __call__(self, client: ClientFacts, action: str) -> frozenset[str]:
        """Their ids."""
        tried = [*self._tried]
        for fact, by_value in self._found_by.items():
            value = action if fact == _ACTION else getattr(client, fact)
            tried += by_value.get(value, ())
        left = [name for name, tests in tried if not _is_out(tests, client, action)]
        return self._surely.union(left)

    def _file(self, policy_id: str, tests: tuple[RulesOut, ...]) -> None:
        """Under the need that tells most apart: a client's own before the action."""
        needed = [(test, test.needs) for test in tests if test.needs is not None]
        needed.sort(key=lambda each: each[1][0] == _ACTION)
        if not tests:
            self._always.append(policy_id)
            return
        if not needed:
            self._tried.append((policy_id, tests))
            return
        chosen, (fact, values) = needed[0]
        rest = tuple(each for each in tests if each is not chosen)
        by_value = self._found_by.setdefault(fact, {})
        for value in values:
            by_value.setdefault(value, []).append((policy_id, rest))


def _is_out(tests: tuple[RulesOut, ...], client: ClientFacts, action: str) -> bool:
    return any(test.says_so(client, action) for test in tests)


_ORDERED: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "less": operator.lt,
    "less_eq": operator.le,
    "greater": operator.gt,
    "greater_eq": operator.ge,
}
_EQUAL: Final = frozenset({"eq", "not_eq"})
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
            needs = (_ACTION, frozenset({only}))
            yield RulesOut(lambda _client, action: action != only, needs)
    scope = policy.resource
    if isinstance(scope, cedar.ScopeEq | cedar.ScopeIn) and isinstance(
        scope.entity, cedar.EntityUid
    ):
        uid = scope.entity
        if uid.type.basename == "Client":
            needs = ("client_id", frozenset({uid.id}))
            yield RulesOut(lambda client, _action: client.client_id != uid.id, needs)


def _by_conditions(policy: cedar.Template) -> Iterator[RulesOut]:
    for clause in policy.clauses:
        is_when = isinstance(clause, cedar.When)
        for term in _terms(clause.expr):
            test = _client_test(term) if is_when else None
            if test is not None:
                yield test
            elif not _cannot_fail(term):
                return


def _unless(test: Callable[[ClientFacts], bool]) -> RulesOut:
    return RulesOut(lambda client, _action: not test(client))


def _unless_one_of(name: str, known: frozenset[Any]) -> RulesOut:
    return RulesOut(lambda client, _action: getattr(client, name) not in known, (name, known))


def _terms(expression: cedar.Expr) -> Iterator[cedar.Expr]:
    if isinstance(expression, cedar.BinaryOp) and expression.op == "and":
        yield from _terms(expression.left)
        yield from _terms(expression.right)
    else:
        yield expression


def _client_test(term: cedar.Expr) -> RulesOut | None:
    """What a comparison of the client with a written value rules out, or None for others."""
    if not isinstance(term, cedar.BinaryOp):
        return None
    name, value = _client_fact(term.left), _literal(term.right)
    if name is not None and value is not None:
        return _compared(name, term.op, value)
    name = _client_fact(term.right)
    if name is not None and term.op == "contains" and isinstance(term.left, cedar.Set):
        values = [_literal(each) for each in term.left.elements]
        if None not in values and _CLIENT[name] != "Set<String>":
            return _unless_one_of(name, frozenset(values))
    return None


def _compared(name: str, op: str, value: Any) -> RulesOut | None:
    kind = _CLIENT[name]
    if op == "eq" and kind != "Set<String>":
        return _unless_one_of(name, frozenset({value}))
    if op == "not_eq" and kind != "Set<String>":
        return _unless(lambda client: getattr(client, name) != value)
    if op in _ORDERED and kind == "Long" and isinstance(value, int):
        ordered = _ORDERED[op]
        return _unless(lambda client: ordered(getattr(client, name), value))
    if op == "contains" and kind == "Set<String>":
        return _unless(lambda client: value in getattr(client, name))
    return None


def _cannot_fail(term: cedar.Expr) -> bool:
    """Whether evaluating a condition always gives true or false, whatever is known."""
    if isinstance(term, cedar.HasAttr):
        return path_of(term.base) in _BASES
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
        return _KNOWN.get(f"{_BASES.get(path_of(expression.base))}.{expression.attr}")
    if isinstance(expression, cedar.LongLit):
        return "Long"
    if isinstance(expression, cedar.StringLit):
        return "String"
    if isinstance(expression, cedar.EntityLit):
        return "Entity"
    if isinstance(expression, cedar.Set):
        is_plain = all(isinstance(each, cedar.StringLit) for each in expression.elements)
        return "Set<String>" if is_plain else None
    return "Entity" if path_of(expression) == "context.operation" else None


def _client_fact(expression: cedar.Expr) -> str | None:
    is_of_client = isinstance(expression, cedar.GetAttr) and path_of(expression.base) == "resource"
    name = expression.attr if is_of_client and isinstance(expression, cedar.GetAttr) else None
    return name if name in _CLIENT else None


def _literal(expression: cedar.Expr) -> Any | None:
    if isinstance(expression, cedar.LongLit | cedar.StringLit):
        return expression.value
    return None
