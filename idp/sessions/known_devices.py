"""Browsers in which people signed in: one row for each person and browser, which they may forget.

A row says from when its device is known. Who comes by half a proof is not familiar by coming again:
when a sign-in makes a device known, its caller judges.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock, today_in_shanghai
from idp.foundation.database.insertion import insert
from idp.foundation.sealing import BlindIndex
from idp.sessions.models import KnownDeviceRow, LoginNoticeRow
from idp.sessions.rows import devices_of
from idp.subjects.families import family
from idp.subjects.fields import PersonalFields

MOST: Final = 20
"""Devices kept of one person; beyond them the one unused for longest is forgotten."""
MOST_NETWORKS: Final = 8
_PURPOSE: Final = "device.shown"
_NEWEST: Final = ("-last_month", "-first_seen_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """How a browser appears: its cookie and the hash of it, its kind, and its coarse network."""

    secret: str = field(repr=False)
    cookie_hash: str = field(repr=False)
    kind: str
    network: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a person's rows say of a browser; `row` is that browser's, None where there is none."""

    row: KnownDeviceRow | None
    others: int
    is_known: bool
    is_known_network: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDevice:
    """One device, as its person may see it; `last_month` is the first day of a month."""

    id: UUID
    name: str
    network: str = field(repr=False)
    first_seen_at: datetime
    last_month: date
    is_settled: bool
    device: str = field(repr=False)
    cookie_hash: str = field(repr=False)


class DeviceBook:
    """Keeps the rows; every change of a person's is one transaction with its audit event."""

    def __init__(self, *, fields: PersonalFields, index: BlindIndex, clock: Clock) -> None:
        self._fields = fields
        self._index = index
        self._clock = clock

    def device_of(self, person_id: UUID, secret: str) -> str:
        """A person's browser as their sessions carry it; "" without a cookie."""
        value = f"{person_id}:{secret}"
        return self._index.of("sessions.device", value).hex()[:32] if secret else ""

    def look(self, person_id: UUID, shown: Appearance, *, now: datetime) -> Look:
        """What is known of a browser and its network: one read."""
        tag, network = self._tag(person_id, shown), self._network(person_id, shown)
        rows = devices_of(person_id)
        mine = next((row for row in rows if row.tag == tag), None)
        settled = [row for row in rows if _is_settled(row, now)]
        return Look(
            row=mine,
            others=len(rows) - (mine is not None),
            is_known=mine is not None and _is_settled(mine, now),
            is_known_network=any(network in row.networks for row in settled),
        )

    def begin(
        self,
        person_id: UUID,
        shown: Appearance,
        *,
        known_from: datetime | None,
        others: int,
        now: datetime,
    ) -> bool:
        """Note the first sign-in in a browser beside `others`, inside the caller's transaction.

        False where it was noted at this very moment by another request.
        """
        row = KnownDeviceRow(
            person_id=person_id,
            tag=self._tag(person_id, shown),
            device=self.device_of(person_id, shown.secret),
            networks=[self._network(person_id, shown)],
            sealed=self._sealed(person_id, shown),
            first_seen_at=now,
            last_month=_month(now),
            settled_at=known_from,
        )
        if not insert(row, unless="(tag)"):  # the same browser signed in twice at this moment
            return False
        if others >= MOST:
            self._thin_out(person_id, now)
        self._record("device.added", person_id, device=str(row.id))
        return True

    def _thin_out(self, person_id: UUID, now: datetime) -> None:
        """Keep the known ones first: strangers cannot push them out."""
        rows = KnownDeviceRow.objects.filter(person_id=person_id).defer("sealed").order_by(*_NEWEST)
        known_first = sorted(rows, key=lambda row: not _is_settled(row, now))
        if surplus := [row.id for row in known_first[MOST:]]:
            KnownDeviceRow.objects.filter(id__in=surplus).delete()

    def renew(
        self, row: KnownDeviceRow, shown: Appearance, *, known_from: datetime | None, now: datetime
    ) -> None:
        """Note one more sign-in in a browser: since when it is known, its month, its network.

        Mostly nothing is written.
        """
        person_id = row.person_id
        changes: dict[str, Any] = {}
        if known_from is not None and (row.settled_at is None or known_from < row.settled_at):
            row.settled_at = changes["settled_at"] = known_from
        if row.last_month != (month := _month(now)):
            changes["last_month"] = month
        network = self._network(person_id, shown)
        if _is_settled(row, now) and network not in row.networks:
            changes["networks"] = [network, *row.networks][:MOST_NETWORKS]
            changes["sealed"] = self._sealed(person_id, shown)
        if changes:
            KnownDeviceRow.objects.filter(id=row.id).update(**changes)

    def of(self, person_id: UUID, *, now: datetime) -> tuple[KnownDevice, ...]:
        """A person's devices, the last used first."""
        rows = KnownDeviceRow.objects.filter(person_id__in=family(person_id))
        return tuple(self._shown(row, now) for row in rows.order_by(*_NEWEST))

    def count(self, person_id: UUID) -> int:
        return KnownDeviceRow.objects.filter(person_id__in=family(person_id)).count()

    def forget(self, person_id: UUID, device_id: UUID, *, now: datetime) -> KnownDevice | None:
        """Forget one of a person's; None for what is not theirs. It is returned a last time."""
        with transaction.atomic():
            rows = KnownDeviceRow.objects.filter(person_id__in=family(person_id), id=device_id)
            row = rows.select_for_update().first()
            if row is None:
                return None
            shown = self._shown(row, now)
            row.delete()
            self._record("device.forgotten", person_id, device=str(device_id))
        return shown

    def person_erased(self, person_id: UUID, *, now: datetime) -> None:  # noqa: ARG002 - a channel's shape
        """Implements `ErasureChannel`."""
        KnownDeviceRow.objects.filter(person_id=person_id).delete()
        LoginNoticeRow.objects.filter(person_id=person_id).delete()

    def notice_choice(self, person_id: UUID) -> bool | None:
        """Whether the person wants to be told of new devices; None where they never said."""
        rows = LoginNoticeRow.objects.filter(person_id=person_id)
        return rows.values_list("is_wanted", flat=True).first()

    def choose_notices(self, person_id: UUID, *, is_wanted: bool, now: datetime) -> None:
        with transaction.atomic():
            LoginNoticeRow.objects.update_or_create(
                person_id=person_id, defaults={"is_wanted": is_wanted, "changed_at": now}
            )
            self._record("login_notices.chosen", person_id, is_wanted=is_wanted)

    def _shown(self, row: KnownDeviceRow, now: datetime) -> KnownDevice:
        said = orjson.loads(self._fields.of(row.person_id).unseal(_PURPOSE, row.sealed))
        return KnownDevice(
            id=row.id,
            name=said["kind"],
            network=said["network"],
            first_seen_at=row.first_seen_at,
            last_month=row.last_month,
            is_settled=_is_settled(row, now),
            device=row.device,
            cookie_hash=said["cookie"],
        )

    def _sealed(self, person_id: UUID, shown: Appearance) -> bytes:
        said = {"kind": shown.kind, "network": shown.network, "cookie": shown.cookie_hash}
        return self._fields.of(person_id).seal(_PURPOSE, orjson.dumps(said).decode())

    def _tag(self, person_id: UUID, shown: Appearance) -> str:
        value = f"{person_id}:{shown.kind}:{shown.secret}"
        return self._index.of("sessions.known_device", value).hex()

    def _network(self, person_id: UUID, shown: Appearance) -> str:
        value = f"{person_id}:{shown.network}"
        return self._index.of("sessions.known_network", value).hex()[:16]

    def _record(self, event_type: str, person_id: UUID, **detail: object) -> None:
        event = AuditEvent(
            type=event_type, outcome="success", subject=str(person_id), detail=detail
        )
        record(event, clock=self._clock)


def forget_unused(before: datetime) -> int:
    """Forget devices of whose last month an instant saw the end; how many that were."""
    return KnownDeviceRow.objects.filter(last_month__lt=_month(before)).delete()[0]


def _is_settled(row: KnownDeviceRow, now: datetime) -> bool:
    return row.settled_at is not None and row.settled_at <= now


def _month(now: datetime) -> date:
    return today_in_shanghai(now).replace(day=1)
