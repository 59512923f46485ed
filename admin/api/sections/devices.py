"""Devices at counters and kiosks: invited, suspended, let work again, removed for good."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field

from admin.api.asked import CHANNEL, Answer, Asked
from admin.api.paging import Cursor, Page
from admin.api.problems import CONFLICT, NOT_FOUND, Problem
from admin.reasons import REFERENCE, Reason
from idp.channels.devices import Because, DeviceRecord, NewDevice, State

_REFERENCE: Final = f"^{REFERENCE.pattern}$"


class Device(BaseModel):
    """An enrolled device."""

    device_id: UUID
    key_id: str = Field(description="The thumbprint of its key (RFC 7638).")
    kind: str
    place: str
    label: str
    is_attended: bool
    state: State
    enrolled_at: datetime
    last_seen_at: datetime | None
    suspended_at: datetime | None
    revoked_at: datetime | None
    revoked_because: str


class Devices(BaseModel):
    """A page of devices, by device_id."""

    items: list[Device]
    next_cursor: Cursor


class NewInvitation(BaseModel):
    """What is said of a device before it enrols; the device cannot change it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    kind: Literal["camera", "fingerprint_reader", "id_card_reader", "kiosk", "window"]
    place: str = Field(min_length=1, max_length=64, pattern=r"\S")
    label: str = Field(min_length=1, max_length=120, pattern=r"\S")
    is_attended: bool = Field(False, description="An operator compares document and holder there.")


class Invitation(BaseModel):
    """With this code one device enrols, until then; it is told this once."""

    code: str
    expires_at: datetime


class DeviceChange(BaseModel):
    """Why, and in which case."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: Literal["lost", "broken", "moved", "maintenance", "settled", "incident"]
    reference: str = Field(pattern=_REFERENCE, description="The number of the case.")


def listed(request: Asked, asked: Query[Page]) -> Answer:
    """List devices."""
    found = sorted(request.services.devices.listed(), key=lambda each: each.device.device_id)
    shown, cursor = asked.of(found, lambda each: each.device.device_id)
    return Answer(body=Devices(items=[_shown(each) for each in shown], next_cursor=cursor))


def show(request: Asked, device_id: UUID) -> Answer:
    """Show one device."""
    return Answer(body=_shown(_found(request, device_id)))


def invite(request: Asked, given: NewInvitation) -> Answer:
    """Make a one-time code with which one device enrols."""
    new = NewDevice(
        kind=given.kind,
        place=given.place.strip(),
        label=given.label.strip(),
        is_attended=given.is_attended,
    )
    made = request.services.devices.invite(new, operator=request.caller.operator, channel=CHANNEL)
    return Answer(status=201, body=Invitation(code=made.code, expires_at=made.expires_at))


def suspend(request: Asked, device_id: UUID, given: DeviceChange) -> Answer:
    """Believe a device no more until it is let work again."""
    _require_unchanged(request, device_id)
    known = request.services.devices
    if not known.suspend(str(device_id), because=_because(request, given)):
        raise Problem(CONFLICT, "it is suspended already, or was removed")
    return _changed(request, device_id)


def resume(request: Asked, device_id: UUID, given: DeviceChange) -> Answer:
    """Believe a suspended device again."""
    _require_unchanged(request, device_id)
    known = request.services.devices
    if not known.resume(str(device_id), because=_because(request, given)):
        raise Problem(CONFLICT, "it is not suspended, or was removed")
    return _changed(request, device_id)


def remove(request: Asked, device_id: UUID, given: DeviceChange) -> Answer:
    """Believe a device no more, at once and for good."""
    _require_unchanged(request, device_id)
    done = request.services.devices.revoke(
        str(device_id),
        because=Reason(code=given.reason, reference=given.reference).in_words(),
        operator=request.caller.operator,
        channel=CHANNEL,
    )
    if not done:
        raise Problem(CONFLICT, "it was removed before")
    return _changed(request, device_id)


def _require_unchanged(request: Asked, device_id: UUID) -> None:
    request.require_unchanged(_shown(_found(request, device_id)), is_needed=False)


def _changed(request: Asked, device_id: UUID) -> Answer:
    return Answer(body=_shown(_found(request, device_id)))


def _because(request: Asked, given: DeviceChange) -> Because:
    return Because(
        operator=request.caller.operator,
        channel=CHANNEL,
        detail={"reason": given.reason, "reference": given.reference},
    )


def _found(request: Asked, device_id: UUID) -> DeviceRecord:
    found = request.services.devices.described(device_id)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _shown(found: DeviceRecord) -> Device:
    return Device(
        device_id=UUID(found.device.device_id),
        key_id=found.device.key_id,
        kind=found.device.kind,
        place=found.device.place,
        label=found.label,
        is_attended=found.device.is_attended,
        state=found.state,
        enrolled_at=found.enrolled_at,
        last_seen_at=found.last_seen_at,
        suspended_at=found.suspended_at,
        revoked_at=found.revoked_at,
        revoked_because=found.revoked_because,
    )
