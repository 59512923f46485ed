"""Decides: one engine per version of the policies, parsed once, safe to share between threads.

Default deny; a forbid outweighs every permit; a forbid that cannot be evaluated forbids. A
step-up is answered only if it leads to a permit: nobody is sent before a camera to be refused
afterwards. Recording the decision is left to the caller.
"""

from functools import lru_cache
from typing import Any, Final

import cedarpy
import orjson

from policies.answer import Answer, read_answer
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
from policies.rules import read_rules
from policies.source import PolicySource

# An entry is a few hundred bytes; under the default policies a busy city needs some hundreds.
_REMEMBERED_ANSWERS: Final = 8192
_REMEMBERED_CLIENTS: Final = 4096
_SIGN_IN: Final = {"type": "Action", "id": "sign_in"}
_SUBJECT_FACTS: Final = ("ial", "aal", "status", "is_minor")
_REQUEST_FACTS: Final = (
    "channel",
    "hour",
    "now_epoch",
    "session_age_s",
    "requested_ial",
    "requested_aal",
    "device_known",
    "network",
)


class Engine:
    """Decides by one version of the policies.

    Raises:
        ValueError: the text of `source` does not parse. Types are checked by `validate_policies`
            when a version is saved, not here: an upgrade must not lock a city out.
    """

    def __init__(self, source: PolicySource) -> None:
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


class _Slice:
    """The policies that hold for one client, parsed, and Cedar's answers so far.

    An answer follows from the policies and the facts they mention and from nothing else, so
    remembering it can never make it stale. Facts no policy mentions are not handed to Cedar.
    """

    def __init__(self, text: str) -> None:
        self._policies = cedarpy.PolicySet.from_str(text)
        self._rules = read_rules(self._policies)
        mentioned = str(self._policies)
        self._names_people = "Person::" in mentioned
        self._subject_facts = tuple(name for name in _SUBJECT_FACTS if name in mentioned)
        self._request_facts = tuple(name for name in _REQUEST_FACTS if name in mentioned)
        self._answer = lru_cache(maxsize=_REMEMBERED_ANSWERS)(self._ask_cedar)

    def judge(self, facts: Facts) -> Decision:
        """What the policies say of these facts as they are."""
        answer = self._answer(
            facts.client,
            facts.subject.person_id if self._names_people else "",
            tuple([getattr(facts.subject, name) for name in self._subject_facts]),
            tuple([getattr(facts.request, name) for name in self._request_facts]),
        )
        if answer.failed is not None:
            return Forbid(reason=POLICY_ERROR, determining=answer.failed)
        if answer.is_allowed:
            return Permit(determining=answer.names)
        return _refusal(answer, facts)

    def _ask_cedar(
        self,
        client: ClientFacts,
        person_id: str,
        subject: tuple[Any, ...],
        request: tuple[Any, ...],
    ) -> Answer:
        context = {
            "subject": _known(self._subject_facts, subject),
            "request": _known(self._request_facts, request),
        }
        question = {
            "principal": {"type": "Person", "id": person_id},
            "action": _SIGN_IN,
            "resource": {"type": "Client", "id": client.client_id},
            "context": orjson.dumps(context).decode(),
        }
        result = cedarpy.is_authorized(question, self._policies, _client_entities(client))
        return read_answer(result, self._rules)


def _refusal(answer: Answer, facts: Facts) -> Decision:
    if not answer.rules:
        return Forbid(reason=NO_PERMIT)
    final = tuple(rule for rule in answer.rules if rule.asked is None)
    if final:
        return Forbid(reason=final[0].reason, determining=tuple(rule.name for rule in final))
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


@lru_cache(maxsize=_REMEMBERED_CLIENTS)
def _client_entities(client: ClientFacts) -> cedarpy.Entities:
    attributes = {
        "classification": client.classification,
        "channel": client.channel,
        "minimum_ial": client.minimum_ial,
        "minimum_aal": client.minimum_aal,
        "allowed_channels": sorted(client.allowed_channels),
        "status": client.status,
    }
    entity = {
        "uid": {"type": "Client", "id": client.client_id},
        "attrs": attributes,
        "parents": [],
    }
    return cedarpy.Entities.from_json_str(orjson.dumps([entity]).decode())


def _known(names: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}
