"""Sends text messages and asks what became of them.

Owns how a gateway's answer, or its silence, becomes a receipt. A message is handed over once:
after a timeout nobody knows whether it went, and two codes confuse more than one that is late.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.delivery_reports import Callback, DeliveryReport, entries_of, require_token
from connectors.errors import OutboundCircuitOpen, OutboundError, OutboundRefused
from connectors.evidence import DeliveryReceipt, DeliveryStatus, Message
from connectors.http import JSON_TYPES, OutboundClient, OutboundRequest, Timeouts
from connectors.sms import wire
from connectors.sms.settings import SmsSettings

PROVIDER = "aliyun_shaped_sms"
NO_TEMPLATE = "no_template"


class SmsGateway:
    """A `MessageDelivery`, `DeliveryReports` and `DeliveryCallbacks`. Safe between threads."""

    provider = PROVIDER
    acknowledgement = '{"code":0,"msg":"接收成功"}'.encode()

    def __init__(
        self,
        settings: SmsSettings,
        client: OutboundClient,
        *,
        new_nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._settings = settings
        self._client = client
        self._new_nonce = new_nonce

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        """Hand the message over once. Whatever the gateway does comes back in the receipt."""
        template_id = self._settings.template_for(message.template, message.language)
        if template_id is None:
            return _receipt(DeliveryStatus.REFUSED, now=now, code=NO_TEMPLATE)
        query = wire.send_query(
            message, sign_name=self._settings.sign_name, template_id=template_id
        )
        try:
            answer = self._call(wire.SEND, query, now=now)
        except (OutboundRefused, OutboundCircuitOpen) as error:
            return _receipt(DeliveryStatus.FAILED, now=now, code=type(error).__name__)
        except OutboundError as error:
            return _receipt(DeliveryStatus.UNKNOWN, now=now, code=type(error).__name__)
        return DeliveryReceipt(
            status=wire.status_of(answer),
            provider=PROVIDER,
            at=now,
            provider_code=answer.code,
            provider_reference=answer.receipt,
            request_id=answer.request_id,
        )

    def status(self, receipt: DeliveryReceipt, *, to: str, now: datetime) -> DeliveryReceipt:
        """Ask how far the message of `receipt`, sent to `to` (E.164), came."""
        query = wire.status_query(to=to, receipt=receipt.provider_reference, sent_at=receipt.at)
        try:
            answer = self._call(wire.QUERY, query, now=now)
        except OutboundError as error:
            return _receipt(DeliveryStatus.UNKNOWN, now=now, code=type(error).__name__)
        status, carrier_code = wire.reported_status_of(answer)
        return DeliveryReceipt(
            status=status,
            provider=PROVIDER,
            at=now,
            provider_code=carrier_code,
            provider_reference=receipt.provider_reference,
            request_id=answer.request_id,
        )

    def read(self, callback: Callback) -> tuple[DeliveryReport, ...]:
        """The reports the gateway pushed.

        Raises:
            CallbackRefused: the address's token is wrong, or the body is not in the agreed form.
        """
        require_token(callback, self._settings.callback_token)
        return tuple(wire.pushed_report(entry, PROVIDER) for entry in entries_of(callback))

    def _call(self, action: str, query: Mapping[str, str], *, now: datetime) -> wire.Answer:
        # Never declared idempotent: the gateway refuses a nonce it has seen.
        signed = wire.sign_call(
            wire.Call(
                url=self._settings.base_url,
                action=action,
                query=query,
                access_key_id=self._settings.access_key_id,
                access_key_secret=self._settings.access_key_secret,
                nonce=self._new_nonce(),
                now=now,
            )
        )
        response = self._client.send(
            OutboundRequest(
                method="POST",
                url=signed.url,
                headers=signed.headers,
                accepts=JSON_TYPES,
                timeouts=Timeouts.within(self._settings.timeout),
            )
        )
        return wire.read_answer(response)


def _receipt(status: DeliveryStatus, *, now: datetime, code: str) -> DeliveryReceipt:
    return DeliveryReceipt(status=status, provider=PROVIDER, at=now, provider_code=code)
