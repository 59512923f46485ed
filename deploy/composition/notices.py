"""Security notices, wired: what the worker takes from the outbox goes to the message gateway.

Each leaves a receipt in the trail: which way it went, and by which gateway; never to whom.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction

from connectors.evidence import Channel, DeliveryReceipt, Message
from deploy.composition.authorities import message_delivery
from deploy.composition.ground import Ground
from deploy.composition.people import HallRooms
from deploy.house import Task
from idp.foundation.audit import AuditEvent, record
from idp.foundation.outbox import DeliveryPolicy, deliver_due
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier
from idp.subjects.notices import CONTACT_KIND, KIND, SendNotice

TEMPLATE = "security_notice"
CONTACT_TEMPLATE = "contact_notice"
CHANNELS: Mapping[str, Channel] = {
    Identifier.Kind.PHONE: Channel.SMS,
    Identifier.Kind.EMAIL: Channel.EMAIL,
}


_PATIENT = DeliveryPolicy(attempts=170)
"""Ten minutes apart from the tenth on: more than a day, for a mail server may be away all night."""


def notice_task(ground: Ground, hall: HallRooms) -> Task:
    """What the worker repeats: notices go out apart from all other deliveries, and patiently."""
    deliveries = notice_deliveries(ground, hall)

    def send() -> None:
        deliver_due(deliveries, ground.clock.now(), policy=_PATIENT)

    return Task(name="notices", interval=0.5, run=send)


def notice_deliveries(
    ground: Ground, hall: HallRooms
) -> dict[str, Callable[[Mapping[str, Any]], None]]:
    """The outbox's kinds of notices, with what delivers each."""
    gateway = message_delivery(ground)
    notices = hall.subjects.authenticators.notices

    def sending(payload: Mapping[str, Any], template: str, parameter: str) -> SendNotice:
        def send(to: TypedIdentifier, language: str, words: str) -> bool:
            channel = CHANNELS[to.kind]
            if channel is Channel.EMAIL and not gateway.carries(channel):
                return True  # nothing here ever sends e-mail: the phone is told
            message = Message(
                to=to.value,
                channel=channel,
                template=template,
                language=language,
                parameters={parameter: words},
            )
            receipt = gateway.send(message, now=ground.clock.now())
            if receipt.is_underway:
                _keep_receipt(ground, payload, receipt)
            return receipt.is_underway

        return send

    def deliver(payload: Mapping[str, Any]) -> None:
        notices.deliver(payload, sending(payload, TEMPLATE, "event"))

    def deliver_to_contact(payload: Mapping[str, Any]) -> None:
        notices.deliver_to_contact(payload, sending(payload, CONTACT_TEMPLATE, "name"))

    return {KIND: deliver, CONTACT_KIND: deliver_to_contact}


def _keep_receipt(ground: Ground, payload: Mapping[str, Any], receipt: DeliveryReceipt) -> None:
    event = AuditEvent(
        type="notice.sent",
        outcome="success",
        subject=payload["person"],
        detail={
            "event": payload["event"],
            "is_contact": "contact" in payload,
            "channel": receipt.channel.value,
            "provider": receipt.provider,
            "status": receipt.status.value,
            "reference": receipt.provider_reference,
        },
    )
    with transaction.atomic():
        record(event, clock=ground.clock)
