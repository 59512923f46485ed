"""`manage.py devices`: invite a device, take its proof, list what is enrolled, revoke."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from idp.channels.devices import DeviceRecord, Devices

_LONGEST_PROOF = 64 * 1024


class Command(BaseCommand):
    """The devices that speak for a place: readers, cameras, kiosks, windows."""

    help = (
        "invite tells a one-time code, with which one device enrols a key of its own; enrol takes "
        "the proof its agent signed with that key; revoke ends a device at once and for good."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        actions = parser.add_subparsers(dest="action", required=True)
        invite = actions.add_parser("invite", help="a code for one device")
        invite.add_argument("--kind", required=True, help="id_card_reader, camera, kiosk, …")
        invite.add_argument("--place", required=True, help="where it stands, as journeys name it")
        invite.add_argument("--label", required=True, help="what people call it")
        invite.add_argument(
            "--attended",
            action="store_true",
            help="an operator compares document and holder wherever it stands",
        )
        enrol = actions.add_parser("enrol", help="take a device's proof")
        enrol.add_argument("proof", help="the file that holds it; - for standard input")
        actions.add_parser("list", help="every device, the newest first")
        revoke = actions.add_parser("revoke", help="believe a device no more")
        revoke.add_argument("device", help="its id, as list shows it")
        revoke.add_argument("--because", required=True, help="stolen, sold, broken, …")
        for each in (invite, revoke):
            each.add_argument("--operator", required=True, help="who does this, for the audit")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out the action; whatever changes something is an audit event."""
        from deploy.composition import house
        from deploy.composition.channels import devices

        known = devices(house().rooms.ground)
        {
            "invite": self._invite,
            "enrol": self._enrol,
            "list": self._list,
            "revoke": self._revoke,
        }[options["action"]](known, options)

    def _invite(self, devices: "Devices", options: dict[str, Any]) -> None:
        from idp.channels.devices import NewDevice

        new = NewDevice(
            kind=options["kind"],
            place=options["place"],
            label=options["label"],
            is_attended=options["attended"],
        )
        try:
            invitation = devices.invite(new, operator=options["operator"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{invitation.code}  until {invitation.expires_at:%Y-%m-%d %H:%M}Z")

    def _enrol(self, devices: "Devices", options: dict[str, Any]) -> None:
        from idp.channels.devices import EnrolmentRefused

        try:
            enrolled = devices.enrol(_read(options["proof"]))
        except EnrolmentRefused as refusal:
            raise CommandError(f"refused: {refusal.code}") from refusal
        self._show(enrolled)

    def _list(self, devices: "Devices", _options: dict[str, Any]) -> None:
        for record in devices.listed():
            self._show(record)

    def _revoke(self, devices: "Devices", options: dict[str, Any]) -> None:
        try:
            device = str(UUID(options["device"]))
        except ValueError as error:
            raise CommandError("device: an id as list shows it") from error
        if not devices.revoke(device, because=options["because"], operator=options["operator"]):
            raise CommandError("there is no such device, or it was revoked before")
        self.stdout.write(f"{device} is believed no more")

    def _show(self, record: "DeviceRecord") -> None:
        device = record.device
        attended = "attended" if device.is_attended else "alone"
        seen = f"{record.last_seen_at:%Y-%m-%d %H:%M}Z" if record.last_seen_at else "never"
        state = f"suspended, seen {seen}" if device.is_suspended else f"seen {seen}"
        state = f"revoked: {record.revoked_because}" if device.is_revoked else state
        shown = (device.device_id, device.kind, device.place, attended, record.label, state)
        self.stdout.write("  ".join(shown))


def _read(path: str) -> str:
    try:
        if path == "-":
            return sys.stdin.read(_LONGEST_PROOF).strip()
        return Path(path).read_bytes()[:_LONGEST_PROOF].decode("ascii").strip()
    except (OSError, ValueError) as error:
        raise CommandError(f"the proof cannot be read: {error}") from error
