"""Devices on the console: invited by a code that is shown once, suspended, removed."""

from uuid import UUID

import pytest

from idp.staff.roles import Role
from tests.console.conftest import Desk, words
from tests.signing_devices import SigningDevice
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R10")]
NEW = {"kind": "id_card_reader", "place": "hall-1", "label": "=Reader 1", "attended": "yes"}
WHY = {"reason": "lost", "reference": "SB-2026-1"}


def invited(desk: Desk) -> str:
    page = desk.seat(Role.SYSTEM).post("/console/devices/invite", NEW).content.decode()
    return page.split('class="code secret">')[1].split("<")[0]


def enrolled(desk: Desk) -> tuple[SigningDevice, str]:
    agent, clock = SigningDevice(), desk.office.clock
    audience = desk.rooms.ground.settings.issuer
    proof = agent.proof(invited(desk), audience, int(clock.now().timestamp()))
    return agent, desk.console.works.devices.enrol(proof).device.device_id


def test_device_is_listed_when_it_enrolled_with_the_code_that_was_shown_once(desk: Desk) -> None:
    _agent, device_id = enrolled(desk)
    browser = desk.seat(Role.SUPERVISOR)
    page = words(browser.get("/console/devices?q=hall-1&sort=-seen"))
    assert "=Reader 1 Card reader hall-1 believed attended" in page
    assert "Make a code" not in page
    (told,) = events("device.invited")
    assert told.operator == str(desk.office.persona(Role.SYSTEM).account_id)
    export = browser.get("/console/devices?format=csv").content.decode("utf-8-sig")
    assert "'=Reader 1" in export
    assert "0 entries" in words(browser.get("/console/devices?status=removed"))
    one = words(browser.get(f"/console/devices/{device_id}"))
    assert device_id in one
    assert "Remove for good" not in one
    assert browser.get(f"/console/devices/{UUID(int=7)}").status_code == 404


@pytest.mark.parametrize("wrong", [{"kind": "toaster"}, {"place": " "}, {"label": "x" * 121}])
def test_no_code_is_made_when_the_description_is_wrong(desk: Desk, wrong: dict[str, str]) -> None:
    refused = desk.seat(Role.SYSTEM).post("/console/devices/invite", {**NEW, **wrong})
    assert refused.status_code == 400
    assert "Choose a kind" in words(refused)
    assert not events("device.invited")


def test_device_is_not_believed_while_it_is_suspended(desk: Desk) -> None:
    agent, device_id = enrolled(desk)
    known, url = desk.console.works.devices, f"/console/devices/{device_id}"
    browser = desk.seat(Role.SECURITY)
    assert browser.post(f"{url}/change", {"action": "suspend"}).status_code == 400
    for _ in range(2):
        assert browser.post(f"{url}/change", {"action": "suspend", **WHY})["Location"] == url
    found = known.find(agent.key_id)
    assert found
    assert found.refusal == "suspended_device"
    assert not known.advance(device_id, counter=5, now=desk.office.clock.now())
    assert "suspended" in words(browser.get("/console/devices?status=suspended"))
    (told,) = events("device.suspended")
    assert detail(told) == WHY
    browser.post(f"{url}/change", {"action": "resume", **WHY})
    again = known.find(agent.key_id)
    assert again
    assert again.refusal == ""
    assert known.advance(device_id, counter=5, now=desk.office.clock.now())
    assert events("device.resumed")


def test_device_is_never_believed_again_when_it_was_removed(desk: Desk) -> None:
    agent, device_id = enrolled(desk)
    known, url = desk.console.works.devices, f"/console/devices/{device_id}"
    browser = desk.seat(Role.SYSTEM)
    browser.post(f"{url}/change", {"action": "explode", **WHY})
    browser.post(f"{url}/change", {"action": "remove", **WHY})
    browser.post(f"{url}/change", {"action": "resume", **WHY})
    found = known.find(agent.key_id)
    assert found
    assert found.refusal == "revoked_device"
    page = words(browser.get(url))
    assert "lost SB-2026-1" in page
    assert "Let it work again" not in page
    assert len(events("device.revoked")) == 1
