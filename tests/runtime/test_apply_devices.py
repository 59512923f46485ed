"""The section `devices`: declared by their keys, moved, revoked, refused; and believed at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.apply.document import BadFileError
from deploy.apply.plan import carry_out, compare, declare
from deploy.apply.section import RefusedError, Section
from deploy.apply.sections.devices import DeclaredDevice, DevicesSection
from idp.channels.devices import Devices
from idp.channels.models import DeviceRow
from idp.foundation.audit.models import AuditRow
from tests.clocks import SetClock
from tests.signing_devices import SigningDevice

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R10")]
Apply = Callable[[str], list[str]]


@pytest.fixture
def devices() -> Devices:
    return Devices(clock=SetClock(), audience="https://id.city.example")


@pytest.fixture
def sections(devices: Devices) -> dict[str, Section]:
    return {"devices": DevicesSection(devices=devices)}


@pytest.fixture
def apply(tmp_path: Path, sections: dict[str, Section]) -> Apply:
    """Apply a file's text; the plan's lines."""

    def run(text: str) -> list[str]:
        file = tmp_path / "city.yaml"
        file.write_text(text, encoding="utf-8")
        changes = compare(declare([file], sections), sections)
        carry_out(changes, sections)
        return [line for change in changes for line in str(change).splitlines()]

    return run


def written(agent: SigningDevice, **fields: str) -> str:
    key = ", ".join(f"{name}: {value}" for name, value in agent.jwk.items())
    said = {"kind": "id_card_reader", "place": "kiosk-7", "label": "Reader 7", **fields}
    lines = "".join(f"    {name}: {value}\n" for name, value in said.items())
    return f"devices:\n  - public_key: {{{key}}}\n{lines}"


@pytest.mark.storage
@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_device_is_enrolled_moved_and_revoked_when_files_say_so(
    algorithm: str, devices: Devices, apply: Apply
) -> None:
    agent = SigningDevice(algorithm)

    assert apply(written(agent))[0] == f"+ devices {agent.key_id}"
    assert apply(written(agent)) == []
    found = devices.find(agent.key_id)
    assert found
    assert (found.place, found.is_attended, found.is_revoked) == ("kiosk-7", False, False)

    moved = apply(written(agent, place="kiosk-8", is_attended="true"))
    assert moved[1:] == ["    place: kiosk-7 → kiosk-8", "    is_attended: False → True"]
    assert devices.find(agent.key_id).place == "kiosk-8"  # type: ignore[union-attr]

    apply(written(agent, place="kiosk-8", is_attended="true", revoked_because="stolen"))
    assert apply(written(agent, revoked_because="stolen")) == []
    assert devices.find(agent.key_id).is_revoked  # type: ignore[union-attr]
    assert [row.type for row in AuditRow.objects.order_by("id")] == [
        "device.enrolled",
        "device.described",
        "device.described",
        "device.revoked",
    ]
    assert {row.operator for row in AuditRow.objects.all()} == {"apply"}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "toaster"}, "kind: must be one of camera"),
        ({"place": "'" + "x" * 65 + "'"}, "place: must be 1 to 64"),
        ({"label": "''"}, "label: must be 1 to 120"),
        ({"kind": "5"}, "kind: expected text"),
        ({"weight": "5"}, "weight: is unknown"),
        ({"public_key": "secret"}, "public_key: is no public key"),
        ({"public_key": "{kty: OKP}"}, "public_key: is no public key"),
    ],
)
def test_mistake_is_told_with_file_line_and_field_when_a_device_cannot_be(
    fields: dict[str, str], words: str, apply: Apply
) -> None:
    text = written(SigningDevice(), **fields)
    if "public_key" in fields:
        text = text.replace(text.splitlines()[1], "  -").replace("    kind", "    kind", 1)
    with pytest.raises(BadFileError) as bad:
        apply(text)
    assert "city.yaml:" in str(bad.value)
    assert words in str(bad.value)
    assert not DeviceRow.objects.exists()


def test_private_key_is_refused_when_somebody_puts_it_in_a_file(apply: Apply) -> None:
    agent = SigningDevice()
    with pytest.raises(BadFileError, match="without its private part"):
        apply(written(agent).replace("{", "{d: AAAA, ", 1))


def test_revoked_key_and_another_kind_are_refused_when_they_are_declared_again(
    devices: Devices, apply: Apply, sections: dict[str, Section]
) -> None:
    gone, reader = SigningDevice(), SigningDevice()
    apply(written(gone, revoked_because="sold"))
    apply(written(reader))
    with pytest.raises(BadFileError, match="was revoked for good"):
        apply(written(gone))
    with pytest.raises(BadFileError, match="is a id_card_reader"):
        apply(written(reader, kind="camera"))
    # Between the plan and its carrying out, somebody else may have been quicker.
    for agent, kind in ((gone, "id_card_reader"), (reader, "camera")):
        entry = DeclaredDevice(public_key=agent.jwk, kind=kind, place="hall", label="late")
        with pytest.raises(RefusedError, match="devices"):
            sections["devices"].store(entry)
    assert devices.find(reader.key_id).kind == "id_card_reader"  # type: ignore[union-attr]
