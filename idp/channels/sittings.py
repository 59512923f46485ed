"""Sittings: the time one person uses one place, and what its devices are asked for meanwhile.

A place is one machine or one desk. Its kiosk or window opens a sitting, the browser before it takes
the sitting's seat, and journeys in that browser ask the place's readers and cameras for something.
All of it is short-lived: losing it costs a retry. A new sitting ends the one before, with whatever
was asked: the next person's card never reaches the last person's page.
"""

import hashlib
import secrets
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Final

import orjson

from connectors.devices import EnrolledDevice
from idp.channels.challenges import TTL, NonceBook
from idp.channels.handover import closed, opened
from idp.foundation.releases import made_of
from idp.foundation.sealing import Sealer
from idp.foundation.storage import ShortLivedStore

TICKET_TTL: Final = 60
"""Seconds from opening a sitting until a browser must have taken its seat."""
SITTING_TTL: Final = 900
"""Seconds that a person may sit; longer than any errand at a machine takes."""
PENDING_TTL: Final = 60
"""Seconds that working an answer out may take: longer than any authority is waited for."""
PICTURE_TTL: Final = 120
"""Seconds that a chip's photograph waits, closed, for the page that compares it."""
CHANNELS: Final = {"kiosk": "kiosk", "window": "window"}
"""The kinds of device that open sittings, and the channel that journeys at them have."""
_PURPOSE: Final = "sitting"


class Act(StrEnum):
    """What a device is asked to do."""

    READ_CARD = "read_card"
    TAKE_PORTRAIT = "take_portrait"


DOES: Final = {"id_card_reader": Act.READ_CARD, "camera": Act.TAKE_PORTRAIT}
"""Which kind of device does what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One sitting. `id` is known to its browser and to us alone.

    `operator` is who is on duty, where a window's device says so.
    """

    id: str = field(repr=False)
    place: str
    channel: str
    device_id: str
    operator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a journey asks of a place. `about` is the asker's own, and sealed while it is kept.

    With a `lock` the reader is to hand in the chip's photograph too, which is closed by it.
    """

    act: Act
    nonce: str
    place: str
    journey_id: str
    about: bytes = field(default=b"", repr=False)
    lock: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sittings:
    """Opens, seats and ends; asks and answers."""

    store: ShortLivedStore
    sealer: Sealer
    nonces: NonceBook

    def open(self, device: EnrolledDevice, *, operator: str = "") -> str:
        """Begin a sitting at the device's place, end the one before; return its ticket."""
        sitting = Sitting(
            id=secrets.token_urlsafe(32),
            place=device.place,
            channel=CHANNELS[device.kind],
            device_id=device.device_id,
            operator=operator,
        )
        ticket = secrets.token_urlsafe(32)
        self.store.delete(_task(device.place))
        self.store.put(_sitting(sitting.id), orjson.dumps(asdict(sitting)), ttl=SITTING_TTL)
        self.store.put(_place(device.place), sitting.id.encode(), ttl=SITTING_TTL)
        self.store.put(_ticket(ticket), sitting.id.encode(), ttl=TICKET_TTL)
        return ticket

    def seat(self, ticket: str) -> Sitting | None:
        """The sitting of a ticket, once; None for one that is used up, too old or overtaken."""
        taken = self.store.take(_ticket(ticket))
        if taken is None or taken.replayed:
            return None
        return self.current(taken.value.decode())

    def current(self, sitting_id: str) -> Sitting | None:
        """The sitting, while it is its place's own; None once another began, or time ran out."""
        raw = self.store.get(_sitting(sitting_id)) if sitting_id else None
        if raw is None:
            return None
        sitting = made_of(Sitting, orjson.loads(raw))
        is_mine = self.store.get(_place(sitting.place)) == sitting_id.encode()
        return sitting if is_mine else None

    def leave(self, sitting: Sitting) -> None:
        """End it: nothing is asked any more, and no answer is taken."""
        self.store.delete(_sitting(sitting.id), _place(sitting.place))
        self.store.delete(_task(sitting.place))

    def ask(
        self,
        sitting: Sitting,
        act: Act,
        *,
        journey_id: str,
        about: bytes = b"",
        lock: str = "",
    ) -> str:
        """Ask the place's devices for something; what was asked before is asked no more.

        Returns the nonce under which the answer will be found.
        """
        nonce = self.nonces.issue(place=journey_id)
        task = Task(
            act=act,
            nonce=nonce,
            place=sitting.place,
            journey_id=journey_id,
            about=about,
            lock=lock,
        )
        kept = orjson.dumps({**asdict(task), "about": about.decode()})
        self.store.put(_task(sitting.place), self._sealed(kept, sitting.place), ttl=TTL)
        return nonce

    def asked(self, place: str) -> Task | None:
        """What is asked of a place now."""
        raw = self.store.get(_task(place))
        if raw is None:
            return None
        values = orjson.loads(self.sealer.unseal(raw, purpose=_PURPOSE, owner=place))
        task = {**values, "act": Act(values["act"]), "about": values["about"].encode()}
        return made_of(Task, task)

    def hold(self, task: Task) -> None:
        """It was done, and its answer is being worked out: no device is asked for it again."""
        self.store.put(_pending(task.nonce), b"1", ttl=PENDING_TTL)
        self.store.delete(_task(task.place))

    def deliver(self, task: Task, answer: bytes) -> None:
        """Leave an answer for the journey that asked."""
        self.store.put(_answer(task.nonce), self._sealed(answer, task.nonce), ttl=TTL)
        asked = self.asked(task.place)
        if asked is not None and asked.nonce == task.nonce:
            self.store.delete(_task(task.place))
        self.store.delete(_pending(task.nonce))

    def hand_over(self, task: Task, picture: bytes) -> None:
        """Leave a picture for the one browser whose lock the task has, for a few looks at it."""
        self.store.put(_picture(task.nonce), closed(picture, task.lock), ttl=PICTURE_TTL)

    def fetch(self, nonce: str, secret: str, *, errand: str) -> bytes | None:
        """The picture that waits under a nonce, once; None when it is gone, or another's."""
        taken = self.store.take(_picture(nonce))
        if taken is None or taken.replayed:
            return None
        return opened(taken.value, secret, errand=errand)

    def take(self, nonce: str) -> bytes | None:
        """What was delivered under a nonce, once: of two pages that look, one goes on."""
        taken = self.store.take(_answer(nonce))
        if taken is None or taken.replayed:
            return None
        return self.sealer.unseal(taken.value, purpose=_PURPOSE, owner=nonce)

    def is_asked(self, place: str, nonce: str) -> bool:
        """Whether an answer may still come."""
        asked = self.asked(place)
        is_live = asked is not None and asked.nonce == nonce
        return is_live or self.store.get(_pending(nonce)) is not None

    def _sealed(self, plain: bytes, owner: str) -> bytes:
        return self.sealer.seal(plain, purpose=_PURPOSE, owner=owner)


def _ticket(ticket: str) -> str:
    return f"sitting:ticket:{hashlib.sha256(ticket.encode()).hexdigest()}"


def _sitting(sitting_id: str) -> str:
    return f"sitting:{hashlib.sha256(sitting_id.encode()).hexdigest()}"


def _place(place: str) -> str:
    return f"sitting:place:{place}"


def _task(place: str) -> str:
    return f"sitting:task:{place}"


def _pending(nonce: str) -> str:
    return f"sitting:pending:{nonce}"


def _picture(nonce: str) -> str:
    return f"sitting:picture:{nonce}"


def _answer(nonce: str) -> str:
    return f"sitting:answer:{nonce}"
