"""One-time codes by text message and e-mail: sent within limits, and what was typed is judged.

A phone or a mailbox is treated the same whether it has an account or not.
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
from idp.journey.languages import html_language
from idp.journey.login.addresses import counted_address, pause_of
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier

DIGITS: Final = 6
RESEND_AFTER: Final = 60
"""Seconds between two codes to one phone or mailbox."""
TEMPLATE: Final = "verification_code"
CONTACT_TEMPLATE: Final = "contact_code"
"""Says who asks, and that the code signs in nowhere: whoever gets it is to tell it to them."""

_NOTHING_ELSE: Final[Mapping[str, str]] = {}
_USED: Final = b"used"
_DAY: Final = 86_400


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
class Rules:
    """How many codes one channel sends, and how long one lives; `ttl` in seconds.

    `name` begins every counter of the channel: what one spends, the other has left. `index` is
    the purpose of the blind index that names a receiver.
    """

    channel: Channel
    name: str
    index: str
    ttl: int
    per_minute: int
    per_day: int
    per_address_hour: int


def rules_of(limits: Limits, lifetimes: Lifetimes) -> Mapping[str, Rules]:
    """The rules by the kind of identifier that a code proves."""
    return {
        Identifier.Kind.PHONE: Rules(
            channel=Channel.SMS,
            name="sms",
            index="sms.phone",
            ttl=lifetimes.sms_code_ttl,
            per_minute=limits.sms_per_phone_minute,
            per_day=limits.sms_per_phone_day,
            per_address_hour=limits.sms_per_address_hour,
        ),
        Identifier.Kind.EMAIL: Rules(
            channel=Channel.EMAIL,
            name="email",
            index="email.mailbox",
            ttl=lifetimes.email_code_ttl,
            per_minute=limits.emails_per_mailbox_minute,
            per_day=limits.emails_per_mailbox_day,
            per_address_hour=limits.emails_per_address_hour,
        ),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeCodes:
    """Codes of six digits, kept as a keyed hash, for as many tries as `attempts`, once.

    What a code is for has a `key` and a `template` of its own, so that none does for another.
    """

    store: ShortLivedStore
    delivery: MessageDelivery
    errands: Errands
    index: BlindIndex
    key: bytes = field(repr=False)
    rules: Mapping[str, Rules]
    attempts: int
    template: str = TEMPLATE

    def ttl_of(self, to: TypedIdentifier) -> int:
        """How long a code sent there lives, in seconds."""
        return self.rules[to.kind].ttl

    def send(
        self,
        to: TypedIdentifier,
        *,
        address: str,
        language: str,
        now: datetime,
        says: Mapping[str, str] = _NOTHING_ELSE,
    ) -> Sending:
        """Send a code, unless a limit of receiver, day or remote address is reached.

        `says` is what the template takes beside the code and how long it lives.
        """
        rules = self.rules[to.kind]
        refusal = self._refusal(rules, to, address, now)
        if refusal is not None:
            return refusal
        challenge = secrets.token_urlsafe(16)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        kept = self._digest(challenge, to, code)
        self.store.put(f"{rules.name}:code:{challenge}", kept, ttl=rules.ttl)
        message = Message(
            to=to.value,
            channel=rules.channel,
            template=self.template,
            language=html_language(language),
            parameters={**says, "code": code, "minutes": str(rules.ttl // 60)},
        )

        def hand_over() -> DeliveryReceipt:
            return self.delivery.send(message, now=now)

        receipt = self.errands.run(hand_over)
        if receipt is not None and not receipt.is_underway:
            self.store.delete(f"{rules.name}:code:{challenge}", self._minute_key(rules, to))
            return Sending(problem=NotSent.GATEWAY)
        return Sending(challenge=challenge)

    def judge(self, challenge: str, to: TypedIdentifier, typed: str) -> Judgement:
        """Judge a typed code; a right one is used up by the same step that accepts it."""
        rules = self.rules[to.kind]
        key = f"{rules.name}:code:{challenge}"
        tries = self.store.increment(f"{rules.name}:tries:{challenge}", ttl=rules.ttl)
        shown = self._digest(challenge, to, _digits(typed))
        # Compared where it is kept, and used up by the same step. What is compared is a keyed
        # digest: how long that takes tells a guesser nothing about the code.
        if tries <= self.attempts and self.store.replace(key, shown, _USED, ttl=rules.ttl):
            return Judgement.RIGHT
        if self.store.get(key) in {None, _USED}:
            return Judgement.EXPIRED
        return Judgement.WRONG_TOO_OFTEN if tries >= self.attempts else Judgement.WRONG

    def give_back(self, challenge: str, to: TypedIdentifier, typed: str) -> None:
        """Let a right code count once more: what it was for has to wait, and nobody got it."""
        rules = self.rules[to.kind]
        shown = self._digest(challenge, to, _digits(typed))
        key = f"{rules.name}:code:{challenge}"
        if self.store.replace(key, _USED, shown, ttl=rules.ttl):
            self.store.delete(f"{rules.name}:tries:{challenge}")

    def _refusal(
        self, rules: Rules, to: TypedIdentifier, address: str, now: datetime
    ) -> Sending | None:
        throttle = f"{rules.name}:address:{counted_address(address)}"
        if pause := pause_of(self.store, throttle, per_hour=rules.per_address_hour):
            return Sending(problem=NotSent.SLOW_DOWN, wait_seconds=pause)
        minute = self._minute_key(rules, to)
        pause = RESEND_AFTER // max(1, rules.per_minute)
        until = (now + timedelta(seconds=pause)).isoformat().encode()
        if pause and not self.store.add(minute, until, ttl=pause):
            return Sending(
                problem=NotSent.TOO_SOON, wait_seconds=_seconds_left(self.store.get(minute), now)
            )
        day = f"{rules.name}:day:{today_in_shanghai(now)}:{self._receiver(rules, to)}"
        if self.store.increment(day, ttl=_DAY) > rules.per_day:
            return Sending(problem=NotSent.EXHAUSTED)
        return None

    def _minute_key(self, rules: Rules, to: TypedIdentifier) -> str:
        return f"{rules.name}:minute:{self._receiver(rules, to)}"

    def _receiver(self, rules: Rules, to: TypedIdentifier) -> str:
        return self.index.of(rules.index, to.value).hex()

    def _digest(self, challenge: str, to: TypedIdentifier, code: str) -> bytes:
        return hmac.digest(self.key, f"{challenge}\0{to.value}\0{code}".encode(), "sha256")


def _digits(typed: str) -> str:
    """Full-width digits and spaces are forgiven."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed) if c.isdigit())


def _seconds_left(until: bytes | None, now: datetime) -> int:
    left = datetime.fromisoformat(until.decode()) - now if until else timedelta()
    return max(1, int(left.total_seconds()))
