"""Devices: readers, cameras, kiosks and windows; invited, suspended, and removed for good."""

from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.pages import render
from admin.reasons import DEVICE_REASONS, read_reason
from idp.channels.devices import KINDS, Because, DeviceRecord, NewDevice, problems_of
from idp.staff.roles import Role

KIND_NAMES: Final = {
    "camera": _("Camera"),
    "fingerprint_reader": _("Fingerprint reader"),
    "id_card_reader": _("Card reader"),
    "kiosk": _("Kiosk"),
    "window": _("Window"),
}
STATES: Final = {
    "working": (_("believed"), "good"),
    "suspended": (_("suspended"), "wait"),
    "removed": (_("removed"), "off"),
}


def _cells(record: DeviceRecord) -> list[Cell]:
    device = record.device
    name, tone = STATES[record.state]
    return [
        Cell(record.label, url=f"/console/devices/{device.device_id}"),
        Cell(KIND_NAMES.get(device.kind, device.kind)),
        Cell(device.place, tone="code"),
        Cell(name, tone=f"state {tone}"),
        Cell(_("attended") if device.is_attended else _("alone")),
        Cell(f"{device.key_id[:12]}…", tone="code"),
        Cell(moment(record.last_seen_at), tone="figure"),
    ]


_LIST: Final = Listing(
    columns=(
        Column("label", _("Device"), lambda each: each.label),
        Column("kind", _("Kind"), lambda each: each.device.kind),
        Column("place", _("Place"), lambda each: each.device.place),
        Column("state", _("State"), lambda each: each.state),
        Column("attended", _("Stands"), lambda each: each.device.is_attended),
        Column("key", _("Key"), None),
        Column("seen", _("Last reading"), lambda each: str(each.last_seen_at or "")),
    ),
    cells=_cells,
    words=lambda each: f"{each.label} {each.device.kind} {each.device.place} {each.device.key_id}",
)


def devices(console: Console, asked: Asked) -> HttpResponse:
    """List the devices, or export the list."""
    values = list(console.works.devices.listed())
    status = asked.request.GET.get("status", "")
    if status in STATES:
        values = [each for each in values if each.state == status]
    if asked.request.GET.get("format") == "csv":
        return _LIST.export(asked.request, values, name="devices")
    return _listed(console, asked, values, {"status": status})


def invite(console: Console, asked: Asked) -> HttpResponse:
    """Make a one-time code with which one device enrols; it is shown once."""
    posted = asked.request.POST
    new = NewDevice(
        kind=posted.get("kind", ""),
        place=posted.get("place", "").strip(),
        label=posted.get("label", "").strip(),
        is_attended=posted.get("attended") == "yes",
    )
    values = list(console.works.devices.listed())
    if any(problems_of(new)):
        error = _("Choose a kind, and give a place and a name that are not too long.")
        return _listed(console, asked, values, {"error": error, "new": new}, status=400)
    invitation = console.works.devices.invite(new, operator=asked.operator, channel="console")
    return _listed(console, asked, values, {"invitation": invitation, "new": new})


def device(console: Console, asked: Asked, device_id: UUID) -> HttpResponse:
    """Show one device."""
    return _one(console, asked, _found(console, device_id), {})


def change(console: Console, asked: Asked, device_id: UUID) -> HttpResponse:
    """Suspend a device, let it work again, or remove it for good; with a reason."""
    found, action = _found(console, device_id), asked.request.POST.get("action", "")
    reason = read_reason(asked.request.POST, DEVICE_REASONS)
    if reason is None:
        error = _("Choose a reason and give the number of the case.")
        return _one(console, asked, found, {"error": error}, status=400)
    because = Because(
        operator=asked.operator,
        channel="console",
        detail={"reason": reason.code, "reference": reason.reference},
    )
    known, name = console.works.devices, str(device_id)
    if action == "suspend":
        known.suspend(name, because=because)
    elif action == "resume":
        known.resume(name, because=because)
    elif action == "remove":
        said = reason.in_words()
        known.revoke(name, because=said, operator=asked.operator, channel="console")
    return see_other(f"/console/devices/{device_id}")


def _found(console: Console, device_id: UUID) -> DeviceRecord:
    found = console.works.devices.described(device_id)
    if found is None:
        raise Http404
    return found


def _listed(
    console: Console,
    asked: Asked,
    values: list[DeviceRecord],
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    words = {
        "section": "devices",
        "list": _LIST.answer(asked.request, values, filters=("status",)),
        "states": [(code, name) for code, (name, _tone) in STATES.items()],
        "may_invite": asked.member.role is Role.SYSTEM,
        "kinds": [(kind, KIND_NAMES[kind]) for kind in sorted(KINDS)],
        **context,
    }
    return render(console, asked, "devices", words, status=status)


def _one(
    console: Console,
    asked: Asked,
    found: DeviceRecord,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    words = {
        "section": "devices",
        "found": found,
        "kind_name": KIND_NAMES.get(found.device.kind, found.device.kind),
        "state": STATES[found.state],
        "may_change": asked.member.role in {Role.SYSTEM, Role.SECURITY}
        and found.revoked_at is None,
        "reasons": DEVICE_REASONS.items(),
        "events": console.city.trail.page({"device": found.device.device_id}, size=8),
        **context,
    }
    return render(console, asked, "device", words, status=status)
