"""The second gateway's wire: JSON requests signed with TC3-HMAC-SHA256, answers in JSON.

Owns the canonical request, the reading of answers and of status reports. Source: Tencent Cloud's
public description of signature version 3 and of SMS 2021-01-11.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from connectors.errors import OutboundAnswerRejected
from connectors.evidence import DeliveryStatus, Message
from connectors.http import OutboundResponse, parse_json
from connectors.settings import Secret

ALGORITHM = "TC3-HMAC-SHA256"
VERSION = "2021-01-11"
SERVICE = "sms"
SEND = "SendSms"
PULL = "PullSmsSendStatusByPhoneNumber"
CODE_OK = "Ok"
CONTENT_TYPE = "application/json; charset=utf-8"
SIGNED_HEADERS = "content-type;host;x-tc-action"

_BEIJING = ZoneInfo("Asia/Shanghai")
_REPORTED = {"SUCCESS": DeliveryStatus.DELIVERED, "FAIL": DeliveryStatus.FAILED}
# A message is reported within three days or never; a pull must name a window.
_WINDOW = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: what is asked of which account, and when."""

    url: str
    action: str
    version: str = VERSION
    service: str = SERVICE
    region: str
    body: bytes = field(repr=False)
    secret_id: str
    secret_key: Secret
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The gateway's answer to a call: a refusal of the interface, or what it says of messages."""

    request_id: str
    error: str = ""
    statuses: tuple[Mapping[str, object], ...] = field(default=(), repr=False)


def signed_headers(call: Call) -> dict[str, str]:
    """The headers of `call`, its signature among them."""
    parts = urlsplit(call.url)
    timestamp = str(int(call.now.timestamp()))
    scope = f"{call.now.astimezone(UTC).date().isoformat()}/{call.service}/tc3_request"
    lines = f"content-type:{CONTENT_TYPE}\nhost:{parts.netloc}\nx-tc-action:{call.action.lower()}\n"
    canonical = (
        f"POST\n{parts.path or '/'}\n\n{lines}\n{SIGNED_HEADERS}\n{sha256(call.body).hexdigest()}"
    )
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = b"TC3" + call.secret_key.reveal().encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), sha256)
    signature = hmac.digest(key, to_sign.encode(), sha256).hex()
    return {
        "Host": parts.netloc,
        "Content-Type": CONTENT_TYPE,
        "X-TC-Action": call.action,
        "X-TC-Version": call.version,
        "X-TC-Timestamp": timestamp,
        "X-TC-Region": call.region,
        "Authorization": (
            f"{ALGORITHM} Credential={call.secret_id}/{scope}, "
            f"SignedHeaders={SIGNED_HEADERS}, Signature={signature}"
        ),
    }


def is_mainland(e164: str) -> bool:
    """Whether a number is of the mainland; +852, +853 and +886 are not, for this gateway."""
    return e164.startswith("+86")


def send_body(
    message: Message, *, sdk_app_id: str, sign_name: str, template_id: str, names: tuple[str, ...]
) -> bytes:
    """The body of SendSms.

    Raises:
        KeyError: the message lacks a parameter that the template names.
    """
    values: dict[str, object] = {
        "PhoneNumberSet": [message.to],
        "SmsSdkAppId": sdk_app_id,
        "TemplateId": template_id,
        "TemplateParamSet": [message.parameters[name] for name in names],
    }
    if is_mainland(message.to):
        values["SignName"] = sign_name
    if message.reference:
        values["SessionContext"] = message.reference
    return _json(values)


def pull_body(*, to: str, sent_at: datetime, sdk_app_id: str) -> bytes:
    """The body of PullSmsSendStatusByPhoneNumber for one number."""
    return _json(
        {
            "BeginTime": int(sent_at.timestamp()),
            "EndTime": int((sent_at + _WINDOW).timestamp()),
            "Offset": 0,
            "Limit": 100,
            "PhoneNumber": to,
            "SmsSdkAppId": sdk_app_id,
        }
    )


def read_answer(response: OutboundResponse) -> Answer:
    """The answer in `response`; refusals come under 200 too.

    Raises:
        OutboundAnswerRejected: it is not in the agreed form.
    """
    if not response.is_success:
        raise OutboundAnswerRejected(f"status {response.status}", status=response.status)
    parsed = parse_json(response)
    inner = parsed.get("Response") if isinstance(parsed, dict) else None
    if not isinstance(inner, dict):
        raise OutboundAnswerRejected("an answer without a Response", status=response.status)
    error = inner.get("Error")
    if isinstance(error, dict):
        return Answer(
            request_id=str(inner.get("RequestId", "")), error=str(error.get("Code", "unknown"))
        )
    listed = inner.get("SendStatusSet", inner.get("PullSmsSendStatusSet"))
    if not isinstance(listed, list):
        raise OutboundAnswerRejected("an answer without statuses", status=response.status)
    return Answer(
        request_id=str(inner.get("RequestId", "")),
        statuses=tuple(entry for entry in listed if isinstance(entry, dict)),
    )


def status_of(code: str) -> DeliveryStatus:
    """What the gateway's code, for one recipient or for the call, means for the message."""
    if code == CODE_OK:
        return DeliveryStatus.ACCEPTED
    if code.startswith(("LimitExceeded", "RequestLimitExceeded")):
        return DeliveryStatus.RATE_LIMITED
    if code.startswith("InternalError"):
        return DeliveryStatus.UNKNOWN  # their side broke: the message may have gone
    return DeliveryStatus.REFUSED


def reported_status_of(report: Mapping[str, object]) -> DeliveryStatus:
    """What a pulled or pushed report tells."""
    word = report.get("ReportStatus", report.get("report_status"))
    return _REPORTED.get(str(word), DeliveryStatus.UNKNOWN)


def report_time(text: object) -> datetime | None:
    """The instant of a pushed report, which is written in Beijing time."""
    try:
        read = datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007 - next line
    except ValueError:
        return None
    return read.replace(tzinfo=_BEIJING).astimezone(UTC)


def _json(values: Mapping[str, object]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
