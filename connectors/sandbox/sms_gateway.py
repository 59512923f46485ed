"""The text message gateway's side: checks the V3 signature and delivers into the inbox.

Owns its account, templates and receipts, in the vendor's words for errors. Written against the
vendor's public description, by code of its own.
"""

import hmac
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Final
from urllib.parse import parse_qsl, quote

from connectors.sandbox.exchange import Incoming, Reply, json_reply
from connectors.sandbox.faults import Fault
from connectors.sandbox.freshness import Freshness
from connectors.sandbox.inbox import Delivered, Inbox

ACCESS_KEYS: Final[Mapping[str, bytes]] = {"sandbox-sms": b"sandbox-sms-secret"}
SIGN_NAME: Final = "通行"
TEMPLATES: Final[Mapping[str, str]] = {
    "SMS_100001": "您的验证码是${code}，${minutes}分钟内有效。请勿告诉任何人，包括工作人员。",
    "SMS_100002": "您的驗證碼是${code}，${minutes}分鐘內有效。請勿告訴任何人，包括工作人員。",
    "SMS_100003": "Your code is ${code}, valid for ${minutes} minutes. Share it with nobody.",
    "SMS_100011": "您的账号发生了安全变更：${event}。如非本人操作，请立即联系我们。",
    "SMS_100012": "您的帳戶發生了安全變更：${event}。如非本人操作，請立即聯絡我們。",
    "SMS_100013": "A security change on your account: ${event}. Not you? Contact us at once.",
    "SMS_100021": "${name}希望把账号提醒也发到您的手机。同意请将确认码${code}告诉对方，"
    "${minutes}分钟内有效，不能登录任何账号。",
    "SMS_100022": "${name}希望把帳戶提醒也傳到您的手機。同意請將確認碼${code}告訴對方，"
    "${minutes}分鐘內有效，不能登入任何帳戶。",
    "SMS_100023": "${name} wants notices about their account to reach you too. If you agree, tell"
    " them ${code}, valid for ${minutes} minutes. It signs in nowhere.",
    "SMS_100031": "您是${name}的提醒联系人：该账号有一项安全提醒，请转告本人登录查看。",
    "SMS_100032": "您是${name}的提醒聯絡人：該帳戶有一項安全提醒，請轉告本人登入查看。",
    "SMS_100033": "You are the contact of ${name}: please tell them to sign in and read a security"
    " notice.",
}
SIGNED_HEADERS: Final = (
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
)
_AUTHORIZATION: Final = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})"
)
_PARAMETER: Final = re.compile(r"\$\{([a-z_]+)\}")
_NUMBER: Final = re.compile(r"1[3-9][0-9]{9}|[1-9][0-9]{6,14}", re.ASCII)
_MOST_RECEIPTS: Final = 1000


class Refusal(Exception):
    """The vendor's refusal: its code, with the status it comes under."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receipt:
    number: str
    sent_at: datetime
    out_id: str


class SmsGateway:
    """Answers SendSms and QuerySendDetails."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._freshness = Freshness(timedelta(minutes=15))
        self._receipts: OrderedDict[str, _Receipt] = OrderedDict()
        self._requests = 0
        self._lock = Lock()

    def answer(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> Reply:
        """The vendor's JSON: refusals of the interface under 4xx, of the business under 200."""
        with self._lock:
            self._requests += 1
            request_id = f"SANDBOX-{self._requests:08d}"
        try:
            self._require_signed(incoming, now=now)
            if fault is not None and fault.behaviour == "provider_code":
                raise Refusal(fault.code, 200)
            answer = self._act(incoming, now=now)
        except Refusal as refusal:
            return json_reply(
                {"Code": refusal.code, "Message": refusal.code, "RequestId": request_id},
                status=refusal.status,
            )
        return json_reply({"Code": "OK", "Message": "OK", "RequestId": request_id, **answer})

    def _require_signed(self, incoming: Incoming, *, now: datetime) -> None:
        presented = _AUTHORIZATION.fullmatch(incoming.headers.get("authorization", ""))
        if presented is None:
            raise Refusal("IncompleteSignature")
        secret = ACCESS_KEYS.get(presented[1])
        if secret is None:
            raise Refusal("InvalidAccessKeyId.NotFound", 404)
        if tuple(presented[2].split(";")) != SIGNED_HEADERS:
            raise Refusal("IncompleteSignature")
        if incoming.headers.get("x-acs-content-sha256", "") != sha256(incoming.body).hexdigest():
            raise Refusal("SignatureDoesNotMatch")
        if not hmac.compare_digest(_signature(incoming, secret), presented[3]):
            raise Refusal("SignatureDoesNotMatch")
        self._require_fresh(incoming, now=now)

    def _require_fresh(self, incoming: Incoming, *, now: datetime) -> None:
        stamp = incoming.headers.get("x-acs-date", "")
        try:
            stamped = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        except ValueError as error:
            raise Refusal("InvalidTimeStamp.Format") from error
        if not self._freshness.is_timely(stamped, now=now):
            raise Refusal("InvalidTimeStamp.Expired")
        if not self._freshness.is_first(incoming.headers.get("x-acs-signature-nonce", "")):
            raise Refusal("SignatureNonceUsed")

    def _act(self, incoming: Incoming, *, now: datetime) -> dict[str, object]:
        try:
            query = dict(parse_qsl(incoming.query, keep_blank_values=True, errors="strict"))
        except UnicodeDecodeError as error:
            raise Refusal("InvalidParameter") from error
        actions = {"SendSms": self._send, "QuerySendDetails": self._details}
        action = actions.get(incoming.headers.get("x-acs-action", ""))
        if action is None or incoming.headers.get("x-acs-version", "") != "2017-05-25":
            raise Refusal("InvalidAction.NotFound", 404)
        return action(query, now=now)

    def _send(self, query: Mapping[str, str], *, now: datetime) -> dict[str, object]:
        number = query.get("PhoneNumbers", "")
        if _NUMBER.fullmatch(number) is None:
            raise Refusal("isv.MOBILE_NUMBER_ILLEGAL", 200)
        if query.get("SignName") != SIGN_NAME:
            raise Refusal("isv.SMS_SIGNATURE_ILLEGAL", 200)
        template = TEMPLATES.get(query.get("TemplateCode", ""))
        if template is None:
            raise Refusal("isv.SMS_TEMPLATE_ILLEGAL", 200)
        parameters = _parameters(query.get("TemplateParam", ""))
        text = _fill(template, parameters)
        receipt = self._keep(_Receipt(number=number, sent_at=now, out_id=query.get("OutId", "")))
        self._inbox.deliver(
            Delivered(
                to=f"+86{number}" if len(number) == 11 and number[0] == "1" else f"+{number}",
                channel="sms",
                text=f"【{SIGN_NAME}】{text}",
                code=parameters.get("code", ""),
                sent_at=now.isoformat(),
            )
        )
        return {"BizId": receipt}

    def _keep(self, receipt: _Receipt) -> str:
        with self._lock:
            name = f"{self._requests:08d}^0"
            self._receipts[name] = receipt
            if len(self._receipts) > _MOST_RECEIPTS:
                self._receipts.popitem(last=False)
        return name

    def _details(self, query: Mapping[str, str], *, now: datetime) -> dict[str, object]:
        name = query.get("BizId", "")
        with self._lock:
            receipt = self._receipts.get(name)
        if receipt is None or receipt.number != query.get("PhoneNumber"):
            return {"TotalCount": 0, "SmsSendDetailDTOs": {"SmsSendDetailDTO": []}}
        detail = {
            "PhoneNum": receipt.number,
            "SendStatus": 3,
            "ErrCode": "DELIVERED",
            "ReceiveDate": now.isoformat(),
            "OutId": receipt.out_id,
        }
        return {"TotalCount": 1, "SmsSendDetailDTOs": {"SmsSendDetailDTO": [detail]}}


def _signature(incoming: Incoming, secret: bytes) -> str:
    pairs = sorted(parse_qsl(incoming.query, keep_blank_values=True, errors="replace"))
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    lines = "".join(f"{name}:{incoming.headers.get(name, '')}\n" for name in SIGNED_HEADERS)
    digest = incoming.headers.get("x-acs-content-sha256", "")
    names = ";".join(SIGNED_HEADERS)
    canonical = f"{incoming.method}\n{incoming.path}\n{query}\n{lines}\n{names}\n{digest}"
    to_sign = f"ACS3-HMAC-SHA256\n{sha256(canonical.encode()).hexdigest()}"
    return hmac.new(secret, to_sign.encode(), sha256).hexdigest()


def _parameters(text: str) -> dict[str, str]:
    try:
        read = json.loads(text or "{}")
    except ValueError as error:
        raise Refusal("isv.INVALID_JSON_PARAM", 200) from error
    if not isinstance(read, dict):
        raise Refusal("isv.INVALID_JSON_PARAM", 200)
    return {str(name): str(value) for name, value in read.items()}


def _fill(template: str, parameters: Mapping[str, str]) -> str:
    try:
        return _PARAMETER.sub(lambda found: parameters[found[1]], template)
    except KeyError as error:
        raise Refusal("isv.TEMPLATE_MISSING_PARAMETERS", 200) from error
