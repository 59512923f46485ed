"""What agents beside enrolled devices say over HTTP: a sitting, a question, a reading, a face.

Owns who is believed, how often, what is audited and the precise word each refusal has. Chips and
captures are judged by the connectors; what a face is compared with is the journey's, handed in.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Final, Protocol

import orjson
from django.db import transaction

from connectors.card_reading import CardReading
from connectors.contract import DeviceReading, FaceCapturing
from connectors.devices import (
    EnrolledDevice,
    Statement,
    StatementRefused,
    header_of,
    public_key,
    read_statement,
)
from connectors.face_capture import FaceCapture, Pictures
from connectors.outcomes import Outcome
from idp.channels.challenges import TTL
from idp.channels.devices import DeviceRecord, Devices, EnrolmentRefused
from idp.channels.sittings import CHANNELS, DOES, TICKET_TTL, Act, Sittings, Task
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.storage import ShortLivedStore

SITTING: Final = "device-sitting+jws"
POLL: Final = "device-poll+jws"
READING: Final = "card-reading+jws"
CAPTURE: Final = "face-capture+jws"
INTERVAL: Final = 2
"""Seconds after which an agent may ask again what is wanted of it."""
NOBODY_WAITS: Final = "nobody_waits"
SLOW_DOWN: Final = "slow_down"
FRESH_FOR: Final = timedelta(seconds=60)
AHEAD: Final = timedelta(seconds=30)
WINDOW: Final = 60
PER_DEVICE: Final = 120
"""Statements of one device within WINDOW seconds: more than two a second is a broken agent."""
REFUSED_PER_ADDRESS: Final = 60
"""Refusals within WINDOW seconds after which an address waits: a hall's agents share one."""
MOST_PHOTO_BYTES: Final = 200 * 1024
"""Octets of a chip's photograph as a JPEG: a tenth of it is more than any chip holds."""
WINDOW_KIND: Final = "window"
_OPERATOR: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)
OF_THE_CARD: Final = frozenset(
    {
        "expired_document",
        "unknown_layout",
        "wrong_layout",
        "wrong_number_or_name",
        "contradicts_itself",
        "wrong_date",
    }
)
"""Refusals that are about the card, not the agent: the person who waits is told, too."""


class AgentRefused(Exception):
    """An agent is not believed; `code` says why. `wait` in seconds, where it should."""

    def __init__(self, code: str, *, wait: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.wait = wait


class Faces(Protocol):
    """Has a face compared that was taken for a task; the picture is handed on and kept nowhere."""

    def taken(self, task: Task, capture: FaceCapture) -> None:
        """Begin; the answer is delivered to the sitting when the authority gave it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Agents:
    """Judges what agents send. `audience` is the issuer."""

    devices: Devices
    sittings: Sittings
    cards: DeviceReading
    cameras: FaceCapturing
    faces: Faces
    store: ShortLivedStore
    clock: Clock
    audience: str

    def enrol(self, proof: str, *, address: str) -> DeviceRecord:
        """Enrol a device by the proof of its key.

        Raises:
            AgentRefused: it is not believed.
        """
        self._require_patience(address)
        try:
            return self.devices.enrol(proof)
        except EnrolmentRefused as refusal:
            self._count_refusal(address)
            raise AgentRefused(refusal.code) from refusal

    def open_sitting(self, statement: str, *, address: str) -> Mapping[str, Any]:
        """Begin a sitting at the place of a kiosk or window; its ticket seats one browser.

        Raises:
            AgentRefused: it is not believed.
        """
        device, said = self._heard(statement, SITTING, address=address, kinds=frozenset(CHANNELS))
        self._require_now(device, said, address=address)
        counter = said.claims.get("counter")
        is_counted = isinstance(counter, int) and 0 < counter < 2**53
        now = self.clock.now()
        if not is_counted or not self.devices.advance(
            device.device_id, counter=int(counter or 0), now=now
        ):
            raise self._refused(
                "replayed_counter" if is_counted else "malformed", device, address=address
            )
        operator = said.claims.get("operator", "")
        if operator and not (device.kind == WINDOW_KIND and _is_name(operator)):
            raise self._refused("malformed", device, address=address)
        ticket = self.sittings.open(device, operator=operator)
        self._tell("device.sitting_opened", device, operator=operator, place=device.place)
        return {"ticket": ticket, "place": device.place, "expires_in": TICKET_TTL}

    def wanted(self, statement: str, *, address: str) -> Mapping[str, Any]:
        """What is wanted of a device now, if anything; asked again after `interval` seconds.

        Raises:
            AgentRefused: it is not believed.
        """
        device, said = self._heard(statement, POLL, address=address, kinds=frozenset(DOES))
        self._require_now(device, said, address=address)
        task = self.sittings.asked(device.place)
        if task is None or task.act is not DOES[device.kind]:
            return {"task": None, "interval": INTERVAL}
        wanted = {"act": task.act.value, "nonce": task.nonce, "expires_in": TTL}
        if task.lock:
            wanted["chip_photo"] = True
        return {"task": wanted, "interval": INTERVAL}

    def hand_in(self, statement: str, pictures: Pictures, *, address: str) -> Act:
        """Take a reading or a capture for whoever waits at the device's place.

        Raises:
            AgentRefused: it is not believed, or nobody waits.
        """
        is_face = _type_of(statement) == CAPTURE
        kind = "camera" if is_face else "id_card_reader"
        media_type = CAPTURE if is_face else READING
        device, _ = self._heard(statement, media_type, address=address, kinds=frozenset({kind}))
        task = self.sittings.asked(device.place)
        if task is None or task.act is not DOES[kind]:
            raise self._refused(NOBODY_WAITS, device, address=address)
        if is_face:
            self._face(statement, pictures, task, device, address=address)
        else:
            self._card(statement, pictures.chip, task, device, address=address)
        return task.act

    def _card(
        self, statement: str, photo: bytes, task: Task, device: EnrolledDevice, *, address: str
    ) -> None:
        read = self.cards.read(statement, place=task.journey_id, now=self.clock.now())
        code = read.result.provider_code
        is_match = read.result.outcome is Outcome.MATCH
        has_photo = is_match and bool(task.lock and photo)
        if has_photo:
            if not is_signed(photo, read.photo_sha256):
                raise self._refused("wrong_portrait", device, address=address)
            self.sittings.hand_over(task, photo)
        if is_match or code in OF_THE_CARD:
            self.sittings.deliver(task, encoded(read, has_photo=has_photo))
        if not is_match:
            raise self._refused(code, device, address=address)
        self._tell("device.card_read", device, journey=task.journey_id)

    def _face(
        self,
        statement: str,
        pictures: Pictures,
        task: Task,
        device: EnrolledDevice,
        *,
        address: str,
    ) -> None:
        taken = self.cameras.capture(
            statement, pictures, place=task.journey_id, now=self.clock.now()
        )
        if taken.outcome is Outcome.INVALID_INPUT:
            raise self._refused(taken.code, device, address=address)
        self._tell("device.face_taken", device, journey=task.journey_id, code=taken.code)
        self.faces.taken(task, taken)

    def _heard(
        self, statement: str, media_type: str, *, address: str, kinds: frozenset[str]
    ) -> tuple[EnrolledDevice, Statement]:
        """The device that signed, and what it says."""
        self._require_patience(address)
        device = None
        try:
            key_id = header_of(statement, media_type=media_type).get("kid")
            device = self.devices.find(key_id) if isinstance(key_id, str) else None
            if device is None:
                raise StatementRefused("unknown_device")
            said = read_statement(statement, public_key(device.public_jwk), media_type=media_type)
        except StatementRefused as refusal:
            raise self._refused(refusal.code, device, address=address) from refusal
        if device.refusal:
            raise self._refused(device.refusal, device, address=address)
        if device.kind not in kinds:
            raise self._refused("wrong_kind_of_device", device, address=address)
        if self.store.increment(f"agents:device:{device.device_id}", ttl=WINDOW) > PER_DEVICE:
            raise AgentRefused(SLOW_DOWN, wait=WINDOW)
        return device, said

    def _require_now(self, device: EnrolledDevice, said: Statement, *, address: str) -> None:
        if said.claims.get("aud") != self.audience:
            raise self._refused("wrong_audience", device, address=address)
        issued, now = said.claims.get("iat"), self.clock.timestamp()
        is_whole = isinstance(issued, int) and not isinstance(issued, bool)
        # Whole numbers only: what a device sends may be too large for a float.
        if not is_whole or not -AHEAD.seconds <= now - int(issued or 0) <= FRESH_FOR.seconds:
            raise self._refused("stale", device, address=address)

    def _require_patience(self, address: str) -> None:
        counted = self.store.get(f"agents:refused:{address}")
        if counted is not None and int(counted) >= REFUSED_PER_ADDRESS:
            raise AgentRefused(SLOW_DOWN, wait=WINDOW)

    def _count_refusal(self, address: str) -> None:
        self.store.increment(f"agents:refused:{address}", ttl=WINDOW)

    def _refused(self, code: str, device: EnrolledDevice | None, *, address: str) -> AgentRefused:
        """Count and audit a refusal; strangers fill no audit, beyond what an address may send."""
        self._count_refusal(address)
        self._tell("device.refused", device, outcome="refused", reason=code)
        return AgentRefused(code)

    def _tell(
        self,
        event: str,
        device: EnrolledDevice | None,
        *,
        outcome: str = "success",
        operator: str = "",
        **detail: str,
    ) -> None:
        told = AuditEvent(
            type=event,
            outcome=outcome,
            operator=operator,
            device=device.device_id if device else "",
            detail=detail,
        )
        with transaction.atomic():
            record(told, clock=self.clock)


def is_signed(photo: bytes, digest: str) -> bool:
    """Whether this is the very photograph whose digest the device signed, and a picture at all."""
    found = urlsafe_b64encode(hashlib.sha256(photo).digest()).rstrip(b"=").decode("ascii")
    is_jpeg = photo.startswith(b"\xff\xd8\xff") and len(photo) <= MOST_PHOTO_BYTES
    return is_jpeg and compare_digest(found, digest)


def encoded(read: CardReading, *, has_photo: bool = False) -> bytes:
    """A reading as it waits for its journey: no photograph, no address."""
    told: dict[str, Any] = {
        "outcome": read.result.outcome.value,
        "code": read.result.provider_code,
        "device": read.device_id,
        "has_photo": has_photo,
    }
    if read.claim is not None and read.card is not None:
        told |= {
            "document_type": read.claim.document_type,
            "document_number": read.claim.document_number,
            "name": read.claim.name,
            "birth_date": read.card.birth_date.isoformat(),
            "valid_from": read.card.valid_from.isoformat(),
            "valid_until": read.card.valid_until.isoformat() if read.card.valid_until else "",
            "sex": read.card.sex.value if read.card.sex else "",
            "reference": read.result.provider_reference,
            "checked_at": read.result.checked_at.isoformat(),
            "identity_level": read.result.identity_level,
        }
    return orjson.dumps(told)


def _is_name(operator: object) -> bool:
    """Whether a window's word for its member of staff is one: an account's name, say."""
    return isinstance(operator, str) and _OPERATOR.fullmatch(operator) is not None


def _type_of(statement: str) -> str:
    """What a statement says it is; judged again, with its signature, by whoever reads it."""
    try:
        header_of(statement, media_type=CAPTURE)
    except StatementRefused:
        return READING
    return CAPTURE
