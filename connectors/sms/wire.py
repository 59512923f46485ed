"""The gateway's wire: RPC requests signed with ACS3-HMAC-SHA256, answers in JSON.

Owns the canonical request and the reading of answers. Source: Alibaba Cloud's public description
of signature version 3 and of Dysmsapi 2017-05-25 (SendSms, QuerySendDetails).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from connectors.delivery_reports import DeliveryReport
from connectors.errors import OutboundAnswerRejected
from connectors.evidence import DeliveryStatus, Message
from connectors.http import OutboundResponse, parse_json
from connectors.settings import Secret
from connectors.signatures import HMAC_SHA256, KEYED_DIGESTS

ALGORITHM = "ACS3-HMAC-SHA256"
VERSION = "2017-05-25"
SEND = "SendSms"
QUERY = "QuerySendDetails"
CODE_OK = "OK"

_BEIJING = ZoneInfo("Asia/Shanghai")
_RATE_LIMITED = frozenset(
    {"isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "Throttling", "Throttling.User"}
)
_SEND_STATUS = {
    1: DeliveryStatus.ACCEPTED,
    2: DeliveryStatus.FAILED,
    3: DeliveryStatus.DELIVERED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One RPC call: what is asked of which account, and the nonce that makes it one."""

    url: str
    action: str
    version: str = VERSION
    query: Mapping[str, str] = field(repr=False)
    access_key_id: str
    access_key_secret: Secret
    nonce: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCall:
    """A call ready to send: its parameters are in the URL, as the interface has it."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The gateway's answer to a call."""

    code: str
    request_id: str
    receipt: str = ""
    details: tuple[Mapping[str, object], ...] = field(default=(), repr=False)


def sign_call(call: Call) -> SignedCall:
    """The URL and headers of `call`; the body is empty."""
    parts = urlsplit(call.url)
    path = parts.path or "/"
    query = "&".join(f"{_escape(name)}={_escape(call.query[name])}" for name in sorted(call.query))
    payload_digest = sha256(b"").hexdigest()
    signed = {
        "host": parts.netloc,
        "x-acs-action": call.action,
        "x-acs-content-sha256": payload_digest,
        "x-acs-date": call.now.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": call.nonce,
        "x-acs-version": call.version,
    }
    names = ";".join(signed)
    lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
    canonical = f"POST\n{path}\n{query}\n{lines}\n{names}\n{payload_digest}"
    to_sign = f"{ALGORITHM}\n{sha256(canonical.encode()).hexdigest()}"
    signature = KEYED_DIGESTS[HMAC_SHA256](
        call.access_key_secret.reveal().encode(), to_sign.encode()
    )
    authorization = (
        f"{ALGORITHM} Credential={call.access_key_id},SignedHeaders={names},Signature={signature}"
    )
    return SignedCall(
        url=f"{parts.scheme}://{parts.netloc}{path}?{query}",
        headers={**signed, "Authorization": authorization, "Accept": "application/json"},
    )


def send_query(message: Message, *, sign_name: str, template_id: str) -> dict[str, str]:
    """The parameters of SendSms for `message`."""
    parameters = json.dumps(dict(message.parameters), ensure_ascii=False, separators=(",", ":"))
    query = {
        "PhoneNumbers": gateway_number(message.to),
        "SignName": sign_name,
        "TemplateCode": template_id,
        "TemplateParam": parameters,
    }
    return query | ({"OutId": message.reference} if message.reference else {})


def status_query(*, to: str, receipt: str, sent_at: datetime) -> dict[str, str]:
    """The parameters of QuerySendDetails for one message; days are counted in Beijing."""
    return {
        "PhoneNumber": gateway_number(to),
        "BizId": receipt,
        "SendDate": sent_at.astimezone(_BEIJING).strftime("%Y%m%d"),
        "PageSize": "10",
        "CurrentPage": "1",
    }


def gateway_number(e164: str) -> str:
    """The gateway's writing of an E.164 number: mainland ones bare, others without the plus."""
    return e164.removeprefix("+86") if e164.startswith("+86") else e164.removeprefix("+")


def read_answer(response: OutboundResponse) -> Answer:
    """The answer in `response`; errors of the interface come as JSON under a 4xx status.

    Raises:
        OutboundAnswerRejected: it is not in the agreed form.
    """
    if response.status >= 500:
        raise OutboundAnswerRejected(f"status {response.status}", status=response.status)
    parsed = parse_json(response)
    if not isinstance(parsed, dict) or not isinstance(parsed.get("Code"), str):
        raise OutboundAnswerRejected("an answer without a code", status=response.status)
    return Answer(
        code=parsed["Code"],
        request_id=str(parsed.get("RequestId", "")),
        receipt=str(parsed.get("BizId", "")),
        details=_details(parsed.get("SmsSendDetailDTOs")),
    )


def status_of(answer: Answer) -> DeliveryStatus:
    """What the answer to SendSms means for the message."""
    if answer.code == CODE_OK:
        return DeliveryStatus.ACCEPTED
    if answer.code in _RATE_LIMITED:
        return DeliveryStatus.RATE_LIMITED
    return DeliveryStatus.REFUSED


def reported_status_of(answer: Answer) -> tuple[DeliveryStatus, str]:
    """What the answer to QuerySendDetails tells, with the carrier's code."""
    if answer.code != CODE_OK or not answer.details:
        return DeliveryStatus.UNKNOWN, answer.code
    latest = answer.details[0]
    send_status = latest.get("SendStatus")
    known = _SEND_STATUS.get(send_status) if isinstance(send_status, int) else None
    return known or DeliveryStatus.UNKNOWN, str(latest.get("ErrCode", ""))


def pushed_report(entry: Mapping[str, object], provider: str) -> DeliveryReport:
    """One report of an SmsReport push; its times are Beijing's."""
    is_delivered = entry.get("success") is True
    return DeliveryReport(
        provider=provider,
        provider_reference=str(entry.get("biz_id", "")),
        to=_e164(str(entry.get("phone_number", ""))),
        status=DeliveryStatus.DELIVERED if is_delivered else DeliveryStatus.FAILED,
        provider_code=str(entry.get("err_code", "")),
        reference=str(entry.get("out_id", "")),
        reported_at=_beijing(str(entry.get("report_time", ""))),
    )


def _e164(number: str) -> str:
    """The gateway's writing of a number, back in E.164."""
    return f"+86{number}" if len(number) == 11 and number.startswith("1") else f"+{number}"


def _beijing(text: str) -> datetime | None:
    try:
        read = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - next line
    except ValueError:
        return None
    return read.replace(tzinfo=_BEIJING).astimezone(UTC)


def _details(listed: object) -> tuple[Mapping[str, object], ...]:
    if not isinstance(listed, dict):
        return ()
    entries = listed.get("SmsSendDetailDTO")
    if not isinstance(entries, list):
        return ()
    return tuple(entry for entry in entries if isinstance(entry, dict))


def _escape(text: str) -> str:
    return quote(text, safe="~")
