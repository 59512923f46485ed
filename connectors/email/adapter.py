"""Hands e-mails to a mail server.

Owns how a server's reply, or its silence, becomes a receipt. A message is handed over once: after
silence nobody knows whether it went.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from socket import socket

from connectors.email import wire
from connectors.email.settings import EmailSettings
from connectors.email.templates import Rendered, render
from connectors.errors import OutboundError
from connectors.evidence import Channel, DeliveryReceipt, DeliveryStatus, Message
from connectors.http import OutboundClient

PROVIDER = "smtp"
NO_TEMPLATE = "no_template"
NO_PARAMETER = "no_parameter"
WRONG_ADDRESS = "wrong_address"
UNPRINTABLE = "unprintable_parameter"
_LONGEST_TEXT = 120


class EmailGateway:
    """A `MessageDelivery`. Safe to share between threads."""

    provider = PROVIDER

    def __init__(
        self,
        settings: EmailSettings,
        client: OutboundClient,
        *,
        new_token: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._client = client
        self._new_token = new_token

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        """Hand the message over once. Whatever the server does comes back in the receipt."""
        recipient = wire.recipient_of(message.to)
        if recipient is None or message.channel is not Channel.EMAIL:
            return _receipt(DeliveryStatus.REFUSED, now=now, code=WRONG_ADDRESS)
        rendered = _rendered(message)
        if not isinstance(rendered, Rendered):
            return _receipt(DeliveryStatus.REFUSED, now=now, code=rendered)
        letter = wire.letter(
            rendered, self._settings, to=recipient, token=self._new_token(), now=now
        )
        try:
            reply = wire.hand_over(letter, self._settings, self._dial)
        except (wire.NotTaken, OutboundError) as error:
            code = error.code if isinstance(error, wire.NotTaken) else type(error).__name__
            return _receipt(_not_taken(code), now=now, code=code)
        except wire.Unanswered as error:
            code = type(error.__cause__).__name__
            return _receipt(DeliveryStatus.UNKNOWN, now=now, code=code)
        return DeliveryReceipt(
            status=_status(reply.code),
            provider=PROVIDER,
            at=now,
            provider_code=str(reply.code),
            provider_reference=letter.message_id,
            request_id=reply.text[:_LONGEST_TEXT],
        )

    def _dial(self, host: str, port: int) -> socket:
        return self._client.dial(host, port, timeout=self._settings.timeout)


def _rendered(message: Message) -> Rendered | str:
    """The message's words, or the code that says why there are none."""
    if not all(value.isprintable() for value in message.parameters.values()):
        return UNPRINTABLE
    try:
        return render(message.template, message.language, message.parameters) or NO_TEMPLATE
    except KeyError:
        return NO_PARAMETER


def _status(code: int) -> DeliveryStatus:
    """What a reply to the whole message means (RFC 5321 §4.2.1)."""
    if 200 <= code < 300:
        return DeliveryStatus.ACCEPTED
    if 400 <= code < 600:
        return _not_taken(str(code))
    return DeliveryStatus.UNKNOWN


def _not_taken(code: str) -> DeliveryStatus:
    """A permanent refusal, a limit (450, 452), or a failure that another gateway may not have."""
    if code in {"450", "452"}:
        return DeliveryStatus.RATE_LIMITED
    return DeliveryStatus.REFUSED if code.startswith("5") else DeliveryStatus.FAILED


def _receipt(status: DeliveryStatus, *, now: datetime, code: str) -> DeliveryReceipt:
    return DeliveryReceipt(status=status, provider=PROVIDER, at=now, provider_code=code)
