"""The library's side of the two-factor check, as strict as the real one.

Owns its account, its own reading of the signed form, and its answers. Written against the
description in the adapter's wire, by code of its own.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import Final
from urllib.parse import unquote_to_bytes
from xml.sax.saxutils import escape

from connectors.outcomes import Outcome
from connectors.sandbox.exchange import Incoming, Reply
from connectors.sandbox.faults import Fault
from connectors.sandbox.freshness import Freshness
from connectors.sandbox.population import CROWD_NAME, SandboxPerson, is_of_the_crowd, people

METHOD: Final = "population_two_factor"
APP_SECRETS: Final[Mapping[str, bytes]] = {
    "sandbox-population-library": b"sandbox-population-library-secret",
}
FIELDS: Final = ("app_id", "timestamp", "nonce", "sign_type", "gmsfhm", "xm", "sign")
CHARSETS: Final = {"gb18030": "GB18030", "utf-8": "UTF-8"}
_BEIJING: Final = timezone(timedelta(hours=8))

OK: Final = ("0000", "成功")
UNKNOWN_APP: Final = ("1001", "应用标识不存在")
WRONG_SIGNATURE: Final = ("1002", "签名错误")
WRONG_ORDER: Final = ("1003", "参数缺失或顺序错误")
WRONG_ENCODING: Final = ("1004", "字符编码错误")
STALE: Final = ("1005", "请求时间超出允许范围")
REPLAYED: Final = ("1006", "重复的请求")
INVALID: Final = ("1007", "参数格式错误")
RATE_LIMITED: Final = ("2001", "超过调用频率")
CHANGING: Final = ("3001", "户籍信息变更中,暂不能核查")
BUSY: Final = ("9999", "系统繁忙")

CONSISTENT: Final = "一致"
INCONSISTENT: Final = "不一致"
NO_SUCH_NUMBER: Final = "库中无此号，请到户籍所在地进行核实"

_ON_COMMAND: Final = {
    Outcome.INCONCLUSIVE: CHANGING,
    Outcome.RATE_LIMITED: RATE_LIMITED,
    Outcome.PROVIDER_ERROR: BUSY,
    Outcome.INVALID_INPUT: INVALID,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The form as read: who asks, how to sign back, and about whom."""

    charset: str
    app_id: str = ""
    nonce: str = ""
    sign_type: str = "HMAC-SM3"
    number: str = ""
    name: str = ""


class PopulationLibrary:
    """Answers two-factor checks about the made-up population."""

    def __init__(self) -> None:
        self._freshness = Freshness(timedelta(minutes=5))
        self._by_number: dict[str, SandboxPerson] = {
            document.number: someone
            for someone in people()
            for document in someone.documents
            if METHOD in someone.outcomes
        }
        self._serial = 0

    def is_slow_for(self, incoming: Incoming) -> bool:
        """Whether the person asked about is one whose check never ends in time."""
        _, asked = self._read(incoming)
        someone = self._by_number.get(asked.number)
        return someone is not None and someone.outcomes[METHOD] is Outcome.TIMEOUT

    def answer(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> Reply:
        """The signed answer, spoilt by `fault` where it concerns the answer."""
        verdict, asked = self._read(incoming)
        verdict = verdict or self._stale(incoming, asked, now=now)
        results = ("", "")
        if verdict is None:
            verdict, results = self._check(asked)
        if fault is not None and fault.behaviour == "provider_code":
            verdict, results = (fault.code, "按指令返回"), ("", "")
        if fault is not None and fault.behaviour == "unknown_result":
            results = ("待定", "待定")
        return self._sign(asked, self._document(asked, verdict, results, fault), fault)

    def _read(self, incoming: Incoming) -> tuple[tuple[str, str] | None, _Asked]:
        declared = incoming.headers.get("content-type", "").partition("charset=")[2]
        charset = CHARSETS.get(declared.strip().lower())
        pairs = [part.partition(b"=") for part in incoming.body.split(b"&")]
        values = _decode(pairs, charset=charset) if charset is not None else None
        if charset is None or values is None:
            return WRONG_ENCODING, _Asked(charset=charset or "UTF-8")
        asked = _Asked(
            charset=charset,
            app_id=values.get("app_id", ""),
            nonce=values.get("nonce", ""),
            sign_type=values.get("sign_type", ""),
            number=values.get("gmsfhm", ""),
            name=values.get("xm", ""),
        )
        if tuple(name.decode("ascii") for name, _, _ in pairs) != FIELDS:
            return WRONG_ORDER, asked
        secret = APP_SECRETS.get(asked.app_id)
        if secret is None:
            return UNKNOWN_APP, asked
        expected = keyed_digest(asked.sign_type, secret, incoming.body.rpartition(b"&sign=")[0])
        is_signed = hmac.compare_digest(expected.encode(), values["sign"].encode())
        return (None if expected and is_signed else WRONG_SIGNATURE), asked

    def _stale(self, incoming: Incoming, asked: _Asked, *, now: datetime) -> tuple[str, str] | None:
        stamp = incoming.body.split(b"&")[1].partition(b"=")[2].decode("ascii")
        try:
            stamped = datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=_BEIJING)
        except ValueError:
            return STALE
        if not self._freshness.is_timely(stamped, now=now):
            return STALE
        if not self._freshness.is_first(f"{asked.app_id}:{asked.nonce}"):
            return REPLAYED
        return None

    def _check(self, asked: _Asked) -> tuple[tuple[str, str], tuple[str, str]]:
        if len(asked.number) != 18 or not asked.name:
            return INVALID, ("", "")
        someone = self._by_number.get(asked.number)
        if someone is None and is_of_the_crowd(asked.number):
            return OK, (CONSISTENT, CONSISTENT if asked.name == CROWD_NAME else INCONSISTENT)
        outcome = someone.outcomes[METHOD] if someone else Outcome.NOT_FOUND
        if outcome in _ON_COMMAND:
            return _ON_COMMAND[outcome], ("", "")
        if someone is None or outcome is Outcome.NOT_FOUND:
            return OK, (NO_SUCH_NUMBER, NO_SUCH_NUMBER)
        is_same = outcome is not Outcome.MISMATCH and asked.name == someone.name
        return OK, (CONSISTENT, CONSISTENT if is_same else INCONSISTENT)

    def _document(
        self,
        asked: _Asked,
        verdict: tuple[str, str],
        results: tuple[str, str],
        fault: Fault | None,
    ) -> bytes:
        behaviour = fault.behaviour if fault is not None else ""
        if behaviour == "signed_garbage":
            return "<RESPONSE><HEAD>".encode(asked.charset)
        self._serial += 1
        nonce = "0" * 32 if behaviour == "other_request" else asked.nonce
        doctype = '<!DOCTYPE RESPONSE [<!ENTITY a "a">]>' if behaviour == "document_type" else ""
        doubled = "<result_xm>一致</result_xm>" if behaviour == "doubled_field" else ""
        return (
            f'<?xml version="1.0" encoding="{asked.charset}"?>{doctype}'
            f"<RESPONSE><HEAD><CODE>{escape(verdict[0])}</CODE><MESSAGE>{escape(verdict[1])}"
            f"</MESSAGE><SERIAL>RK{self._serial:012d}</SERIAL><NONCE>{escape(nonce)}</NONCE></HEAD>"
            f'<ROWS><ROW no="1"><OUTPUT><ITEM><result_gmsfhm>{results[0]}</result_gmsfhm></ITEM>'
            f"<ITEM><result_xm>{results[1]}</result_xm>{doubled}</ITEM></OUTPUT></ROW></ROWS></RESPONSE>"
        ).encode(asked.charset)

    def _sign(self, asked: _Asked, body: bytes, fault: Fault | None) -> Reply:
        secret = APP_SECRETS.get(asked.app_id, b"")
        if fault is not None and fault.behaviour == "wrong_signature":
            secret = b"somebody else's"
        message = asked.nonce.encode("utf-8") + b"\n" + body
        return Reply(
            content_type=f"application/xml; charset={asked.charset}",
            headers={"X-Signature": keyed_digest(asked.sign_type, secret, message)},
            body=body,
        )


def _decode(pairs: list[tuple[bytes, bytes, bytes]], *, charset: str) -> dict[str, str] | None:
    """The form's values, or None when they are not in `charset`."""
    try:
        raw = {name.decode("ascii"): unquote_to_bytes(value) for name, _, value in pairs}
        values = {name: value.decode(charset) for name, value in raw.items()}
    except UnicodeDecodeError:
        return None
    is_garbled = charset != "UTF-8" and _is_utf8_chinese(raw.get("xm", b""))
    return None if is_garbled else values


def _is_utf8_chinese(text: bytes) -> bool:
    """Whether bytes declared as GB18030 read as Chinese in UTF-8: then that is what they are.

    GB18030 gives almost any bytes some meaning, so decoding alone would let garbled names pass.
    """
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(decoded) and all("\u3400" <= character <= "\u9fff" for character in decoded)


def keyed_digest(sign_type: str, key: bytes, message: bytes) -> str:
    """The keyed digest in hex, by the name the interface gives it; empty for an unknown name."""
    if sign_type == "HMAC-SHA256":
        return hmac.new(key, message, sha256).hexdigest()
    if sign_type == "HMAC-SM3":
        return _hmac_sm3(key, message)
    return ""


def _hmac_sm3(key: bytes, message: bytes) -> str:
    try:
        return hmac.new(key, message, "sm3").hexdigest()
    except ValueError:  # pragma: no cover - depends on how Python's OpenSSL was built
        from cryptography.hazmat.primitives.hashes import SM3
        from cryptography.hazmat.primitives.hmac import HMAC

        signer = HMAC(key, SM3())
        signer.update(message)
        return signer.finalize().hex()
