"""Alerts, wired: what raises them from the trail, and what carries them to mailboxes and a webhook.

What goes out names what happened and to which client, connector or account: no person. It goes out
at least once, for a day and longer: a mail server or a webhook may be away for a night.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from django.utils import translation

from admin.sections.alerts import name_of
from connectors.contract import MessageDelivery
from connectors.errors import OutboundError
from connectors.evidence import Channel, DeliveryReceipt, DeliveryStatus, Message
from connectors.http import OutboundClient, OutboundRequest, Timeouts
from deploy.composition.authorities import message_delivery
from deploy.composition.ground import Ground, addresses_for
from deploy.composition.staff import console_address
from deploy.house import Task
from idp.foundation.clock import SHANGHAI
from idp.foundation.outbox import DeliveryFailed, DeliveryPolicy, deliver_due, enqueue
from idp.staff.alerts import AlertWatch
from idp.staff.alerts.models import AlertRow

BY_MAIL: Final = "alert.mail"
BY_WEBHOOK: Final = "alert.webhook"
SIGNATURE: Final = "Tongxing-Signature"
_TIMEOUT: Final = 5.0
_TAKEN: Final = range(200, 300)
_LANGUAGE: Final = "zh-Hans"
_PATIENT: Final = DeliveryPolicy(attempts=170)
"""Ten minutes apart from the tenth on: more than a day."""
MOST_UNANSWERED: Final = 3
"""How often a mail goes out of which nobody knows whether it was taken."""
_A_DAY: Final = 86_400


def alert_tasks(ground: Ground) -> tuple[Task, ...]:
    """What the worker repeats: alerts are raised, and sent out apart from all other deliveries."""
    watch, deliveries = alert_watch(ground), alert_deliveries(ground)

    def send() -> None:
        deliver_due(deliveries, ground.clock.now(), policy=_PATIENT)

    return (
        Task(name="alerts", interval=2.0, run=watch.raise_due),
        Task(name="alert-deliveries", interval=1.0, run=send),
    )


def alert_watch(ground: Ground) -> AlertWatch:
    """Raises alerts, and puts what is to be sent into the very transaction."""
    alerts, clock = ground.settings.alerts, ground.clock

    def send(row: AlertRow) -> None:
        told = _told(row)
        for address in alerts.emails:
            enqueue(BY_MAIL, {"to": address, **told}, clock=clock)
        if alerts.webhook:
            enqueue(BY_WEBHOOK, told, clock=clock)

    return AlertWatch(send=send)


def alert_deliveries(ground: Ground) -> dict[str, Callable[[Mapping[str, Any]], None]]:
    """The outbox's kinds of alerts, with what delivers them."""
    gateway, post = message_delivery(ground), _webhook(ground)

    def mail(payload: Mapping[str, Any]) -> None:
        _mail(gateway, payload, ground)

    return {BY_MAIL: mail, BY_WEBHOOK: post}


def signature_of(body: bytes, *, key: bytes, at: int) -> str:
    """What the receiver compares: HMAC-SHA-256 over the instant and the body."""
    digest = hmac.new(key, b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def _told(row: AlertRow) -> dict[str, str]:
    return {
        "id": str(row.id),
        "type": row.type,
        "severity": row.severity,
        "client_id": row.client_id,
        "about": row.about,
        "raised_at": row.raised_at.isoformat(),
        "at": f"{row.raised_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
    }


def _mail(gateway: MessageDelivery, payload: Mapping[str, Any], ground: Ground) -> None:
    with translation.override(_LANGUAGE.lower()):
        what = str(name_of(payload["type"]))
    message = Message(
        to=payload["to"],
        channel=Channel.EMAIL,
        template="alert",
        language=_LANGUAGE,
        parameters={
            "what": what,
            "url": console_address(ground.settings, f"alerts/{payload['id']}"),
            "about": payload["about"] or payload["client_id"] or "–",
            "at": payload["at"],
        },
    )
    receipt = gateway.send(message, now=ground.clock.now())
    if not _is_settled(receipt, payload, ground):
        raise DeliveryFailed(f"{receipt.provider}: {receipt.provider_code}")


def _is_settled(receipt: DeliveryReceipt, payload: Mapping[str, Any], ground: Ground) -> bool:
    """Whether it was taken; where nobody knows, it goes out again, but not for ever."""
    if receipt.status is not DeliveryStatus.UNKNOWN:
        return receipt.is_underway
    key = f"alert:unanswered:{payload['id']}:{hashlib.sha256(payload['to'].encode()).hexdigest()}"
    return ground.store.increment(key, ttl=_A_DAY) >= MOST_UNANSWERED


def _webhook(ground: Ground) -> Callable[[Mapping[str, Any]], None]:
    alerts = ground.settings.alerts
    networks = tuple(map(str, alerts.webhook_networks))
    policy = addresses_for(ground.settings, *networks)
    client = OutboundClient(policy, clock=ground.clock.monotonic)

    def post(payload: Mapping[str, Any]) -> None:
        if not alerts.webhook:
            raise DeliveryFailed("no webhook is set any more", retry=False)
        body = orjson.dumps({name: payload[name] for name in payload if name != "at"})
        at = int(ground.clock.now().timestamp())
        request = OutboundRequest(
            method="POST",
            url=alerts.webhook,
            headers={
                "Content-Type": "application/json",
                SIGNATURE: signature_of(body, key=alerts.webhook_key.reveal(), at=at),
            },
            body=body,
            timeouts=Timeouts.within(_TIMEOUT),
        )
        try:
            answer = client.send(request)
        except OutboundError as problem:
            raise DeliveryFailed(str(problem)) from problem
        if answer.status not in _TAKEN:
            raise DeliveryFailed(f"status {answer.status}")

    return post
