"""Enrols devices with a key of their own, finds them, counts for them, revokes them.

Owns invitations, declared keys, the proof of possession and the counters; each change is one
transaction with its audit event. What devices read is the connectors' to judge.
"""

import hashlib
import re
import secrets
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from connectors.devices import (
    EnrolledDevice,
    StatementRefused,
    header_of,
    public_key,
    read_statement,
)
from idp.channels.models import DeviceRow, InvitationRow
from idp.foundation import audit
from idp.foundation.audit import AuditEvent
from idp.foundation.clock import Clock

KINDS: Final = frozenset({"id_card_reader", "camera", "kiosk", "window", "fingerprint_reader"})
State = Literal["working", "suspended", "removed"]
ENROLMENT: Final = "device-enrolment+jws"
INVITATION_TTL: Final = timedelta(minutes=30)
PROOF_TTL: Final = timedelta(minutes=5)
_CODE_OCTETS: Final = 15  # 120 bit, 24 letters in groups of four
_LARGEST_LABEL: Final = 120
_LARGEST_PLACE: Final = 64
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class EnrolmentRefused(Exception):
    """A device was not enrolled; `code` tells the technician why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDevice:
    """What an operator says of a device before it enrols. The device cannot change it.

    Attributes:
        is_attended: an operator compares document and holder wherever it stands.
    """

    kind: str
    place: str
    label: str
    is_attended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A code, told once, with which one device may enrol until `expires_at`."""

    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRecord:
    """A device as operators see it."""

    device: EnrolledDevice
    label: str
    enrolled_at: datetime
    last_seen_at: datetime | None
    suspended_at: datetime | None
    revoked_at: datetime | None
    revoked_because: str

    @property
    def state(self) -> State:
        """`working`, `suspended` or, for good, `removed`."""
        if self.revoked_at is not None:
            return "removed"
        return "suspended" if self.suspended_at is not None else "working"


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """Who changes what becomes of a device, and why, as the trail keeps it."""

    operator: str
    detail: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""


class Devices:
    """The devices room's service; it is an `EnrolledDevices` for connectors."""

    def __init__(self, *, clock: Clock, audience: str) -> None:
        """`audience` is the issuer: a proof made for another server enrols nothing here."""
        self._clock = clock
        self._audience = audience

    def invite(self, new: NewDevice, *, operator: str, channel: str = "") -> Invitation:
        """Issue a one-time code for one device.

        Raises:
            ValueError: the kind is unknown, or a text is empty or too long.
        """
        for field_name, problem in problems_of(new):
            raise ValueError(f"{field_name}: {problem}")
        now = self._clock.now()
        letters = b32encode(secrets.token_bytes(_CODE_OCTETS)).decode("ascii")
        expires_at = now + INVITATION_TTL
        with transaction.atomic():
            InvitationRow.objects.create(
                code_sha256=_digest(letters),
                kind=new.kind,
                place=new.place,
                label=new.label,
                is_attended=new.is_attended,
                created_at=now,
                expires_at=expires_at,
            )
            by = Because(
                operator=operator, channel=channel, detail={"place": new.place, "kind": new.kind}
            )
            self._tell("device.invited", by=by)
        code = "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))
        return Invitation(code=code, expires_at=expires_at)

    def enrol(self, proof: str) -> DeviceRecord:
        """Enrol the device that signed `proof` with the key in its header (RFC 7515 §4.1.3).

        The proof holds `code`, `aud` and `iat`. A code is used up by the first valid proof.

        Raises:
            EnrolmentRefused: the proof or the code does not hold; it is audited.
        """
        try:
            return self._enrolled(proof)
        except (EnrolmentRefused, StatementRefused) as refusal:
            with transaction.atomic():
                self._tell("device.enrolled", outcome="refused", by=_itself(reason=refusal.code))
            raise EnrolmentRefused(refusal.code) from refusal

    def declare(self, jwk: Mapping[str, Any], new: NewDevice, *, operator: str) -> None:
        """Enrol the device of this public key, which an operator vouches for; or describe it anew.

        Raises:
            ValueError: it was revoked, or is a device of another kind: neither is taken back.
            StatementRefused: the key is none of a device.
        """
        key_id = thumbprint(dict(jwk))
        with transaction.atomic():
            row = DeviceRow.objects.select_for_update().filter(key_id=key_id).first()
            if row is None:
                row = self._create(dict(jwk), new, self._clock.now())
                event = "device.enrolled"
            elif row.revoked_at is not None:
                raise ValueError("was revoked for good; enrol it with a new key")
            elif row.kind != new.kind:
                raise ValueError(f"is a {row.kind}; another kind takes a key of its own")
            else:
                row.place, row.label, row.is_attended = new.place, new.label, new.is_attended
                row.save(update_fields=["place", "label", "is_attended"])
                event = "device.described"
            by = Because(operator=operator, detail={"place": row.place, "kind": row.kind})
            self._tell(event, device=str(row.id), by=by)

    def record(self, key_id: str) -> DeviceRecord | None:
        """The device of that key as operators see it."""
        row = DeviceRow.objects.filter(key_id=key_id).first()
        return _record(row) if row else None

    def described(self, device_id: UUID) -> DeviceRecord | None:
        """The device of that id as operators see it."""
        row = DeviceRow.objects.filter(id=device_id).first()
        return _record(row) if row else None

    def find(self, key_id: str) -> EnrolledDevice | None:
        """The device of that key, revoked ones too."""
        if not _THUMBPRINT.fullmatch(key_id):
            return None  # as strangers send it; no database need read it
        row = DeviceRow.objects.filter(key_id=key_id).first()
        return _device(row) if row else None

    def listed(self) -> tuple[DeviceRecord, ...]:
        """Every device, the newest first."""
        return tuple(_record(row) for row in DeviceRow.objects.order_by("-enrolled_at", "id"))

    def advance(self, device_id: str, *, counter: int, now: datetime) -> bool:
        """Note a counter and that the device was seen; False for one as high before."""
        return bool(
            DeviceRow.objects.filter(
                Q(counter__lt=counter),
                id=UUID(device_id),
                revoked_at__isnull=True,
                suspended_at__isnull=True,
            ).update(counter=counter, last_seen_at=now)
        )

    def suspend(self, device_id: str, *, because: Because) -> bool:
        """Believe the device no more until it is let work again; False when it was so before."""
        return self._switched(device_id, "device.suspended", because, was_suspended=False)

    def resume(self, device_id: str, *, because: Because) -> bool:
        """Believe a suspended device again; False when it was not suspended."""
        return self._switched(device_id, "device.resumed", because, was_suspended=True)

    def _switched(
        self, device_id: str, event: str, because: Because, *, was_suspended: bool
    ) -> bool:
        rows = DeviceRow.objects.filter(
            id=UUID(device_id), revoked_at=None, suspended_at__isnull=not was_suspended
        )
        with transaction.atomic():
            changed = rows.update(suspended_at=None if was_suspended else self._clock.now())
            if changed:
                self._tell(event, device=device_id, by=because)
        return bool(changed)

    def revoke(self, device_id: str, *, because: str, operator: str, channel: str = "") -> bool:
        """Believe the device no more, at once and for good; False when it was so before."""
        by = Because(operator=operator, channel=channel, detail={"reason": because})
        with transaction.atomic():
            changed = DeviceRow.objects.filter(id=UUID(device_id), revoked_at__isnull=True).update(
                revoked_at=self._clock.now(), revoked_because=because[:200]
            )
            if changed:
                self._tell("device.revoked", device=device_id, by=by)
        return bool(changed)

    def _enrolled(self, proof: str) -> DeviceRecord:
        jwk = header_of(proof, media_type=ENROLMENT).get("jwk")
        if not isinstance(jwk, dict):
            raise EnrolmentRefused("wrong_key")
        key = public_key(jwk)
        claims = read_statement(proof, key, media_type=ENROLMENT).claims
        now = self._clock.now()
        if claims.get("aud") != self._audience:
            raise EnrolmentRefused("wrong_audience")
        issued = claims.get("iat")
        # Whole numbers only: what a device sends may be too large for a float.
        if not isinstance(issued, int) or abs(int(now.timestamp()) - issued) > PROOF_TTL.seconds:
            raise EnrolmentRefused("stale")
        try:
            with transaction.atomic():
                return self._admit(str(claims.get("code", "")), key.as_dict(private=False), now)
        except IntegrityError as error:
            raise EnrolmentRefused("key_enrolled_before") from error

    def _admit(self, code: str, jwk: dict[str, Any], now: datetime) -> DeviceRecord:
        if not code.isascii():
            raise EnrolmentRefused("wrong_code")
        letters = code.replace("-", "").replace(" ", "").upper()
        invitations = InvitationRow.objects.filter(code_sha256=_digest(letters))
        # The judge of a code: of two devices with the same one, a single update takes effect.
        if not invitations.filter(used_at__isnull=True, expires_at__gt=now).update(used_at=now):
            raise EnrolmentRefused("wrong_code")
        invited = invitations.get()
        new = NewDevice(
            kind=invited.kind,
            place=invited.place,
            label=invited.label,
            is_attended=invited.is_attended,
        )
        row = self._create(jwk, new, now)
        by = _itself(place=row.place, kind=row.kind)
        self._tell("device.enrolled", device=str(row.id), by=by)
        return _record(row)

    def _create(self, jwk: dict[str, Any], new: NewDevice, now: datetime) -> DeviceRow:
        return DeviceRow.objects.create(
            key_id=thumbprint(jwk),
            public_jwk={name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk},
            kind=new.kind,
            place=new.place,
            label=new.label,
            is_attended=new.is_attended,
            enrolled_at=now,
        )

    def _tell(self, event: str, *, by: Because, outcome: str = "success", device: str = "") -> None:
        audit.record(
            AuditEvent(
                type=event,
                outcome=outcome,
                device=device,
                operator=by.operator,
                channel=by.channel,
                detail=dict(by.detail),
            ),
            clock=self._clock,
        )


def _itself(**detail: str) -> Because:
    """What a device does by itself is no operator's doing."""
    return Because(operator="", detail=detail)


def stands_at(place: str, kind: str) -> bool:
    """Whether a device of this kind works at a place."""
    return DeviceRow.objects.filter(
        place=place, kind=kind, revoked_at__isnull=True, suspended_at__isnull=True
    ).exists()


def problems_of(new: NewDevice) -> Iterator[tuple[str, str]]:
    """Yield (field, what is wrong) with a description."""
    if new.kind not in KINDS:
        yield "kind", f"one of {', '.join(sorted(KINDS))}"
    if not 0 < len(new.place) <= _LARGEST_PLACE:
        yield "place", f"1 to {_LARGEST_PLACE} characters"
    if not 0 < len(new.label) <= _LARGEST_LABEL:
        yield "label", f"1 to {_LARGEST_LABEL} characters"


def thumbprint(jwk: dict[str, Any]) -> str:
    """The SHA-256 thumbprint of a public key (RFC 7638 §3)."""
    return public_key(jwk).thumbprint()


def _digest(letters: str) -> bytes:
    return hashlib.sha256(letters.encode("utf-8")).digest()


def _device(row: DeviceRow) -> EnrolledDevice:
    return EnrolledDevice(
        device_id=str(row.id),
        key_id=row.key_id,
        kind=row.kind,
        place=row.place,
        public_jwk=row.public_jwk,
        is_attended=row.is_attended,
        is_revoked=row.revoked_at is not None,
        is_suspended=row.suspended_at is not None,
    )


def _record(row: DeviceRow) -> DeviceRecord:
    return DeviceRecord(
        device=_device(row),
        label=row.label,
        enrolled_at=row.enrolled_at,
        last_seen_at=row.last_seen_at,
        suspended_at=row.suspended_at,
        revoked_at=row.revoked_at,
        revoked_because=row.revoked_because,
    )
