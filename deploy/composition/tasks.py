"""What the worker repeats: deliveries, the audit chain, key rotation, the tokens' housekeeping."""

from collections.abc import Callable, Mapping
from typing import Any

from connectors.errors import OutboundError
from connectors.http import OutboundRequest, Timeouts
from deploy.composition.console_tasks import console_tasks
from deploy.composition.ground import AUDIT_PLAN, Ground
from deploy.composition.management_tasks import management_tasks
from deploy.composition.notices import notice_task
from deploy.composition.people_tasks import people_tasks
from deploy.composition.policy_tasks import policy_tasks
from deploy.composition.retention import retention_tasks
from deploy.composition.rooms import Rooms
from deploy.house import Task
from idp.foundation.audit import chain_pending
from idp.foundation.keys import rotate
from idp.foundation.outbox import DeliveryFailed, deliver_due
from idp.protocols.events.delivery import MEDIA_TYPE

Deliver = Callable[[Mapping[str, Any]], None]
DELIVERY_TIMEOUT = 5.0
ANSWERED = frozenset({200, 204})
TAKEN = ANSWERED | {202}
LEVELS_AT_ONCE = 200


def worker_tasks(rooms: Rooms, deliveries: Mapping[str, Deliver]) -> tuple[Task, ...]:
    ground, tokens = rooms.ground, rooms.tokens
    clock, chain_of_evidence = ground.clock, rooms.hall.subjects.chain

    def chain() -> None:
        while chain_pending(clock.now(), ring=ground.audit_keys) == 1000:
            pass

    def rotate_keys() -> None:
        rotate(clock.now(), sealer=ground.sealer, plan=ground.token_plan)
        rotate(clock.now(), sealer=ground.sealer, plan=AUDIT_PLAN)
        ground.watch.poll()

    def keep_told() -> None:
        tokens.revocation.keep_told()

    def purge_tokens() -> None:
        tokens.ledger.purge(now=clock.now())

    def notice_ended_levels() -> None:
        while chain_of_evidence.reassess_due(now=clock.now()) == LEVELS_AT_ONCE:
            pass

    return (
        Task(name="outbox", interval=0.3, run=lambda: deliver_due(deliveries, clock.now())),
        Task(name="audit-chain", interval=1.0, run=chain),
        Task(name="keys", interval=60.0, run=rotate_keys),
        Task(name="revocations", interval=60.0, run=keep_told),
        Task(name="levels", interval=30.0, run=notice_ended_levels),
        Task(name="old-passwords", interval=1.0, run=rooms.imports.wrapping.wrap_some),
        Task(name="tokens-purge", interval=3600.0, run=purge_tokens),
        notice_task(ground, rooms.hall),
        *console_tasks(rooms),
        *people_tasks(rooms.hall.subjects.guardianships, rooms.hall.merging, clock),
        *management_tasks(ground),
        *policy_tasks(clock, decision_ttl=ground.settings.lifetimes.decision_ttl),
        *retention_tasks(ground.settings.retention, rooms.hall.subjects.erasures, clock),
    )


def post_event(ground: Ground) -> Callable[[str, str], None]:
    """Push a Security Event Token (RFC 8935 §2); what its receiver refuses is not tried again."""

    def post(address: str, token: str) -> None:
        request = OutboundRequest(
            method="POST",
            url=address,
            headers={"Content-Type": MEDIA_TYPE, "Accept": "application/json"},
            body=token.encode("ascii"),
            timeouts=Timeouts.within(DELIVERY_TIMEOUT),
        )
        try:
            answer = ground.outbound.send(request)
        except OutboundError as problem:
            raise DeliveryFailed(str(problem)) from problem
        if answer.status not in TAKEN:
            # §2.4: 400 names what is wrong with the token; it will be wrong again.
            raise DeliveryFailed(f"status {answer.status}", retry=answer.status != 400)

    return post


def post_form(ground: Ground) -> Callable[[str, Mapping[str, str]], None]:
    """Deliver a form to a client's registered address; what it cannot mend is not tried again."""

    def post(address: str, fields: Mapping[str, str]) -> None:
        try:
            answer = ground.outbound.post_form(address, dict(fields), timeout=DELIVERY_TIMEOUT)
        except OutboundError as problem:
            raise DeliveryFailed(str(problem)) from problem
        if answer.status not in ANSWERED:
            # Back-Channel Logout 1.0 §2.8: 400 says the token was refused; it will be again.
            raise DeliveryFailed(f"status {answer.status}", retry=answer.status != 400)

    return post
