"""The section `devices`: readers, cameras, kiosks and windows, each by its public key."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connectors.devices import StatementRefused
from deploy.apply.document import Node
from deploy.apply.reading import read_entry
from deploy.apply.section import RefusedError, field_differences
from idp.channels.devices import Devices, NewDevice, problems_of, thumbprint

_OPERATOR = "apply"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredDevice:
    """A device as it should be; with `revoked_because` it is believed no more."""

    public_key: Any
    kind: str
    place: str
    label: str
    is_attended: bool = False
    revoked_because: str = ""

    @property
    def described(self) -> NewDevice:
        """What the devices room is told of it."""
        return NewDevice(
            kind=self.kind, place=self.place, label=self.label, is_attended=self.is_attended
        )


class DevicesSection:
    """Reads, compares and keeps declared devices."""

    def __init__(self, *, devices: Devices) -> None:
        """Take the room of devices."""
        self._devices = devices

    def read(self, node: Node) -> DeclaredDevice:
        """Return the device a node declares."""
        return read_entry(DeclaredDevice, node)

    def key(self, entry: DeclaredDevice) -> str:
        """A device is named by its key's thumbprint; by its label where that is no key."""
        return _thumbprint(entry) or entry.label

    def check(self, entry: DeclaredDevice) -> Iterable[tuple[str, str]]:
        """Yield what is wrong with the key, the kind and the texts, or cannot be taken back."""
        key_id = _thumbprint(entry)
        if not key_id:
            yield "public_key", "is no public key: an Ed25519 or P-256 JWK without its private part"
            return
        for field, problem in problems_of(entry.described):
            yield field, f"must be {problem}"
        standing = self._devices.record(key_id)
        if standing is None:
            return
        if standing.device.is_revoked and not entry.revoked_because:
            yield "public_key", "was revoked for good; enrol the device with a new key"
        if standing.device.kind != entry.kind:
            yield "kind", f"is a {standing.device.kind}; another kind takes a key of its own"

    def current(self, key: str) -> Any | None:
        """Return the device as it is."""
        standing = self._devices.record(key)
        if standing is None:
            return None
        device = standing.device
        return DeclaredDevice(
            public_key=dict(device.public_jwk),
            kind=device.kind,
            place=device.place,
            label=standing.label,
            is_attended=device.is_attended,
            revoked_because=standing.revoked_because,
        )

    def differences(self, current: Any | None, wanted: DeclaredDevice) -> tuple[str, ...]:
        """Compare what may change; how a key is written, and why one ended before, do not."""
        if current is not None and current.revoked_because:
            return ()
        return tuple(
            line
            for line in field_differences(current, wanted)
            if not line.startswith("public_key:")
        )

    def store(self, entry: DeclaredDevice) -> None:
        """Enrol it or describe it anew; revoke it where that is said."""
        key_id = _thumbprint(entry)
        try:
            self._devices.declare(entry.public_key, entry.described, operator=_OPERATOR)
        except ValueError as error:
            raise RefusedError(f"devices {key_id}: {error}") from error
        standing = self._devices.record(key_id)
        if entry.revoked_because and standing is not None:
            self._devices.revoke(
                standing.device.device_id, because=entry.revoked_because, operator=_OPERATOR
            )


def _thumbprint(entry: DeclaredDevice) -> str:
    """The key's name; "" for what is none."""
    try:
        return thumbprint(entry.public_key) if isinstance(entry.public_key, dict) else ""
    except StatementRefused:
        return ""
