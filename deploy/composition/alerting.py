"""Alerts, wired: what raises them from the trail, and what carries them to mailboxes and a webhook.

What goes out names what happened and to which client, connector or account: no person.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from connectors.contract import MessageDelivery
from connectors.errors import OutboundError
from connectors.evidence import Channel, Message
from connectors.http import OutboundClient, OutboundRequest, Timeouts
from deploy.composition.authorities import message_delivery
from deploy.composition.ground import Ground, addresses_for
from idp.foundation.clock import SHANGHAI
from idp.foundation.outbox import DeliveryFailed, enqueue
from idp.staff.alerts import AlertWatch
from idp.staff.alerts.models import AlertRow

BY_MAIL: Final = "alert.mail"
BY_WEBHOOK: Final = "alert.webhook"
SIGNATURE: Final = "Tongxing-Signature"
_TIMEOUT: Final = 5.0
_TAKEN: Final = range(200, 300)
_LANGUAGE: Final = "zh-Hans"


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
    message = Message(
        to=payload["to"],
        channel=Channel.EMAIL,
        template="alert",
        language=_LANGUAGE,
        parameters={
            "what": payload["type"],
            "about": payload["about"] or payload["client_id"] or "–",
            "at": payload["at"],
        },
    )
    receipt = gateway.send(message, now=ground.clock.now())
    if not receipt.is_underway:
        raise DeliveryFailed(f"{receipt.provider}: {receipt.provider_code}")


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
