"""Faults on command: the next answers of one service can be made slow, broken or forged.

Owns the list of behaviours and how many answers each still spoils. What a behaviour does to a
connection is `connectors.sandbox.server`'s; what it does to a signed answer, that service's.
"""

import json
from collections import deque
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Final

from connectors.sandbox.exchange import Incoming, Reply, json_reply, problem

SERVICES: Final = frozenset(
    {"population_library", "sms"}
    | {"mobile_operator", "bank_card", "ctid", "immigration", "business_registry"}
    | {"sms_tencent", "email", "network_identity", "face", "immigration_face", "upstream_oidc"}
)
# Done to any service's connection or whole answer…
ON_THE_WIRE: Final = frozenset(
    {"slow", "500", "503", "reset", "garbage", "wrong_content_type", "redirect", "oversized"}
    | {"truncated", "twice"}
)
# …and to a signed answer, by the service that signs it.
IN_THE_ANSWER: Final = frozenset(
    {"wrong_signature", "other_request", "signed_garbage", "document_type", "unknown_result"}
    | {"wrong_issuer", "wrong_audience", "second_audience", "expired", "alg_none", "unknown_key"}
    | {"provider_code", "doubled_field", "forgotten_token"}
)
MOST_TIMES: Final = 1000
LONGEST_SLOWNESS: Final = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One behaviour: how often still, and how slow or with which vendor code.

    `step` is the last part of the path whose answer it spoils, empty for whichever comes next.
    """

    service: str
    behaviour: str
    times: int = 1
    seconds: float = 30.0
    code: str = ""
    step: str = ""


class FaultPlan:
    """The faults still to come, for each service in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {service: deque() for service in SERVICES}
        self._lock = Lock()

    def take(self, service: str, *, step: str = "") -> Fault | None:
        """The fault for this answer of `service`, at this `step`, now one time fewer."""
        with self._lock:
            waiting = self._waiting[service]
            if not waiting or waiting[0].step not in {"", step}:
                return None
            fault = waiting.popleft()
            if fault.times > 1:
                waiting.appendleft(replace(fault, times=fault.times - 1))
            return fault

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._waiting[fault.service].append(fault)

    def clear(self) -> None:
        with self._lock:
            for waiting in self._waiting.values():
                waiting.clear()

    def waiting(self) -> list[dict[str, object]]:
        with self._lock:
            return [
                {"service": fault.service, "behaviour": fault.behaviour, "times": fault.times}
                for waiting in self._waiting.values()
                for fault in waiting
            ]


def control(plan: FaultPlan, incoming: Incoming) -> Reply:
    """`GET`, `POST` and `DELETE /control`: list, add and forget faults."""
    if incoming.method == "DELETE":
        plan.clear()
    elif incoming.method == "POST":
        try:
            plan.add(_read(json.loads(incoming.body)))
        except (ValueError, TypeError) as error:
            return problem(400, str(error))
    return json_reply(plan.waiting())


def _read(asked: dict[str, Any]) -> Fault:
    fault = Fault(**asked)
    if fault.service not in SERVICES:
        raise ValueError(f"service: one of {', '.join(sorted(SERVICES))}")
    if fault.behaviour not in ON_THE_WIRE | IN_THE_ANSWER:
        raise ValueError(f"behaviour: one of {', '.join(sorted(ON_THE_WIRE | IN_THE_ANSWER))}")
    if not 1 <= fault.times <= MOST_TIMES or not 0 <= fault.seconds <= LONGEST_SLOWNESS:
        raise ValueError(f"times: 1 to {MOST_TIMES}; seconds: 0 to {LONGEST_SLOWNESS}")
    return fault
