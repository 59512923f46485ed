"""Decides: one engine per version of the policies, parsed once, safe to share between threads.

Default deny; a forbid outweighs every permit; a forbid that cannot be evaluated forbids. A
step-up is answered only if it leads to a permit: nobody is sent before a camera to be refused
afterwards. Recording the decision and fulfilling its obligations is left to the caller.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import cedarpy

from policies.answer import Answer
from policies.decision import (
    NO_PERMIT,
    POLICY_ERROR,
    STEP_UP_UNSATISFIABLE,
    Decision,
    Forbid,
    Permit,
    StepUp,
)
from policies.facts import ClientFacts, Facts
from policies.levels import LOWEST
from policies.narrowing import Applicable, ruled_out_by
from policies.obligations import together
from policies.question import ClientKey, Mentioned
from policies.rules import Rule, read_rules
from policies.source import PolicySource
from policies.vocabulary import SIGN_IN, USE

# An entry is a few hundred bytes; under the default policies a busy city needs some hundreds.
_REMEMBERED_ANSWERS: Final = 16_384
_REMEMBERED_CLIENTS: Final = 4096


class Engine:
    """Decides by one version of the policies.

    Raises:
        ValueError: the text of `source` does not parse. Types are checked by `validate_policies`
            when a version is saved, not here: an upgrade must not lock a city out.
    """

    def __init__(self, source: PolicySource) -> None:
        self.source = source
        self._shared = _Slice(source.shared)
        self._own = {
            client_id: _Slice(source.for_client(client_id)) for client_id in source.by_client
        }

    def decide(self, facts: Facts) -> Decision:
        """Permit, Forbid, or StepUp to exactly the level that would be permitted."""
        policies = self._own.get(facts.client.client_id, self._shared)
        decision = policies.judge(facts)
        if isinstance(decision, StepUp):
            return _confirmed_step_up(decision, facts, policies)
        return decision

    def mentions(self, name: str, *, client_id: str | None = None) -> bool:
        """Whether any policy looks at a fact, or any that holds for one client.

        What none looks at need not be found out.
        """
        if client_id is not None:
            return name in self._own.get(client_id, self._shared).mentioned
        return any(name in each.mentioned for each in (self._shared, *self._own.values()))

    def named(self, client_id: str, kind: str) -> tuple[str, ...]:
        """The things of a kind ("Item", "Operation") that a client's policies name, sorted."""
        return self._own.get(client_id, self._shared).named(kind)


class _Slice:
    """The policies that hold for one client, and for each client those that could apply at all."""

    def __init__(self, text: str) -> None:
        self._parsed = cedarpy.policies_to_pst(text)
        self._rules = read_rules(self._parsed)
        policies = self._parsed.static_policies.items()
        self._applicable = Applicable({each: ruled_out_by(policy) for each, policy in policies})
        self._parts: dict[frozenset[str], _Part] = {}
        self._place = lru_cache(maxsize=_REMEMBERED_CLIENTS)(self._find_place)
        # What Cedar would not take is told now, not later.
        self.mentioned = self._part_of(frozenset(self._rules)).mentioned

    def judge(self, facts: Facts) -> Decision:
        """What the policies say of these facts as they are."""
        part, client = self._place(facts.client, SIGN_IN if facts.use is None else USE)
        return part.judge(facts, client)

    def named(self, kind: str) -> tuple[str, ...]:
        uids = cedarpy.pst.entity_uids(dict(self._parsed.static_policies))
        return tuple(sorted(uid.id for uid in uids if uid.type.basename == kind))

    def _find_place(self, client: ClientFacts, action: str) -> tuple["_Part", ClientKey]:
        """The policies that could apply to a client, and what they see of it."""
        part = self._part_of(self._applicable(client, action))
        return part, part.client_key(client)

    def _part_of(self, left: frozenset[str]) -> "_Part":
        """Clients to whom the same policies could apply share them, and their answers."""
        found = self._parts.get(left)
        if found is None:
            found = self._parts[left] = _Part(self._parsed, self._rules, left)
        return found


class _Part:
    """Policies that are asked together, and Cedar's answers so far.

    An answer follows from the policies and the facts they mention and from nothing else, so
    remembering it can never make it stale. Facts no policy mentions are not handed to Cedar.
    """

    def __init__(
        self, parsed: cedarpy.pst.PolicySet, rules: Mapping[str, Rule], left: frozenset[str]
    ) -> None:
        kept = {each: rules[each] for each in rules if each in left}
        deciding = {each: rule for each, rule in kept.items() if rule.duty is None}
        duties = {each: rule for each, rule in kept.items() if rule.duty is not None}
        chosen = _subset(parsed, kept)
        self._look_at = Mentioned.of(str(cedarpy.PolicySet.from_pst(chosen)), chosen)
        self._answer = self._remembering(parsed, deciding)
        self._owed = self._remembering(parsed, duties) if duties else None
        self.client_key = self._look_at.client_key
        self.mentioned = self._look_at.words

    def judge(self, facts: Facts, client: ClientKey) -> Decision:
        key = self._look_at.key(facts, client)
        answer = self._answer(*key)
        if answer.failed is not None:
            return Forbid(reason=POLICY_ERROR, determining=answer.failed)
        if not answer.is_allowed:
            return _refusal(answer, facts)
        if self._owed is None:
            return Permit(determining=answer.names)
        owed = self._owed(*key)
        if owed.failed is not None:
            # Whoever cannot say what is owed cannot let anybody in.
            return Forbid(reason=POLICY_ERROR, determining=owed.failed)
        duties = ((rule.name, rule.duty) for rule in owed.rules if rule.duty is not None)
        return Permit(determining=answer.names, obligations=together(duties))

    def _remembering(
        self, parsed: cedarpy.pst.PolicySet, rules: Mapping[str, Rule]
    ) -> Callable[..., Answer]:
        policies = cedarpy.PolicySet.from_pst(_subset(parsed, rules))
        ask = self._look_at.asked_of(policies, rules).ask
        return lru_cache(maxsize=_REMEMBERED_ANSWERS)(ask)


def _subset(parsed: cedarpy.pst.PolicySet, chosen: Mapping[str, Rule]) -> cedarpy.pst.PolicySet:
    kept = {each: parsed.static_policies[each] for each in chosen}
    return cedarpy.pst.PolicySet(
        templates=parsed.templates,
        static_policies=cedarpy.pst.FrozenMap(kept),
        template_links=parsed.template_links,
    )


def _refusal(answer: Answer, facts: Facts) -> Decision:
    if not answer.rules:
        return Forbid(reason=NO_PERMIT)
    final = tuple(rule for rule in answer.rules if rule.asked is None)
    if final:
        first, determining = final[0], tuple(rule.name for rule in final)
        return Forbid(reason=first.reason, determining=determining, sayings=first.sayings)
    level = LOWEST
    for asked in (rule.asked for rule in answer.rules if rule.asked):
        level = level.raised_to(asked(facts))
    return StepUp(level=level, determining=answer.names)


def _confirmed_step_up(step_up: StepUp, facts: Facts, policies: _Slice) -> Decision:
    """Decide again as though the person held the level asked, until nothing more is asked.

    Ends, because the level held rises each time and has a ceiling.
    """
    held, asked, determining = facts.subject.level, step_up.level, step_up.determining
    while not held.satisfies(asked):
        held = held.raised_to(asked)
        then = policies.judge(facts.at_level(held))
        if isinstance(then, Permit):
            return StepUp(level=asked, determining=determining)
        if isinstance(then, Forbid):
            return then
        asked = asked.raised_to(then.level)
        determining = tuple(dict.fromkeys((*determining, *then.determining)))
    return Forbid(reason=STEP_UP_UNSATISFIABLE, determining=determining)
