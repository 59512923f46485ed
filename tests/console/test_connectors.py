"""Connectors on the console: how they stand, what the city says of them, and that it holds."""

from dataclasses import replace

import pytest

from admin.words import authority_name
from connectors.evidence import VerificationResult
from connectors.health import Asked
from connectors.outcomes import Outcome
from deploy.composition.authorities import inquiries, visits
from idp.channels.connector_desk import ConnectorWatch, Fared, fared_since, midnight_of
from idp.channels.connector_terms import Override, put_override
from idp.channels.models import ConnectorTermsRow
from idp.foundation.nodes import acknowledge
from idp.foundation.tally import Tally
from idp.foundation.version import current
from idp.staff.roles import Role
from tests.console.conftest import Desk, words
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R1")]
URL = "/console/connectors/verification/population_library"
WHY = {"reason": "failure", "reference": "YW-2026-7"}


def watch(desk: Desk, section: str = "verification") -> tuple[ConnectorWatch, Tally]:
    ground = desk.rooms.ground
    tally = Tally(ground.database, clock=ground.clock)
    return ConnectorWatch(section=section, tally=tally, store=ground.store), tally


def asked(outcome: str = "match", **fields: object) -> Asked:
    given = {
        "name": "population_library",
        "outcome": outcome,
        "is_answered": outcome == "match",
        "seconds": 0.4,
        **fields,
    }
    return Asked(**given)  # type: ignore[arg-type]


def typed(desk: Desk, **change: str) -> dict[str, str]:
    """The form as the page hands it out, with what an administrator changes."""
    page = desk.seat(Role.SYSTEM).get(URL).content.decode()
    saw = page.split('name="saw" value="')[1].split('"')[0].replace("&quot;", '"')
    return {"switch": "", "order": "", "per_day": "", "cost": "", "saw": saw, **WHY, **change}


def test_connector_shows_health_wait_use_and_cost_of_every_node_when_it_was_asked(
    desk: Desk, transactional_db: None
) -> None:
    del transactional_db
    told, tally = watch(desk)
    for _ in range(19):
        told(asked(cost=30))
    told(asked("timeout", seconds=30.0, rests_for=12.0))
    assert tally.flush() == 7
    page = words(desk.seat(Role.SUPERVISOR).get("/console/connectors?q=population"))
    assert "1 entry" in page
    assert "Public security population register population_library" in page
    listed = desk.console.works.connectors.listed(now=desk.office.clock.now())
    codes = {each.placed.authority for each in listed}
    assert {code for code in codes if str(authority_name(code)) == code} == set()
    assert "resting after failures 95.0% ≤ 0.5 s 20 ¥5.70 ¥5.70" in page
    one = words(desk.seat(Role.SUPERVISOR).get(URL))
    assert "Answered today 95.0% Failed today 1 95 of 100 waited ≤ 0.5 s" in one
    assert "Let it hold" not in one
    export = desk.seat(Role.SUPERVISOR).get("/console/connectors?format=csv&status=resting")
    assert export.content.decode("utf-8-sig").count("\r\n") == 2
    assert "0 entries" in words(desk.seat(Role.SYSTEM).get("/console/connectors?status=off"))


def test_change_holds_with_reason_and_record_when_a_system_administrator_says_so(
    desk: Desk,
) -> None:
    browser, ground = desk.seat(Role.SYSTEM), desk.rooms.ground
    change = typed(desk, switch="off", order="3", per_day="1000", cost="25")
    assert browser.post(f"{URL}/change", change)["Location"] == URL
    ground.connector_terms.reload()
    (terms,) = (
        each.terms
        for each in inquiries(ground).states(now=ground.clock.now())
        if each.terms.name == "population_library"
    )
    assert (terms.is_on, terms.order, terms.per_day, terms.cost) == (False, 3, 1000, 25)
    (told,) = events("connectors.terms_declared")
    assert told.operator == str(desk.office.persona(Role.SYSTEM).account_id)
    found = detail(told)
    assert (found["reason"], found["reference"]) == ("failure", "YW-2026-7")
    assert (found["before"], '"switch":false' in found["said"]) == ("{}", True)
    page = words(browser.get(URL))
    assert "switched off" in page
    assert "0 / 1,000" in words(browser.get("/console/connectors?status=off"))
    assert browser.post(f"{URL}/change", typed(desk)).status_code == 303
    assert not ConnectorTermsRow.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": ""}, "Choose a reason"),
        ({"reference": "?"}, "Choose a reason"),
        ({"order": "-1"}, "Whole numbers alone"),
        ({"cost": "1e3"}, "Whole numbers alone"),
        ({"per_day": "9" * 11}, "Whole numbers alone"),
        ({"switch": "perhaps"}, "Whole numbers alone"),
    ],
)
def test_nothing_changes_when_the_form_cannot_be_read(
    desk: Desk, change: dict[str, str], said: str
) -> None:
    refused = desk.seat(Role.SYSTEM).post(f"{URL}/change", typed(desk, **{"order": "3"} | change))
    assert refused.status_code == 400
    assert said in words(refused)
    assert not ConnectorTermsRow.objects.exists()


def test_both_words_are_shown_when_somebody_changed_the_connector_meanwhile(desk: Desk) -> None:
    mine = typed(desk, order="3", switch="on")
    theirs = Override(order=7, switch=False)
    put_override("verification", "population_library", theirs, clock=desk.rooms.ground.clock)
    conflict = desk.seat(Role.SYSTEM).post(f"{URL}/change", mine)
    assert conflict.status_code == 409
    assert "Somebody changed this connector" in words(conflict)
    assert words(conflict).count("Theirs:") == 2
    assert ConnectorTermsRow.objects.get().order == 7
    unreadable = {**typed(desk, order="4"), "saw": "yesterday"}
    assert desk.seat(Role.SYSTEM).post(f"{URL}/change", unreadable).status_code == 409


def test_page_says_which_nodes_have_not_caught_up_when_the_configuration_changed(
    desk: Desk,
) -> None:
    now = desk.rooms.ground.clock.now()
    acknowledge("one", current(), now=now)
    assert "on 1 node: all of them" in words(desk.seat(Role.SYSTEM).get(URL))
    desk.seat(Role.SYSTEM).post(f"{URL}/change", typed(desk, order="3"))
    assert "1 node has not caught up yet" in words(desk.seat(Role.SYSTEM).get(URL))


def test_connector_is_not_there_when_nobody_built_it(desk: Desk) -> None:
    for url in ("verification/nobody", "nothing/population_library"):
        assert desk.seat(Role.SYSTEM).get(f"/console/connectors/{url}").status_code == 404


def test_override_reaches_the_visits_when_the_city_switches_one_off(desk: Desk) -> None:
    ground = desk.rooms.ground
    (visit,) = (each for each in visits(ground) if each.terms.name == "network_identity")
    assert visit.standing.is_on
    said = Override(switch=False, cost=80, per_day=5)
    put_override("visits", "network_identity", said, clock=ground.clock)
    ground.connector_terms.reload()
    assert visit.standing == replace(visit.terms, is_on=False, cost=80, per_day=5)


def test_visit_is_counted_and_charged_when_the_authority_answered(
    desk: Desk, transactional_db: None
) -> None:
    del transactional_db
    ground = desk.rooms.ground
    (visit,) = (each for each in visits(ground) if each.terms.name == "network_identity")
    assert visit.health
    now = ground.clock.now()
    for outcome in (Outcome.MATCH, Outcome.TIMEOUT):
        result = VerificationResult(
            outcome=outcome, method="network_identity", authority="cyber", checked_at=now
        )
        visit.health.record("network_identity", result, seconds=60.0, cost=80)
    ground.tally.flush()
    found = fared_since(midnight_of(now))["visits/network_identity"]
    assert (found.answered, found.failed, found.cost) == (1, 1, 80)
    assert (found.p95, found.is_beyond) == (20.0, True)


def test_connector_is_ailing_when_half_of_enough_tries_failed() -> None:
    assert Fared(answered=2, failed=3).is_ailing
    assert not Fared(answered=3, failed=3).is_ailing
    assert not Fared(failed=4).is_ailing
    assert Fared().success_rate is None
