"""Counts what only shows in numbers: sign-ins, failures, registrations, people on one device.

The counters live in the store, each raised by one atomic operation and gone after its time; their
names are keyed hashes. What cannot be counted is said to be unmeasured, never taken for nothing.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from idp.conf import Risk
from idp.foundation.sealing import BlindIndex
from idp.foundation.storage import ShortLivedStore, StoreUnavailable
from idp.journey.risk.signals import UNMEASURED
from idp.journey.standing import network_of

_HOUR: Final = 3_600
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Whose counters are read: the person, how they are reached (blind indexes), where, on what."""

    person_id: UUID
    phone: str
    address: str
    device: str
    is_new_account: bool
    is_beginning: bool
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskCounters:
    """Two round trips to the store for each sign-in, one more for a failure or something new."""

    store: ShortLivedStore
    index: BlindIndex
    limits: Risk

    def failed(self, who: str) -> None:
        """Count a failed proof against an account: its id, or the blind index of what was typed."""
        if who:
            self.store.increment(self._key("failures", who), ttl=_HOUR)

    def registered(self, address: str) -> None:
        """Count an account opened from a network."""
        self.store.increment(self._key("registrations", _place(address)), ttl=_HOUR)

    def newcomer(self, device: str) -> None:
        """Count somebody who was not seen on this device before; its cookie's hash."""
        self.store.increment(self._key("newcomers", device), ttl=_DAY)

    def is_first_today(self, person_id: UUID) -> bool:
        """Whether the person was not told of a device today; told twice rather than not at all."""
        try:
            return self.store.add(self._key("told", str(person_id)), b"1", ttl=_DAY)
        except StoreUnavailable:
            return True

    def signals(self, counted: Counted) -> tuple[str, ...]:
        """What the numbers say of a sign-in, which is counted unless it strengthens another."""
        try:
            return self._signals(counted)
        except StoreUnavailable:
            return (UNMEASURED,)

    def _signals(self, counted: Counted) -> tuple[str, ...]:
        person = str(counted.person_id)
        often = 0
        if counted.is_beginning:
            often = self.store.increment(self._key("sign_ins", person), ttl=_HOUR)
        read = self.store.get_many(
            self._key("sign_ins", person),
            self._key("failures", person),
            self._key("failures", counted.phone),
            self._key("newcomers", counted.device),
            self._key("registrations", _place(counted.address)),
            self._key("failures", counted.email),
        )
        so_far, failures, by_phone, newcomers, registrations, by_email = (
            int(each or 0) for each in read
        )
        found = {
            "many_sign_ins": (often or so_far) > self.limits.sign_ins_hour,
            "failed_attempts": failures + by_phone + by_email >= self.limits.failures_hour,
            "crowded_device": bool(counted.device) and newcomers > self.limits.people_per_device,
            "mass_registration": counted.is_new_account
            and registrations > self.limits.registrations_hour,
        }
        return tuple(name for name, is_seen in found.items() if is_seen)

    def _key(self, what: str, of: str) -> str:
        return f"risk:{what}:{self.index.of(f'risk.{what}', of).hex()[:32]}"


def _place(address: str) -> str:
    return network_of(address) or ""
