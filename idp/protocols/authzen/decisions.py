"""From a parsed request to facts, and from a decision to what the asking system hears of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from idp.clients.client import Client, ClientDirectory
from idp.foundation.clock import SHANGHAI
from idp.journey.access.decisions import Remember
from idp.journey.languages import html_language
from idp.journey.standing import client_facts, network_of
from idp.protocols.authzen.people import Known, Particulars
from idp.protocols.authzen.request import BadRequest, Entity, Evaluation
from policies.decision import Decision, Forbid, Permit
from policies.facts import Facts, Properties, RequestFacts, UseFacts
from policies.levels import Level
from policies.vocabulary import SIGN_IN

PERSON_TYPES: Final = ("user", "person")
CLIENT_TYPE: Final = "client"
LONGEST_AGO: Final = 315_360_000
"""Seconds since a sign-in that never was."""

Answer = dict[str, Any]
Decide = Callable[[Facts], Decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Answers evaluations; every decision is kept with its facts."""

    clients: ClientDirectory
    decide: Decide
    remember: Remember
    particulars: Particulars

    def answer(
        self, asking: Client, asked: Evaluation, people: dict[str, Known], *, now: datetime
    ) -> Answer:
        """§5.5: the decision, and in its context why, and what would change it.

        What more has to be found out of a person is noted in `people`, for the next question.
        """
        known = people.get(asked.subject.id) if asked.subject.type in PERSON_TYPES else None
        if known is None:
            return refused("unknown_subject", 404, "nobody of this id signed in to this client")
        resource = self._client_of(asking, asked.resource)
        if resource is None:
            return refused("unknown_resource", 404, "there is no such client of this department")
        if not known.is_whole and self.particulars.are_looked_at(resource.client_id):
            known = people[asked.subject.id] = self.particulars.of(known, now=now)
        try:
            facts = _facts(resource, asked, known, now)
        except BadRequest as problem:
            return refused("bad_request", 400, str(problem))
        if facts is None:
            return refused("unknown_action", 404, f"a client is only entered: {SIGN_IN}")
        decision = self.decide(facts)
        self.remember(facts, decision, now)
        return told(decision)

    def _client_of(self, asking: Client, resource: Entity) -> Client | None:
        """The client asked about: its own, or one of the same department."""
        if resource.type != CLIENT_TYPE or resource.id == asking.client_id:
            return asking
        found = self.clients.get(resource.id)
        if found is None or not asking.department or found.department != asking.department:
            return None
        return found


def told(decision: Decision) -> Answer:
    """A decision as §5.5 says it; a step-up in the manner of its third example."""
    if isinstance(decision, Permit):
        owed = decision.obligations.record()
        return {"decision": True, **({"context": {"obligations": owed}} if owed else {})}
    policies = list(decision.determining)
    if isinstance(decision, Forbid):
        why: dict[str, Any] = {"reason": decision.reason, "policies": policies}
        if decision.sayings:
            why["reason_user"] = {
                html_language(language): text for language, text in decision.sayings
            }
        return {"decision": False, "context": why}
    context = {"reason": "step_up", "acr_values": decision.acr, "policies": policies}
    return {"decision": False, "context": context}


def refused(reason: str, status: int, message: str) -> Answer:
    """§7.2.1: "Decisions default to closed", with the error of this one evaluation."""
    return {
        "decision": False,
        "context": {"reason": reason, "error": {"status": status, "message": message}},
    }


def _facts(client: Client, asked: Evaluation, known: Known, now: datetime) -> Facts | None:
    """The facts; None for an action that cannot be taken on a client."""
    action = asked.action
    if action is None:
        raise AssertionError("only searches leave the action out, and fill it in")
    is_client = asked.resource.type == CLIENT_TYPE
    if is_client and action.name != SIGN_IN:
        return None
    channel = asked.told("channel") or _usual_channel(client)
    insisted = _level(asked.told("acr_values"))
    here, at = now.astimezone(SHANGHAI), known.authenticated_at
    return Facts(
        subject=known.facts,
        client=client_facts(client, channel),
        request=RequestFacts(
            channel=channel,
            hour=here.hour,
            weekday=here.isoweekday(),
            now_epoch=int(now.timestamp()),
            session_age_s=max(0, int((now - at).total_seconds())) if at else LONGEST_AGO,
            requested_ial=insisted.ial if insisted else 0,
            requested_aal=insisted.aal if insisted else 0,
            network=network_of(asked.told("ip") or asked.told("ip_address")),
        ),
        use=None if is_client else _use(asked, action.name, action.properties),
    )


def _use(asked: Evaluation, operation: str, properties: Properties) -> UseFacts:
    own = {"id": (asked.subject.id,)}
    return UseFacts(
        operation=operation,
        item_type=asked.resource.type,
        item_id=asked.resource.id,
        subject=tuple(sorted((dict(asked.subject.properties) | own).items())),
        item=asked.resource.properties,
        circumstances=tuple(sorted((dict(asked.context) | dict(properties)).items())),
    )


def _usual_channel(client: Client) -> str:
    return "web" if "web" in client.channels else min(client.channels, default="web")


def _level(acr_values: str) -> Level | None:
    """The lowest level that is enough, of those the asking system accepts."""
    if not acr_values:
        return None
    levels = [level for each in acr_values.split() if (level := Level.parse(each)) is not None]
    if not levels:
        raise BadRequest("context.acr_values names no level of this provider")
    return min(levels, key=lambda level: (level.ial, level.aal))
