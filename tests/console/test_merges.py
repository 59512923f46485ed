"""Merging two accounts on the console, parting them again, and acting on several at once."""

from uuid import UUID, uuid4

import pytest

from idp.staff.roles import Role
from idp.subjects.models import Merge, Person
from tests.console.conftest import Desk, words
from tests.console.test_sections import PHONE, session_of, verified
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R5")]
OTHER = "+8613900000099"
WHY = {"reason": "duplicate", "reference": "GD-2026-11"}


def pair(desk: Desk) -> tuple[UUID, UUID]:
    """One who is verified, and another account of theirs without any evidence."""
    return verified(desk), desk.resident(OTHER)


def test_what_merging_would_do_is_shown_when_nothing_ties_the_two(desk: Desk) -> None:
    one, other = pair(desk)
    browser = desk.seat(Role.SECURITY)
    shown = words(browser.post(f"/console/people/{one}/merge/find", {"q": OTHER}))
    assert "No evidence ties the two." in shown
    assert "**远" in shown
    assert OTHER[3:] not in shown
    given = {"other": str(other), **WHY}
    refused = browser.post(f"/console/people/{one}/merge", given)
    assert refused.status_code == 409
    assert "forbids it" in words(refused)
    assert not Merge.objects.exists()
    searched = events("person.searched")[-1]
    assert detail(searched) == {"found": True, "for": "merge"}


def test_two_are_merged_and_parted_again_when_an_operator_saw_the_originals(desk: Desk) -> None:
    one, other = pair(desk)
    browser = desk.seat(Role.SECURITY)
    given = {"other": str(one), "originals": "yes", **WHY}
    done = browser.post(f"/console/people/{other}/merge", given)
    merge = Merge.objects.get()
    assert done["Location"] == f"/console/merges/{merge.id}"
    assert (merge.survivor_id, merge.retired_id, merge.rule) == (one, other, "operator")
    assert merge.reference == "duplicate GD-2026-11"
    page = words(browser.get(done["Location"]))
    assert "An operator saw the originals" in page
    assert "Reason One person has two accounts GD-2026-11" in page
    assert "Part the two again" in page
    assert "Part the two again" not in words(desk.seat(Role.SUPERVISOR).get(done["Location"]))
    assert f"/console/merges/{merge.id}" in browser.get(f"/console/people/{one}").content.decode()
    url = f"/console/merges/{merge.id}/undo"
    assert browser.post(url, WHY).status_code == 400
    parted = browser.post(url, {"reason": "mistake", "reference": "GD-12"})
    assert parted["Location"] == f"/console/merges/{merge.id}"
    assert Person.objects.get(id=other).merged_into_id is None
    assert "parted again" in words(browser.get(parted["Location"]))
    told = events("person.merge_undone")[-1]
    assert told.operator == str(desk.office.persona(Role.SECURITY).account_id)
    assert detail(told)["reference"] == "mistake GD-12"
    late = browser.post(url, {"reason": "mistake", "reference": "GD-12"})
    assert late.status_code == 409


def test_merging_is_refused_when_nobody_else_is_there(desk: Desk) -> None:
    one, other = pair(desk)
    browser = desk.seat(Role.SECURITY)
    for typed in ("nobody", PHONE):
        found = browser.post(f"/console/people/{one}/merge/find", {"q": typed})
        assert found.status_code == 404
        assert "No other account" in words(found)
    for wrong in ("x", str(uuid4())):
        url = f"/console/people/{one}/merge"
        assert browser.post(url, {"other": wrong, **WHY}).status_code == 404
    for nobody in ("no", OTHER):
        url = f"/console/people/{uuid4()}/merge/find"
        assert browser.post(url, {"q": nobody}).status_code == 404
    for more in ({}, WHY, {**WHY, "originals": "yes"}):
        nobodys = browser.post(f"/console/people/{uuid4()}/merge", {"other": str(other), **more})
        assert nobodys.status_code == 404
    themselves = browser.post(f"/console/people/{one}/merge", {"other": str(one), **WHY})
    assert themselves.status_code == 409
    assert not Merge.objects.exists()
    url = f"/console/people/{one}/merge"
    assert browser.post(url, {"other": str(other)}).status_code == 400
    assert browser.get(f"/console/merges/{uuid4()}").status_code == 404


def test_all_sessions_end_when_their_number_was_confirmed(desk: Desk) -> None:
    person_id = verified(desk)
    url = f"/console/people/{person_id}/sessions/end"
    browser = desk.seat(Role.SECURITY)
    assert browser.post(url)["Location"] == f"/console/people/{person_id}"
    session_of(desk, person_id)
    session_of(desk, person_id)
    assert "End 2 sessions" in words(browser.post(url))
    session_of(desk, person_id)
    assert "End 3 sessions" in words(browser.post(url, {"count": "2"}))
    assert not events("session.end_ordered")
    browser.post(url, {"count": "3"})
    assert len(events("session.ended")) == 3
    assert len(events("session.end_ordered")) == 3


def test_marked_clients_are_suspended_when_their_number_was_confirmed(desk: Desk) -> None:
    browser, url = desk.seat(Role.SECURITY), "/console/clients/bulk"
    chosen = ["portal-a", "portal-b", "portal-a", "nobody"]
    assert 'name="chosen" value="portal-a"' in browser.get("/console/clients").content.decode()
    asked = browser.post(url, {"chosen": chosen, "status": "suspended"})
    assert "Suspend 2 clients" in words(asked)
    assert not events("client.suspended")
    done = browser.post(url, {"chosen": chosen, "status": "suspended", "count": "2"})
    assert done["Location"] == "/console/clients?status=suspended"
    assert len(events("client.suspended")) == 2
    again = browser.post(url, {"chosen": chosen, "status": "suspended", "count": "2"})
    assert again["Location"] == "/console/clients"
    back = browser.post(url, {"chosen": chosen, "status": "active"})
    assert "Let 2 clients work again" in words(back)
    assert browser.post(url, {"chosen": chosen, "status": "gone"}).status_code == 303
    assert (
        'name="chosen"' not in desk.seat(Role.SUPERVISOR).get("/console/clients").content.decode()
    )
