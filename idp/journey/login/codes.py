"""One-time codes by text message: sending them within limits, and judging what was typed.

A phone is treated the same whether it has an account or not.
"""

import hmac
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from connectors.contract import MessageDelivery
from connectors.evidence import Channel, DeliveryReceipt, Message
from idp.conf import Lifetimes, Limits
from idp.foundation.clock import today_in_shanghai
from idp.foundation.sealing import BlindIndex
from idp.foundation.storage import ShortLivedStore
from idp.journey.errands import Errands
from idp.journey.login.addresses import counted_address, pause_of

DIGITS: Final = 6
RESEND_AFTER: Final = 60
"""Seconds between two codes to one phone."""
TEMPLATE: Final = "verification_code"

_USED: Final = b"used"
_DAY: Final = 86_400
_TAGS: Final[Mapping[str, str]] = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}


class NotSent(Enum):
    """Why no code went out."""

    TOO_SOON = auto()
    EXHAUSTED = auto()
    SLOW_DOWN = auto()
    GATEWAY = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What came of asking for a code; `challenge` names the code that works now."""

    challenge: str = ""
    problem: NotSent | None = None
    wait_seconds: int = 0


class Judgement(Enum):
    """What a typed code is."""

    RIGHT = auto()
    WRONG = auto()
    EXPIRED = auto()
    WRONG_TOO_OFTEN = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsCodes:
    """Codes of six digits, kept as a keyed hash, for five tries, once."""

    store: ShortLivedStore
    delivery: MessageDelivery
    errands: Errands
    index: BlindIndex
    key: bytes = field(repr=False)
    limits: Limits = field(default_factory=Limits)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)

    def send(self, phone: str, *, address: str, language: str, now: datetime) -> Sending:
        """Send a code to a phone (E.164), unless a limit of phone, day or address is reached."""
        refusal = self._refusal(phone, address, now)
        if refusal is not None:
            return refusal
        challenge = secrets.token_urlsafe(16)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        kept = self._digest(challenge, phone, code)
        self.store.put(f"sms:code:{challenge}", kept, ttl=self.lifetimes.sms_code_ttl)
        message = Message(
            to=phone,
            channel=Channel.SMS,
            template=TEMPLATE,
            language=_TAGS.get(language, "zh-Hans"),
            parameters={"code": code, "minutes": str(self.lifetimes.sms_code_ttl // 60)},
        )

        def hand_over() -> DeliveryReceipt:
            return self.delivery.send(message, now=now)

        receipt = self.errands.run(hand_over)
        if receipt is not None and not receipt.is_underway:
            self.store.delete(f"sms:code:{challenge}", self._minute_key(phone))
            return Sending(problem=NotSent.GATEWAY)
        return Sending(challenge=challenge)

    def judge(self, challenge: str, phone: str, typed: str) -> Judgement:
        """Judge a typed code; a right one is used up by the same step that accepts it."""
        key = f"sms:code:{challenge}"
        tries = self.store.increment(f"sms:tries:{challenge}", ttl=self.lifetimes.sms_code_ttl)
        shown = self._digest(challenge, phone, _digits(typed))
        is_allowed = tries <= self.limits.sms_code_attempts
        # Compared where it is kept, and used up by the same step. What is compared is a keyed
        # digest: how long that takes tells a guesser nothing about the code.
        if is_allowed and self.store.replace(key, shown, _USED, ttl=self.lifetimes.sms_code_ttl):
            return Judgement.RIGHT
        if self.store.get(key) in {None, _USED}:
            return Judgement.EXPIRED
        is_last = tries >= self.limits.sms_code_attempts
        return Judgement.WRONG_TOO_OFTEN if is_last else Judgement.WRONG

    def give_back(self, challenge: str, phone: str, typed: str) -> None:
        """Let a right code count once more: what it was for has to wait, and nobody got it."""
        shown = self._digest(challenge, phone, _digits(typed))
        key, ttl = f"sms:code:{challenge}", self.lifetimes.sms_code_ttl
        if self.store.replace(key, _USED, shown, ttl=ttl):
            self.store.delete(f"sms:tries:{challenge}")

    def _refusal(self, phone: str, address: str, now: datetime) -> Sending | None:
        throttle = f"sms:address:{counted_address(address)}"
        if pause := pause_of(self.store, throttle, per_hour=self.limits.sms_per_address_hour):
            return Sending(problem=NotSent.SLOW_DOWN, wait_seconds=pause)
        minute = self._minute_key(phone)
        pause = RESEND_AFTER // max(1, self.limits.sms_per_phone_minute)
        until = (now + timedelta(seconds=pause)).isoformat().encode()
        if pause and not self.store.add(minute, until, ttl=pause):
            return Sending(
                problem=NotSent.TOO_SOON, wait_seconds=_seconds_left(self.store.get(minute), now)
            )
        day = f"sms:day:{today_in_shanghai(now)}:{self._phone_index(phone)}"
        if self.store.increment(day, ttl=_DAY) > self.limits.sms_per_phone_day:
            return Sending(problem=NotSent.EXHAUSTED)
        return None

    def _minute_key(self, phone: str) -> str:
        return f"sms:minute:{self._phone_index(phone)}"

    def _phone_index(self, phone: str) -> str:
        return self.index.of("sms.phone", phone).hex()

    def _digest(self, challenge: str, phone: str, code: str) -> bytes:
        return hmac.digest(self.key, f"{challenge}\0{phone}\0{code}".encode(), "sha256")


def _digits(typed: str) -> str:
    """Full-width digits and spaces are forgiven."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed) if c.isdigit())


def _seconds_left(until: bytes | None, now: datetime) -> int:
    left = datetime.fromisoformat(until.decode()) - now if until else timedelta()
    return max(1, int(left.total_seconds()))
