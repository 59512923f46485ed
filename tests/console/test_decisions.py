"""Decisions in the console: found, exported, and one shown masked, with its policies."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.journey.models import DecisionRow
from idp.staff.roles import Role
from policies.engine import Engine
from policies.facts import UseFacts
from policies.source import PolicySource
from tests.console.conftest import Desk, words
from tests.console.test_policies import SHIPPED, approved, proposed, written
from tests.console.test_policy_replays import NO_APP, PERSON, decided, facts, recorded
from tests.trail import detail, events

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.storage,
    pytest.mark.requirement("R2"),
    pytest.mark.requirement("R18"),
]


def test_decisions_are_found_sorted_paged_and_exported(desk: Desk) -> None:
    decided(desk, facts(status="frozen"), facts("portal-a", ial=0), days_ago=3)
    decided(desk, *[facts() for _ in range(30)], facts("portal-a", channel="app"))
    audit, url = desk.seat(Role.AUDIT), "/console/decisions"
    page = words(audit.get(url))
    assert "33 entries 1 / 2 Next" in page
    assert "Sample City Library portal-b" in page
    assert PERSON not in page
    for query, number in (
        ("client=portal-a", 2),
        ("outcome=forbid", 1),
        ("outcome=step_up", 1),
        ("outcome=made-up", 0),
        ("channel=app", 1),
        ("client=portal-a&channel=app&outcome=permit", 1),
        (f"from={desk.office.clock.now():%Y}-01-01", 33),
        ("from=2999-01-01", 0),
        ("to=2001-01-01", 0),
        ("from=0001-01-01", 33),
        ("to=9999-12-31", 33),
        (f"from=2020-01-01&to={desk.office.clock.now() - timedelta(days=2):%Y-%m-%d}", 2),
        ("from=2026-13-77&page=x", 33),
    ):
        assert f"{number} entr" in words(audit.get(f"{url}?{query}")), query
    assert "2 / 2" in words(audit.get(f"{url}?page=99"))
    by_client = words(audit.get(f"{url}?sort=client&page=1"))
    assert by_client.index("portal-a") < by_client.index("portal-b")
    first = words(audit.get(f"{url}?sort=at")).split("Kind of person")[1]
    assert "refused the account is frozen" in first[:200]
    export = audit.get(f"{url}?format=csv&client=portal-a").content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(export)))) == 3
    assert detail(events("decisions.exported")[0]) == {"decisions": 2}


def test_export_of_decisions_holds_no_formula(desk: Desk) -> None:
    decided(desk, facts('=HYPERLINK("https://evil.example")'))
    export = desk.seat(Role.AUDIT).get("/console/decisions?format=csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(export)))
    assert rows[1][1].startswith("'=")


def test_department_meets_decisions_about_its_own_clients_alone(desk: Desk) -> None:
    own, other = decided(desk, facts("portal-b"), facts("portal-a"))
    browser = desk.seat(Role.DEPARTMENT)
    listed = words(browser.get("/console/decisions"))
    assert "portal-b" in listed
    assert "portal-a" not in listed
    assert "0 entries" in words(browser.get("/console/decisions?client=portal-a"))
    export = browser.get("/console/decisions?format=csv").content.decode()
    assert "portal-a" not in export
    assert browser.get(f"/console/decisions/{other}").status_code == 404
    assert browser.get(f"/console/decisions/{own}?of=version:0").status_code == 404
    assert browser.get(f"/console/decisions/{own}").status_code == 200


def test_decision_is_shown_masked_with_its_policies_and_put_to_a_draft(desk: Desk) -> None:
    desk.office.clock.advance(seconds=-60)
    (number,) = decided(desk, facts(status="frozen", methods=frozenset({"face"})))
    desk.office.clock.advance(seconds=60)
    draft = written(desk, SHIPPED.replace('"frozen"', '"melted"')).rsplit("/", 1)[1]
    page = words(desk.seat(Role.SYSTEM).get(f"/console/decisions/{number}?of=draft:{draft}"))
    assert "refused the account is frozen by frozen-person In force then: Version 0" in page
    assert "Verification methods face" in page
    assert "Network 203.•••" in page
    assert "Device kiosk-ha…" in page
    assert "no policy permits it" in page
    for hidden in (PERSON, "203.0.113", "kiosk-hall-north"):
        assert hidden not in page
    guards = desk.seat(Role.SECURITY).get(f"/console/decisions/{number}").content.decode()
    assert f'href="/console/people/{PERSON}"' in guards
    assert desk.seat(Role.SECURITY).get("/console/decisions/999").status_code == 404
    assert (
        desk.seat(Role.SECURITY).get(f"/console/decisions/{number}?of=draft:{draft}").status_code
        == 404
    )


def test_decision_about_an_item_hides_what_its_system_told(desk: Desk) -> None:
    use = UseFacts(
        operation="read",
        item_type="file",
        item_id="patient-陈思远",
        subject=(("mail", ("a@b.example",)),),
        item=(("owner", ("陈思远",)),),
    )
    (number,) = decided(desk, replace(facts(), use=use))
    page = words(desk.seat(Role.AUDIT).get(f"/console/decisions/{number}"))
    assert "asked by its system" in page
    assert "file / •••" in page
    assert "mail •••" in page
    for hidden in ("陈思远", "a@b.example"):
        assert hidden not in page


def test_decision_names_the_version_that_decided_when_others_came_since(desk: Desk) -> None:
    (early,) = decided(desk, facts(), days_ago=1)
    number = approved(desk, proposed(desk, NO_APP))["Location"].rsplit("/", 1)[1]
    engine = Engine(PolicySource(shared=NO_APP))
    late = recorded(desk.office.clock.now(), facts(channel="app"), engine)
    browser = desk.seat(Role.AUDIT)
    assert "In force then: Version 0" in words(browser.get(f"/console/decisions/{early}"))
    assert f"In force then: Version {number}" in words(browser.get(f"/console/decisions/{late}"))
    DecisionRow.objects.filter(id=late).update(said="another word")
    assert "No version of that time" in words(browser.get(f"/console/decisions/{late}"))
    DecisionRow.objects.filter(id=late).update(facts=b"[]")
    page = words(browser.get(f"/console/decisions/{late}"))
    assert "cannot be read any more" in page
    assert browser.get("/console/decisions").status_code == 200
