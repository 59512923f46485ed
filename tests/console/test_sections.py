"""What administrators see and change: clients, people, sessions, keys, the trail, staff."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.composition.ground import AUDIT_PLAN
from idp.foundation.audit import chain_pending
from idp.foundation.audit.models import AuditRow
from idp.foundation.keys import AUDIT, rotate
from idp.foundation.outbox.models import OutboxMessage
from idp.foundation.sealing.models import DataKey
from idp.staff.roles import Role
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.identifiers import TypedIdentifier
from tests.conftest import triggers_at_rest
from tests.console.conftest import Desk, words
from tests.staff.conftest import new_member
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
PHONE = "+8613900000042"
NUMBER = "350200198803149915"
CASE = {"reason": "hotline", "reference": "GD-2026-0042"}


def verified(desk: Desk) -> UUID:
    person_id = desk.resident(PHONE)
    now = desk.office.clock.now()
    document = VerifiedDocument(
        document_type="resident_id_card", number=NUMBER, holder_name="陈思远"
    )
    check = Check(
        method="population_library", authority="population", checked_at=now, identity_level=2
    )
    desk.rooms.hall.subjects.documents.keep(person_id, document, check)
    return person_id


def session_of(desk: Desk, person_id: UUID) -> Any:
    started, _secret = desk.rooms.hall.subjects.sessions.start(
        person_id=person_id, aal=1, amr=("sms",), channel="web", now=desk.office.clock.now()
    )
    return started


def test_clients_are_found_sorted_and_exported_when_asked(desk: Desk) -> None:
    browser = desk.seat(Role.SUPERVISOR)
    assert "1 entry" in words(browser.get("/console/clients?q=图书馆"))
    assert "Nothing was found" in words(browser.get("/console/clients?q=nothing"))
    down = words(browser.get("/console/clients?sort=-client_id"))
    assert down.index("portal-b") < down.index("portal-a") < down.index("kiosk-hall-01")
    assert "3 entries" in words(browser.get("/console/clients?sort=made-up&status=active"))
    assert "0 entries" in words(browser.get("/console/clients?status=suspended"))
    export = browser.get("/console/clients?format=csv&q=portal")
    assert export["Content-Type"].startswith("text/csv")
    assert export.content.decode("utf-8-sig").count("\r\n") == 3
    assert "Edit" not in words(browser.get("/console/clients/portal-a"))
    assert browser.get("/console/clients/nobody").status_code == 404


def form_of(desk: Desk, client_id: str, **change: str) -> dict[str, str]:
    found = desk.console.city.clients.find(client_id)
    assert found
    return {
        "version": found.version,
        "client_name": found.client.name_in(""),
        "redirect_uris": "\n".join(found.client.redirect_uris),
        **change,
    }


def test_change_is_kept_when_nobody_else_changed_the_client(desk: Desk) -> None:
    browser = desk.seat(Role.SYSTEM)
    url = "/console/clients/portal-a/edit"
    assert browser.get(url).status_code == 200
    level = "urn:tongxing:acr:ial2:aal1"
    done = browser.post(url, form_of(desk, "portal-a", contacts="a@b.example", minimum_acr=level))
    assert done["Location"] == "/console/clients/portal-a"
    found = desk.console.city.clients.find("portal-a")
    assert found
    assert found.client.contacts == ("a@b.example",)
    assert found.client.minimum_level.acr == level
    assert found.client.secret_sha256 == b""
    (told,) = events("client.amended")
    assert told.actor == str(desk.office.persona(Role.SYSTEM).account_id)
    assert level in words(browser.get("/console/clients/portal-a"))


def test_both_changes_are_shown_when_two_edit_at_once(desk: Desk) -> None:
    mine, theirs = desk.seat(Role.SYSTEM), desk.seat(Role.DEPARTMENT)
    url = "/console/clients/portal-b/edit"
    old = form_of(desk, "portal-b")
    assert theirs.post(url, {**old, "client_uri": "https://theirs.example/"}).status_code == 303
    conflict = mine.post(url, {**old, "client_uri": "https://mine.example/"})
    assert conflict.status_code == 409
    page = conflict.content.decode()
    assert "Somebody changed this client" in words(conflict)
    assert "https://theirs.example/" in page
    assert "https://mine.example/" in page
    found = desk.console.city.clients.find("portal-b")
    assert found
    assert found.client.client_uri == "https://theirs.example/"
    again = form_of(desk, "portal-b", client_uri="https://mine.example/")
    assert mine.post(url, again).status_code == 303
    assert mine.post(url, {**again, "version": "yesterday"}).status_code == 409


def test_change_is_refused_with_words_when_metadata_cannot_be(desk: Desk) -> None:
    browser = desk.seat(Role.SYSTEM)
    refused = browser.post(
        "/console/clients/portal-a/edit", form_of(desk, "portal-a", redirect_uris="javascript:x")
    )
    assert refused.status_code == 400
    assert "redirect_uris" in words(refused)
    assert not events("client.amended")


def test_client_is_suspended_and_reinstated_when_a_guard_says_so(desk: Desk) -> None:
    browser = desk.seat(Role.SECURITY)
    url = "/console/clients/portal-a"
    browser.post(f"{url}/status", {"status": "suspended"})
    browser.post(f"{url}/status", {"status": "suspended"})
    assert "Let it work again" in words(browser.get(url))
    assert len(events("client.suspended")) == 1
    browser.post(f"{url}/status", {"status": "active"})
    assert events("client.active")


@pytest.mark.parametrize("typed", ["139 0000 0042", NUMBER, NUMBER[:6] + " " + NUMBER[6:]])
def test_person_is_found_masked_when_a_whole_value_is_typed(desk: Desk, typed: str) -> None:
    person_id = verified(desk)
    browser = desk.seat(Role.SUPERVISOR)
    found = browser.post("/console/people", {"q": typed})
    assert found["Location"] == f"/console/people/{person_id}"
    page = words(browser.get(found["Location"]))
    assert "**远" in page
    for clear in ("陈思远", NUMBER, "13900000042"):
        assert clear not in page
    assert "Unmask" not in page
    searched = events("person.searched")[-1]
    assert searched.subject == str(person_id)
    assert typed not in searched.detail


def test_person_is_found_masked_when_their_address_is_typed(desk: Desk) -> None:
    person_id, address = verified(desk), "chen@mail.example"
    found_by = TypedIdentifier(kind="email", value=address)
    now = desk.office.clock.now()
    desk.rooms.hall.subjects.people.add_identifier(person_id, found_by, verified_at=now)
    browser = desk.seat(Role.SUPERVISOR)
    page = words(browser.get(browser.post("/console/people", {"q": address})["Location"]))
    assert "c***@mail.example" in page
    assert address not in page


NOBODYS_ID = "7c2e1f0a-3b5d-4c6e-8f90-a1b2c3d4e5f6"


@pytest.mark.parametrize("typed", ["", "nobody", "139", NUMBER[:-1], NOBODYS_ID, "=1+1"])
def test_nobody_is_found_when_the_value_is_not_whole(desk: Desk, typed: str) -> None:
    verified(desk)
    browser = desk.seat(Role.SECURITY)
    assert "Nobody was found" in words(browser.post("/console/people", {"q": typed}))
    assert browser.get(f"/console/people/{uuid4()}").status_code == 404


def test_mask_falls_for_five_minutes_when_a_reason_is_given(desk: Desk) -> None:
    person_id = verified(desk)
    browser, url = desk.seat(Role.SECURITY), f"/console/people/{person_id}"
    for bad in ({}, {**CASE, "reference": "?"}, {**CASE, "reason": "curious"}):
        refused = browser.post(f"{url}/unmask", bad)
        assert refused.status_code == 400
        assert "Choose a reason" in words(refused)
    assert browser.post(f"{url}/unmask", CASE)["Location"] == url
    page = words(browser.get(url))
    assert "陈思远" in page
    assert NUMBER in page
    (told,) = events("person.unmasked")
    assert detail(told) == {**CASE, "seconds": 300}
    assert told.operator == str(desk.office.persona(Role.SECURITY).account_id)
    assert "陈思远" not in words(desk.seat(Role.SUPERVISOR).get(url))
    signed = desk.console.staff.sessions.open(browser.cookies[desk.console.cookie].value)
    assert signed
    desk.office.ground.store.delete(f"console:unmasked:{signed.id}:{person_id}")
    assert "陈思远" not in words(browser.get(url))


def test_account_freezes_and_its_person_is_told_when_a_reason_is_given(desk: Desk) -> None:
    person_id = verified(desk)
    session = session_of(desk, person_id)
    browser, url = desk.seat(Role.SECURITY), f"/console/people/{person_id}"
    assert browser.post(f"{url}/freeze", {}).status_code == 400
    reason = {"reason": "misuse", "reference": "GD-7"}
    assert browser.post(f"{url}/freeze", reason)["Location"] == url
    page = words(browser.get(url))
    assert "frozen" in page
    assert "frozen · Somebody else seems to use the account GD-7" in page
    sessions = desk.rooms.hall.subjects.sessions
    assert sessions.find(session.id, now=desk.office.clock.now()) is None
    (told,) = events("person.status_changed")
    assert str(desk.office.persona(Role.SECURITY).account_id) in (told.actor, told.operator)
    assert OutboxMessage.objects.filter(kind="security_notice").exists()
    assert browser.post(f"{url}/freeze", reason).status_code == 409
    assert browser.post(f"/console/people/{uuid4()}/freeze", reason).status_code == 404
    settled = {"reason": "released", "reference": "GD-8"}
    assert browser.post(f"{url}/reopen", settled)["Location"] == url
    assert "Freeze the account" in words(browser.get(url))


def test_session_is_found_and_ended_when_a_guard_says_so(desk: Desk) -> None:
    person_id = verified(desk)
    session = session_of(desk, person_id)
    browser = desk.seat(Role.SECURITY)
    for typed in (str(session.id), PHONE):
        page = browser.post("/console/sessions", {"q": typed})
        assert f"/console/sessions/{session.id}/end" in page.content.decode()
    assert "No live session" in words(browser.post("/console/sessions", {"q": "nobody"}))
    assert browser.get("/console/sessions").status_code == 200
    ended = browser.post(f"/console/sessions/{session.id}/end")
    assert ended["Location"] == f"/console/people/{person_id}"
    assert browser.post(f"/console/sessions/{session.id}/end")["Location"] == "/console/sessions"
    (told,) = events("session.ended")
    assert detail(told)["reason"] == "ended_by_operator"
    assert "None." in words(browser.get(f"/console/people/{person_id}"))


def test_keys_are_listed_and_rotated_when_a_system_administrator_says_so(desk: Desk) -> None:
    ground = desk.office.ground
    rotate(desk.office.clock.now(), sealer=ground.sealer, plan=ground.token_plan)
    browser = desk.seat(Role.SYSTEM)
    assert "signing" in words(browser.get("/console/keys"))
    assert browser.post("/console/keys/rotate", {"alg": "ES256"})["Location"] == "/console/keys"
    assert browser.post("/console/keys/rotate", {"alg": "none"}).status_code == 404
    assert "published, not signing yet" in words(browser.get("/console/keys?sort=state"))
    assert browser.get("/console/keys?format=csv").content.startswith(b"\xef\xbb\xbf")
    assert detail(events("keys.announced")[0])["alg"] == "ES256"


def test_trail_names_operators_and_is_narrowed_by_the_user_name_beside_the_name(
    desk: Desk,
) -> None:
    person_id, guard = desk.resident(), desk.seat(Role.SECURITY)
    guard.post("/console/people", {"q": "+8613900000042"})
    browser = desk.seat(Role.SUPERVISOR)
    trail = browser.get("/console/audit?type=person.searched&operator=security")
    assert "沈若兰 (security)" in words(trail)
    assert f'href="/console/people/{person_id}"' in trail.content.decode()
    assert "Nothing yet" in words(browser.get("/console/audit?type=person.searched&operator=audit"))
    unseen = desk.seat(Role.AUDIT).get("/console/audit?type=person.searched")
    assert "沈若兰 (security)" in words(unseen)
    assert "/console/people/" not in unseen.content.decode()


def test_trail_is_read_page_by_page_and_exported_when_asked(desk: Desk) -> None:
    person_id = desk.resident()
    browser = desk.seat(Role.AUDIT)
    for _ in range(60):
        session_of(desk, person_id)
    page = browser.get("/console/audit?type=session.").content.decode()
    assert page.count("session.started") == 50
    older = page.split("before=")[1].split('"')[0]
    rest = browser.get(f"/console/audit?type=session.&before={older}").content.decode()
    assert rest.count("session.started") == 10
    assert "Older" not in rest
    for nothing in ("type=nothing", "operator=x", "before=0", "subject=x", "outcome=x"):
        assert "Nothing yet" in words(browser.get(f"/console/audit?{nothing}"))
    assert browser.get("/console/audit?before=x").status_code == 200
    export = browser.get("/console/audit?format=csv&type=session.started").content
    assert export.decode("utf-8-sig").count("\r\n") == 61
    assert detail(events("audit.exported")[0]) == {"events": 60}


def test_chain_is_proven_and_its_break_is_told_when_an_auditor_asks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground, now = desk.office.ground, desk.office.clock.now()
    rotate(now, sealer=ground.sealer, plan=AUDIT_PLAN)
    browser = desk.seat(Role.AUDIT)
    chain_pending(now, ring=ground.audit_keys)
    assert "The chain is intact" in words(browser.post("/console/audit/proof"))
    assert AUDIT_PLAN.purpose == AUDIT
    assert detail(events("audit.proven")[0])["intact"] is True
    state = desk.console.city.trail.state()
    assert state.signed_until == state.chained > 0
    monkeypatch.setattr("idp.foundation.audit.trail.MOST_PROVEN", 0)
    assert "manage.py audit verify" in words(browser.post("/console/audit/proof"))
    monkeypatch.undo()
    with triggers_at_rest():
        AuditRow.objects.filter(seq=2).update(outcome="success, we swear")
    assert "The chain is broken 2 the event was altered" in words(
        browser.post("/console/audit/proof")
    )


def test_staff_are_invited_unlocked_and_closed_when_a_guard_says_so(desk: Desk) -> None:
    browser = desk.seat(Role.SECURITY)
    made = desk.console.staff.accounts.create(new_member("wu", role=Role.SUPERVISOR))
    url = f"/console/staff/{made.id}"
    assert "wu" in words(browser.get("/console/staff?q=wu"))
    assert browser.get("/console/staff?format=csv").status_code == 200
    shown = words(browser.post("/console/staff/invite", {"role": "audit"}))
    assert "http://localhost:18700/console/enrol/" in shown
    assert browser.post("/console/staff/invite", {"role": "department"}).status_code == 400
    assert browser.post("/console/staff/invite", {"role": "root"}).status_code == 404
    for _ in range(5):
        desk.console.staff.accounts.failed(made, why="password", now=desk.office.clock.now())
    assert "locked" in words(browser.get(url))
    assert browser.post(f"{url}/change", {"action": "unlock"})["Location"] == url
    assert "/console/enrol/" in words(browser.post(f"{url}/change", {"action": "again"}))
    assert browser.post(f"{url}/change", {"action": "close"})["Location"] == url
    assert "closed" in words(browser.get(url))
    assert browser.post(f"{url}/change", {"action": "again"})["Location"] == url
    own = desk.office.persona(Role.SECURITY).account_id
    browser.post(f"/console/staff/{own}/change", {"action": "close"})
    assert browser.get("/console/").status_code == 200
    assert browser.get(f"/console/staff/{uuid4()}").status_code == 404
    last = desk.console.staff.accounts.create(new_member("li"))
    stays = browser.post(f"/console/staff/{last.id}/change", {"action": "close"})
    assert "last administrator of its role" in words(stays)


def test_staff_are_suspended_and_let_in_again_when_a_guard_says_so(desk: Desk) -> None:
    browser = desk.seat(Role.SECURITY)
    accounts = desk.console.staff.accounts
    made = accounts.create(new_member("wu", role=Role.SUPERVISOR, is_invited=True))
    url = f"/console/staff/{made.id}"
    assert "invited" in words(browser.get("/console/staff?q=wu"))
    assert "One-time link to the account" in words(browser.get(url))
    link = browser.post(f"{url}/change", {"action": "again"})
    assert "/console/enrol/" in words(link)
    _signed, secret = desk.console.staff.sessions.start(made, Kind.TOTP)
    assert browser.post(f"{url}/change", {"action": "suspend"})["Location"] == url
    assert desk.console.staff.sessions.open(secret) is None
    shown = words(browser.get(url))
    assert "suspended" in shown
    assert "Let it work again" in shown
    assert browser.post(f"{url}/change", {"action": "again"})["Location"] == url
    browser.post(f"{url}/change", {"action": "reinstate"})
    browser.post(f"{url}/change", {"action": "reinstate"})
    assert "invited" in words(browser.get(url))
    (told,) = events("staff.reinstated")
    assert told.operator == str(desk.office.persona(Role.SECURITY).account_id)
    assert told.channel == "console"
    last = accounts.create(new_member("li"))
    stays = browser.post(f"/console/staff/{last.id}/change", {"action": "suspend"})
    assert "last administrator of its role" in words(stays)


def test_erased_person_is_shown_without_anything_when_their_key_is_destroyed(desk: Desk) -> None:
    person_id = verified(desk)
    DataKey.objects.filter(owner=person_id).update(
        sealed_key=b"", destroyed_at=desk.office.clock.now() - timedelta(days=1)
    )
    case = desk.console.city.casebook.open(person_id, now=desk.office.clock.now())
    assert case
    assert (case.name, case.identifiers, case.documents) == ("", (), ())
