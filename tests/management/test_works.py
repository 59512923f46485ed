"""Devices, connectors and settings over the API: as the console has them, with reason and case."""

from typing import Any, get_args

import pytest

from admin.api.sections import connectors, devices
from admin.reasons import CONNECTOR_REASONS, DEVICE_REASONS
from deploy.composition.channels import devices as device_room
from idp.channels.connector_terms import Override, override_of, put_override
from idp.channels.devices import KINDS, NewDevice
from idp.staff.roles import Role
from tests.management.conftest import Api, problem
from tests.signing_devices import SigningDevice
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
CASE = {"reason": "maintenance", "reference": "GD-2026-0077"}
KIOSK = {"kind": "kiosk", "place": "hall-1", "label": "Kiosk 1"}
LIBRARY = "/connectors/verification/population_library"


def declared(api: Api, *labels: str) -> list[dict[str, Any]]:
    room = device_room(api.desk.office.ground)
    for label in labels:
        new = NewDevice(kind="kiosk", place="hall-1", label=label)
        room.declare(SigningDevice().jwk, new, operator="op")
    items: list[dict[str, Any]] = api.ask(Role.SYSTEM, "GET", "/devices").json()["items"]
    return items


def test_devices_are_listed_and_shown(api: Api) -> None:
    declared(api, "one", "two")
    listed = api.ask(Role.SYSTEM, "GET", "/devices?limit=1").json()
    rest = api.ask(Role.SYSTEM, "GET", f"/devices?cursor={listed['next_cursor']}").json()
    every = [*listed["items"], *rest["items"]]
    assert {each["label"] for each in every} == {"one", "two"}
    shown = api.ask(Role.SYSTEM, "GET", f"/devices/{every[0]['device_id']}").json()
    assert shown == every[0]
    assert problem(api.ask(Role.SYSTEM, "GET", "/devices/none")) == "invalid"


def test_device_enrols_by_the_code_that_an_invitation_told(api: Api) -> None:
    made = api.ask(Role.SYSTEM, "POST", "/devices/invitations", KIOSK)
    assert made.status_code == 201
    room = device_room(api.desk.office.ground)
    now, issuer = api.desk.office.clock.timestamp(), api.desk.office.ground.settings.issuer
    proof = SigningDevice().proof(made.json()["code"], issuer, int(now))
    assert room.enrol(proof).label == "Kiosk 1"
    told = events("device.invited")[0]
    assert (told.operator, told.channel) == ("client:api-system", "api")
    refused = api.ask(Role.SYSTEM, "POST", "/devices/invitations", {**KIOSK, "place": "  "})
    assert refused.json()["errors"][0]["pointer"] == "#/place"


def test_device_is_suspended_let_work_again_and_removed_with_reason_and_case(api: Api) -> None:
    (device,) = declared(api, "one")
    url = f"/devices/{device['device_id']}"
    read = api.ask(Role.SECURITY, "GET", url)["ETag"]
    suspended = api.ask(Role.SECURITY, "POST", f"{url}/suspend", CASE, If_Match=read)
    assert suspended.json()["state"] == "suspended"
    assert suspended.json()["suspended_at"]
    told = events("device.suspended")[0]
    assert (told.operator, told.channel) == ("client:api-security", "api")
    assert detail(told) == CASE
    assert problem(api.ask(Role.SECURITY, "POST", f"{url}/suspend", CASE)) == "conflict"
    late = api.ask(Role.SECURITY, "POST", f"{url}/resume", CASE, If_Match=read)
    assert problem(late) == "changed-meanwhile"
    assert api.ask(Role.SYSTEM, "POST", f"{url}/resume", CASE).json()["state"] == "working"
    assert problem(api.ask(Role.SYSTEM, "POST", f"{url}/resume", CASE)) == "conflict"
    removed = api.ask(Role.SYSTEM, "POST", f"{url}/remove", CASE).json()
    assert (removed["state"], removed["revoked_because"]) == ("removed", "maintenance GD-2026-0077")
    assert events("device.revoked")[0].channel == "api"
    for verb in ("suspend", "resume", "remove"):
        assert problem(api.ask(Role.SYSTEM, "POST", f"{url}/{verb}", CASE)) == "conflict"


@pytest.mark.parametrize("verb", ["suspend", "resume", "remove"])
def test_device_stays_as_it_is_when_nobody_says_why(api: Api, verb: str) -> None:
    (device,) = declared(api, "one")
    url = f"/devices/{device['device_id']}"
    refused = api.ask(Role.SYSTEM, "POST", f"{url}/{verb}", {"reason": "because"})
    assert {each["pointer"] for each in refused.json()["errors"]} == {"#/reason", "#/reference"}
    assert api.ask(Role.SYSTEM, "GET", url).json() == device


def test_connectors_are_listed_as_the_console_lists_them_under_the_terms_that_hold(
    api: Api,
) -> None:
    ground = api.desk.rooms.ground
    put_override(
        "verification", "population_library", Override(switch=False, cost=7), clock=ground.clock
    )
    listed = api.ask(Role.SUPERVISOR, "GET", "/connectors").json()["items"]
    placed = {(each.section, each.terms.name) for each in api.desk.rooms.hall.connectors}
    assert {(each["section"], each["name"]) for each in listed} == placed
    (library,) = [each for each in listed if each["name"] == "population_library"]
    assert (library["state"], library["is_on"], library["cost"]) == ("off", False, 7)
    assert library["said"] == {"switch": False, "order": None, "per_day": None, "cost": 7}
    assert api.ask(Role.SECURITY, "GET", LIBRARY).json() == library


def test_connector_is_changed_with_reason_and_case_by_who_read_it(api: Api) -> None:
    read = api.ask(Role.SYSTEM, "GET", LIBRARY)
    change = {"switch": False, "per_day": 500, **CASE}
    assert problem(api.ask(Role.SYSTEM, "PATCH", LIBRARY, change)) == "unconditional"
    changed = api.ask(Role.SYSTEM, "PATCH", LIBRARY, change, If_Match=read["ETag"])
    assert (changed.json()["is_on"], changed.json()["per_day"]) == (False, 500)
    told = events("connectors.terms_declared")[0]
    assert (told.operator, told.channel) == ("client:api-system", "api")
    assert detail(told)["reference"] == CASE["reference"]
    late = api.ask(Role.SYSTEM, "PATCH", LIBRARY, change, If_Match=read["ETag"])
    assert problem(late) == "changed-meanwhile"
    assert late["ETag"] == changed["ETag"]
    back = {"switch": None, **CASE}
    left = api.ask(Role.SYSTEM, "PATCH", LIBRARY, back, If_Match=changed["ETag"]).json()
    assert (left["is_on"], left["per_day"]) == (True, 500)
    assert override_of("verification", "population_library") == Override(per_day=500)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        pytest.param("order", -1, id="negative"),
        pytest.param("cost", 1_000_001, id="too large"),
        pytest.param("per_day", "5", id="text"),
        pytest.param("switch", "off", id="no truth value"),
        pytest.param("secret", "x", id="the file's to say"),
    ],
)
def test_connector_stays_as_it_is_when_the_change_makes_no_sense(
    api: Api, word: str, value: object
) -> None:
    read = api.ask(Role.SYSTEM, "GET", LIBRARY)["ETag"]
    refused = api.ask(Role.SYSTEM, "PATCH", LIBRARY, {word: value, **CASE}, If_Match=read)
    assert [each["pointer"] for each in refused.json()["errors"]] == [f"#/{word}"]
    assert override_of("verification", "population_library") is None


def test_connector_is_not_found_when_nobody_built_it(api: Api) -> None:
    for path in ("/connectors/verification/nobody", "/connectors/staff/population_library"):
        assert problem(api.ask(Role.SYSTEM, "GET", path)) == "not-found"


def test_settings_are_told_without_any_secret(api: Api) -> None:
    told = api.ask(Role.AUDIT, "GET", "/settings").json()["items"]
    names = [each["name"] for each in told]
    assert names == sorted(names)
    secrets = [each for each in told if each["is_secret"]]
    assert secrets
    assert all(each["value"] is None for each in secrets)
    assert any(each["value"] for each in told)


def test_words_are_the_consoles() -> None:
    for model, known in (
        (devices.DeviceChange, DEVICE_REASONS),
        (connectors.ConnectorChange, CONNECTOR_REASONS),
    ):
        assert set(get_args(model.model_fields["reason"].annotation)) == set(known)
    assert set(get_args(devices.NewInvitation.model_fields["kind"].annotation)) == KINDS
