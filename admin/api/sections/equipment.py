"""Devices at counters and kiosks, and connectors to authorities: which there are."""

from datetime import datetime

from ninja import Query
from pydantic import BaseModel, Field

from admin.api.asked import Answer, Asked
from admin.api.paging import Cursor, Page
from admin.api.problems import NOT_FOUND, Problem
from idp.channels.devices import DeviceRecord


class Device(BaseModel):
    """An enrolled device."""

    device_id: str
    key_id: str = Field(description="The thumbprint of its key (RFC 7638).")
    kind: str
    place: str
    label: str
    is_attended: bool
    enrolled_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    revoked_because: str


class Devices(BaseModel):
    """A page of devices, by device_id."""

    items: list[Device]
    next_cursor: Cursor


class Connector(BaseModel):
    """A connector of the connectors file, under the terms that hold now."""

    section: str
    kind: str
    name: str
    is_on: bool
    order: int
    per_day: int | None = Field(description="Checks or messages a day; null for no limit.")
    cost: int = Field(description="Of one check, in fen.")


class Connectors(BaseModel):
    """Every connector, in the order of the file."""

    items: list[Connector]


def devices(request: Asked, asked: Query[Page]) -> Answer:
    """List devices."""
    found = sorted(request.services.devices.listed(), key=lambda each: each.device.device_id)
    shown, cursor = asked.of(found, lambda each: each.device.device_id)
    return Answer(body=Devices(items=[_device(each) for each in shown], next_cursor=cursor))


def device(request: Asked, device_id: str) -> Answer:
    """Show one device."""
    for each in request.services.devices.listed():
        if each.device.device_id == device_id:
            return Answer(body=_device(each))
    raise Problem(NOT_FOUND)


def connectors(request: Asked) -> Answer:
    """List connectors."""
    return Answer(
        body=Connectors(
            items=[
                Connector(
                    section=each.section,
                    kind=each.kind,
                    name=each.terms.name,
                    is_on=each.terms.is_on,
                    order=each.terms.order,
                    per_day=each.terms.per_day,
                    cost=each.terms.cost,
                )
                for each in request.services.connectors()
            ]
        )
    )


def _device(found: DeviceRecord) -> Device:
    return Device(
        device_id=found.device.device_id,
        key_id=found.device.key_id,
        kind=found.device.kind,
        place=found.device.place,
        label=found.label,
        is_attended=found.device.is_attended,
        enrolled_at=found.enrolled_at,
        last_seen_at=found.last_seen_at,
        revoked_at=found.revoked_at,
        revoked_because=found.revoked_because,
    )
