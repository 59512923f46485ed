"""Sends text messages through the second gateway, asks what became of them, and reads its reports.

Owns how an answer, or silence, becomes a receipt. A message is handed over once: after a timeout
nobody knows whether it went, and two codes confuse more than one that is late.
"""

from datetime import datetime

from connectors.delivery_reports import Callback, DeliveryReport, entries_of, require_token
from connectors.errors import OutboundCircuitOpen, OutboundError, OutboundRefused
from connectors.evidence import DeliveryReceipt, DeliveryStatus, Message
from connectors.http import JSON_TYPES, OutboundClient, OutboundRequest, Timeouts
from connectors.sms_tencent import wire
from connectors.sms_tencent.settings import TencentSmsSettings

PROVIDER = "tencent_shaped_sms"
NO_TEMPLATE = "no_template"
NO_PARAMETER = "no_parameter"


class TencentSmsGateway:
    """A `MessageDelivery`, `DeliveryReports` and `DeliveryCallbacks`. Safe between threads."""

    provider = PROVIDER
    acknowledgement = b'{"result":0,"errmsg":"OK"}'

    def __init__(self, settings: TencentSmsSettings, client: OutboundClient) -> None:
        self._settings = settings
        self._client = client

    def send(self, message: Message, *, now: datetime) -> DeliveryReceipt:
        """Hand the message over once. Whatever the gateway does comes back in the receipt."""
        settings = self._settings
        template_id = settings.template_for(
            message.template, message.language, is_mainland=wire.is_mainland(message.to)
        )
        if template_id is None:
            return _receipt(DeliveryStatus.REFUSED, now=now, code=NO_TEMPLATE)
        try:
            body = wire.send_body(
                message,
                sdk_app_id=settings.sdk_app_id,
                sign_name=settings.sign_name,
                template_id=template_id,
                names=settings.names_of(message.template),
            )
        except KeyError:
            return _receipt(DeliveryStatus.REFUSED, now=now, code=NO_PARAMETER)
        try:
            answer = self._call(wire.SEND, body, now=now)
        except (OutboundRefused, OutboundCircuitOpen) as error:
            return _receipt(DeliveryStatus.FAILED, now=now, code=type(error).__name__)
        except OutboundError as error:
            return _receipt(DeliveryStatus.UNKNOWN, now=now, code=type(error).__name__)
        return _sent(answer, to=message.to, now=now)

    def status(self, receipt: DeliveryReceipt, *, to: str, now: datetime) -> DeliveryReceipt:
        """Ask how far the message of `receipt`, sent to `to` (E.164), came."""
        body = wire.pull_body(to=to, sent_at=receipt.at, sdk_app_id=self._settings.sdk_app_id)
        try:
            answer = self._call(wire.PULL, body, now=now)
        except OutboundError as error:
            return _receipt(DeliveryStatus.UNKNOWN, now=now, code=type(error).__name__)
        report = next(
            (one for one in answer.statuses if one.get("SerialNo") == receipt.provider_reference),
            {},
        )
        return DeliveryReceipt(
            status=wire.reported_status_of(report),
            provider=PROVIDER,
            at=now,
            provider_code=answer.error or str(report.get("Description", "")),
            provider_reference=receipt.provider_reference,
            request_id=answer.request_id,
        )

    def read(self, callback: Callback) -> tuple[DeliveryReport, ...]:
        """The reports the gateway pushed.

        Raises:
            CallbackRefused: the address's token is wrong, or the body is not in the agreed form.
        """
        require_token(callback, self._settings.callback_token)
        return tuple(
            DeliveryReport(
                provider=PROVIDER,
                provider_reference=str(entry.get("sid", "")),
                to=f"+{entry.get('nationcode', '')}{entry.get('mobile', '')}",
                status=wire.reported_status_of(entry),
                provider_code=str(entry.get("errmsg", "")),
                reported_at=wire.report_time(entry.get("user_receive_time")),
            )
            for entry in entries_of(callback)
        )

    def _call(self, action: str, body: bytes, *, now: datetime) -> wire.Answer:
        settings = self._settings
        call = wire.Call(
            url=settings.base_url,
            action=action,
            region=settings.region,
            body=body,
            secret_id=settings.secret_id,
            secret_key=settings.secret_key,
            now=now,
        )
        response = self._client.send(
            OutboundRequest(
                method="POST",
                url=settings.base_url,
                headers=wire.signed_headers(call),
                body=body,
                accepts=JSON_TYPES,
                timeouts=Timeouts.within(settings.timeout),
            )
        )
        return wire.read_answer(response)


def _sent(answer: wire.Answer, *, to: str, now: datetime) -> DeliveryReceipt:
    if answer.error:
        return DeliveryReceipt(
            status=wire.status_of(answer.error),
            provider=PROVIDER,
            at=now,
            provider_code=answer.error,
            request_id=answer.request_id,
        )
    ours = next((one for one in answer.statuses if one.get("PhoneNumber") == to), None)
    if ours is None:
        # An answer about somebody else's message says nothing about ours.
        return _receipt(DeliveryStatus.UNKNOWN, now=now, code="other_recipient")
    code = str(ours.get("Code", ""))
    return DeliveryReceipt(
        status=wire.status_of(code),
        provider=PROVIDER,
        at=now,
        provider_code=code,
        provider_reference=str(ours.get("SerialNo", "")),
        request_id=answer.request_id,
    )


def _receipt(status: DeliveryStatus, *, now: datetime, code: str) -> DeliveryReceipt:
    return DeliveryReceipt(status=status, provider=PROVIDER, at=now, provider_code=code)
