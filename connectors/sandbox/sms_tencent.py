"""The second gateway's side: checks the TC3 signature and delivers into the inbox.

Owns its account, templates and serial numbers, in the vendor's words for errors. Written against
the vendor's public description, by code of its own.
"""

import hashlib
import hmac
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

from connectors.sandbox.exchange import Incoming, Reply, json_reply
from connectors.sandbox.faults import Fault
from connectors.sandbox.inbox import Delivered, Inbox

SECRETS: Final[Mapping[str, str]] = {"sandbox-tencent": "sandbox-tencent-secret"}
APPLICATION: Final = "1400000001"
SIGN_NAME: Final = "通行"
_TEXTS: Final[Mapping[str, str]] = {
    "01": "您的验证码是{1}，{2}分钟内有效。请勿告诉任何人，包括工作人员。",
    "02": "您的驗證碼是{1}，{2}分鐘內有效。請勿告訴任何人，包括工作人員。",
    "03": "Your code is {1}, valid for {2} minutes. Share it with nobody.",
    "11": "您的账号发生了安全变更：{1}。如非本人操作，请立即联系我们。",
    "12": "您的帳戶發生了安全變更：{1}。如非本人操作，請立即聯絡我們。",
    "13": "A security change on your account: {1}. Not you? Contact us at once.",
    "21": "{1}希望把账号提醒也发到您的手机。同意请将确认码{2}告诉对方，{3}分钟内有效，"
    "不能登录任何账号。",
    "22": "{1}希望把帳戶提醒也傳到您的手機。同意請將確認碼{2}告訴對方，{3}分鐘內有效，"
    "不能登入任何帳戶。",
    "23": "{1} wants notices about their account to reach you too. If you agree, tell them {2},"
    " valid for {3} minutes. It signs in nowhere.",
    "31": "您是{1}的提醒联系人：该账号有一项安全提醒，请转告本人登录查看。",
    "32": "您是{1}的提醒聯絡人：該帳戶有一項安全提醒，請轉告本人登入查看。",
    "33": "You are the contact of {1}: please tell them to sign in and read a security notice.",
}
MAINLAND: Final = {f"9000{name}": text for name, text in _TEXTS.items()}
ABROAD: Final = {f"9100{name}": text for name, text in _TEXTS.items()}
_AUTHORIZATION: Final = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, "
    r"SignedHeaders=content-type;host;x-tc-action, Signature=([0-9a-f]{64})"
)
_NUMBER: Final = re.compile(r"\+861[3-9][0-9]{9}|\+(?!86)[1-9][0-9]{6,14}", re.ASCII)
_CODE: Final = re.compile(r"[0-9]{4,8}", re.ASCII)
_WINDOW: Final = 300
_MOST_SERIALS: Final = 1000


class Refusal(Exception):
    """The vendor's refusal of a whole call."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SmsTencent:
    """Answers SendSms and PullSmsSendStatusByPhoneNumber."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._sent: OrderedDict[str, dict[str, object]] = OrderedDict()
        self._requests = 0
        self._lock = Lock()

    def answer(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> Reply:
        """The vendor's JSON; refusals come under 200 as well."""
        with self._lock:
            self._requests += 1
            request_id = f"sandbox-{self._requests:08d}"
        try:
            _require_signed(incoming, now=now)
            answer = self._act(incoming, fault=fault, now=now)
        except Refusal as refusal:
            answer = {"Error": {"Code": refusal.code, "Message": refusal.code}}
        return json_reply({"Response": {**answer, "RequestId": request_id}})

    def _act(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> dict[str, object]:
        try:
            asked = json.loads(incoming.body.decode("utf-8"))
        except ValueError as error:
            raise Refusal("InvalidParameter") from error
        action = incoming.headers.get("x-tc-action", "")
        if incoming.headers.get("x-tc-version") != "2021-01-11":
            raise Refusal("NoSuchVersion")
        if asked.get("SmsSdkAppId") != APPLICATION:
            raise Refusal("UnauthorizedOperation.SmsSdkAppIdVerifyFail")
        if action == "SendSms":
            numbers = asked.get("PhoneNumberSet", [])
            return {"SendStatusSet": [self._send(to, asked, fault, now) for to in numbers]}
        if action == "PullSmsSendStatusByPhoneNumber":
            return {"PullSmsSendStatusSet": self._pull(asked)}
        raise Refusal("InvalidAction")

    def _send(
        self, to: str, asked: Mapping[str, Any], fault: Fault | None, now: datetime
    ) -> dict[str, object]:
        code = self._refusal(to, asked)
        if fault is not None and fault.behaviour == "provider_code":
            code = fault.code
        context = asked.get("SessionContext", "")
        answer = {"PhoneNumber": to, "Fee": 0, "SessionContext": context, "IsoCode": ""}
        if code:
            return {**answer, "SerialNo": "", "Code": code, "Message": code}
        text, parameters = _filled(to, asked)
        with self._lock:
            serial = f"2640:{len(self._sent):08d}{self._requests:08d}"
            self._sent[serial] = {"PhoneNumber": to, "SerialNo": serial, "SessionContext": context}
            if len(self._sent) > _MOST_SERIALS:
                self._sent.popitem(last=False)
        is_mainland = to.startswith("+86")
        self._inbox.deliver(
            Delivered(
                to=to,
                channel="sms",
                text=f"【{SIGN_NAME}】{text}" if is_mainland else text,
                code=next((one for one in parameters if _CODE.fullmatch(one)), ""),
                sent_at=now.isoformat(),
            )
        )
        if fault is not None and fault.behaviour == "other_request":
            answer["PhoneNumber"] = "+8613999999999"
        return {**answer, "SerialNo": serial, "Fee": 1, "Code": "Ok", "Message": "send success"}

    def _refusal(self, to: str, asked: Mapping[str, Any]) -> str:
        is_mainland = to.startswith("+86")
        if _NUMBER.fullmatch(to) is None:
            return "InvalidParameterValue.IncorrectPhoneNumber"
        if is_mainland and asked.get("SignName") != SIGN_NAME:
            return "FailedOperation.SignatureIncorrectOrUnapproved"
        template = (MAINLAND if is_mainland else ABROAD).get(asked.get("TemplateId", ""))
        if template is None:
            return "FailedOperation.TemplateIncorrectOrUnapproved"
        if template.count("{") != len(asked.get("TemplateParamSet", [])):
            return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        return ""

    def _pull(self, asked: Mapping[str, Any]) -> list[dict[str, object]]:
        with self._lock:
            kept = [
                one for one in self._sent.values() if one["PhoneNumber"] == asked["PhoneNumber"]
            ]
        return [{**one, "ReportStatus": "SUCCESS", "Description": "DELIVRD"} for one in kept]


def _filled(to: str, asked: Mapping[str, Any]) -> tuple[str, list[str]]:
    text = (MAINLAND if to.startswith("+86") else ABROAD)[asked["TemplateId"]]
    parameters = [str(value) for value in asked.get("TemplateParamSet", [])]
    for place, value in enumerate(parameters, start=1):
        text = text.replace(f"{{{place}}}", value)
    return text, parameters


def _require_signed(incoming: Incoming, *, now: datetime) -> None:
    presented = _AUTHORIZATION.fullmatch(incoming.headers.get("authorization", ""))
    if presented is None:
        raise Refusal("AuthFailure.InvalidAuthorization")
    secret = SECRETS.get(presented[1])
    if secret is None:
        raise Refusal("AuthFailure.SecretIdNotFound")
    stamp = incoming.headers.get("x-tc-timestamp", "")
    if not stamp.isdecimal() or abs(now.timestamp() - int(stamp)) > _WINDOW:
        raise Refusal("AuthFailure.SignatureExpire")
    if datetime.fromtimestamp(int(stamp), UTC).strftime("%Y-%m-%d") != presented[2]:
        raise Refusal("AuthFailure.SignatureFailure")
    headers = incoming.headers
    canonical = "\n".join(
        (
            incoming.method,
            incoming.path,
            incoming.query,
            f"content-type:{headers.get('content-type', '')}",
            f"host:{headers.get('host', '')}",
            f"x-tc-action:{headers.get('x-tc-action', '').lower()}",
            "",
            "content-type;host;x-tc-action",
            hashlib.sha256(incoming.body).hexdigest(),
        )
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"TC3-HMAC-SHA256\n{stamp}\n{presented[2]}/sms/tc3_request\n{digest}"
    secret_date = hmac.new(f"TC3{secret}".encode(), presented[2].encode(), "sha256").digest()
    secret_service = hmac.new(secret_date, b"sms", "sha256").digest()
    secret_signing = hmac.new(secret_service, b"tc3_request", "sha256").digest()
    expected = hmac.new(secret_signing, to_sign.encode(), "sha256").hexdigest()
    if not hmac.compare_digest(expected, presented[3]):
        raise Refusal("AuthFailure.SignatureFailure")
