"""Drafts put to made-up people, and replayed against what was decided."""

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.composition.policy_tasks import policy_tasks
from deploy.replays import carry_out_next
from idp.journey.access.history import _Made, _row
from idp.journey.access.replays import MOST_AT_ONCE, Order, Replays
from idp.journey.models import DecisionRow, PolicyDraftRow, PolicyReplayRow
from idp.staff.roles import Role
from policies.engine import Engine
from policies.facts import Facts
from policies.replay import Effect, Group, Progress
from policies.source import default_policies
from tests.console.conftest import Desk, words
from tests.console.test_policies import NIGHT, SHIPPED, asked_for, proposed, written
from tests.policies.conftest import ORDINARY
from tests.trail import detail, events

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("R2"),
    pytest.mark.requirement("R18"),
]
NO_APP = (
    f'{SHIPPED}\n@id("no-app") @reason("r") forbid (principal, action, resource)'
    ' when { context.request.channel == "app" };\n'
)
PERSON = str(uuid4())


def facts(client_id: str = "portal-b", channel: str = "web", **subject: object) -> Facts:
    return replace(
        ORDINARY,
        subject=replace(ORDINARY.subject, person_id=PERSON, **subject),  # type: ignore[arg-type]
        client=replace(
            ORDINARY.client, client_id=client_id, allowed_channels=frozenset({"web", "app"})
        ),
        request=replace(
            ORDINARY.request, channel=channel, network="203.0.113", device="kiosk-hall-north"
        ),
    )


def recorded(at: datetime, made: Facts, engine: Engine) -> int:
    """Record what an engine decides; the number."""
    columns = _row(_Made(at, made, engine.decide(made)))
    names = ("at", "client_id", "channel", "outcome", "said", "facts")
    return DecisionRow.objects.create(**dict(zip(names, columns, strict=True))).id


def decided(desk: Desk, *made: Facts, days_ago: float = 0) -> list[int]:
    """Record what the shipped policies decide; the numbers."""
    engine, at = Engine(default_policies()), desk.office.clock.now() - timedelta(days=days_ago)
    return [recorded(at, each, engine) for each in made]


def ordered(desk: Desk, of: str, role: Role = Role.SYSTEM, **posted: str) -> Any:
    return desk.seat(role).post("/console/policies/replays", {"of": of, "days": "7", **posted})


def test_what_if_tells_decision_policies_and_what_would_change_it(desk: Desk) -> None:
    draft = written(desk, f"{SHIPPED}\n{NIGHT}\n").rsplit("/", 1)[1]
    url = f"/console/policies/what-if?of=draft:{draft}&ask=1&client=portal-b&request.hour=3"
    page = words(desk.seat(Role.SYSTEM).get(url))
    assert "refused closed by night" in page
    assert "In force now: let in" in page
    assert "If “Hour of the day (0–23)” were 5–23 let in" in page
    assert "Without night let in" in page
    assert not DecisionRow.objects.exists()


def test_what_if_tells_obligations_and_levels(desk: Desk) -> None:
    less = (
        '@id("less") @obligation("mask_claims") @claims("phone_number") forbid (principal, action,'
        ' resource) when { resource.classification == "general" };'
        '@id("short") @obligation("shorten_session") @minutes("30")'
        " forbid (principal, action, resource);"
        '@id("low") @obligation("step_up") @acr("urn:tongxing:acr:ial3:aal2")'
        " forbid (principal, action, resource) unless { context.subject.ial >= 3 };"
    )
    draft = written(desk, f"{SHIPPED}\n{less}\n").rsplit("/", 1)[1]
    url = f"/console/policies/what-if?of=draft:{draft}&ask=1&subject.ial="
    page = words(desk.seat(Role.SYSTEM).get(url + "3"))
    assert "Claims are masked: Phone number" in page
    assert "The session ends 30 minutes after the sign-in" in page
    page = words(desk.seat(Role.SYSTEM).get(url + "2"))
    assert "higher level asked identity 3, sign-in 2 by low" in page
    assert "were identity 3, sign-in 1 let in" in page


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("", 200, "Make somebody up"),
        ("?ask=1", 200, "let in by active-person-signs-in"),
        ("?ask=1&subject.ial=9", 200, "A fact has a value that it cannot have"),
        ("?ask=1&subject.ial=high", 200, "A fact has a value that it cannot have"),
        ("?of=version:0&ask=1", 200, "let in"),
        ("?of=version:99", 404, ""),
        ("?of=draft:7", 404, ""),
        ("?of=made-up", 404, ""),
        ("?ask=1&client=nobody", 404, ""),
    ],
)
def test_what_if_answers_whatever_its_address_says(
    desk: Desk, query: str, status: int, said: str
) -> None:
    answer = desk.seat(Role.AUDIT).get(f"/console/policies/what-if{query}")
    assert answer.status_code == status
    assert said in words(answer)


def test_proposal_is_asked_and_replayed_by_whoever_approves(desk: Desk) -> None:
    url = proposed(desk, f"{SHIPPED}\n{NIGHT}\n")
    of, guard = f"proposal:{url.rsplit('/', 1)[1]}", desk.seat(Role.SECURITY)
    asked = guard.get(f"/console/policies/what-if?of={of}&ask=1&request.hour=3")
    assert "refused closed by night" in words(asked)
    assert ordered(desk, of, role=Role.SECURITY).status_code == 303
    assert "waits for a worker" in words(guard.get(url))
    assert guard.get("/console/policies/what-if?of=proposal:7").status_code == 404


def test_department_asks_about_its_own_clients_and_what_is_in_force_alone(desk: Desk) -> None:
    proposal = proposed(desk, f"{SHIPPED}\n{NIGHT}\n").rsplit("/", 1)[1]
    browser, url = desk.seat(Role.DEPARTMENT), "/console/policies/what-if"
    assert "portal-a" not in words(browser.get(url))
    assert browser.get(f"{url}?ask=1&client=portal-a").status_code == 404
    assert browser.get(f"{url}?of=proposal:{proposal}").status_code == 404
    assert "let in" in words(browser.get(f"{url}?ask=1&client=portal-b"))


def test_draft_that_cannot_be_read_is_neither_asked_nor_replayed(desk: Desk) -> None:
    draft = f"draft:{written(desk, 'permit (').rsplit('/', 1)[1]}"
    asked = desk.seat(Role.SYSTEM).get(f"/console/policies/what-if?of={draft}&ask=1")
    assert "mend its mistakes first" in words(asked)
    refused = ordered(desk, draft)
    assert refused.status_code == 400
    assert "mend its mistakes first" in words(refused)
    (number,) = decided(desk, facts())
    shown = desk.seat(Role.SYSTEM).get(f"/console/decisions/{number}?of={draft}")
    assert "mend its mistakes first" in words(shown)


def test_replay_runs_in_the_background_and_tells_whom_a_draft_would_refuse(desk: Desk) -> None:
    decided(desk, facts(), facts(channel="app"), facts(channel="app", population="foreigner"))
    decided(desk, facts(channel="app"), days_ago=10)
    draft = written(desk, NO_APP)
    made = ordered(desk, f"draft:{draft.rsplit('/', 1)[1]}")
    waiting = desk.seat(Role.SYSTEM).get(made["Location"])
    assert waiting["Refresh"] == "2"
    assert "waits for a worker" in words(waiting)
    task = next(
        each for each in policy_tasks(desk.office.clock, decision_ttl=1) if "replay" in each.name
    )
    task.run()
    done = desk.seat(Role.SYSTEM).get(made["Location"])
    assert "Refresh" not in done
    page = words(done)
    assert "3 of 3 decisions" in page
    assert "newly refused 2" in page
    assert "newly refused portal-b Foreigner App let in refused 1 1 no-app" in page
    assert PERSON not in page
    assert (
        f"/console/people/{PERSON}"
        in desk.seat(Role.SECURITY).get(made["Location"]).content.decode()
    )
    export = done.client.get(made["Location"] + "?format=csv").content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(export)))) == 3
    told = detail(events("policies.replay_ordered")[0])
    assert told["days"] == 7
    proposal = asked_for(desk, draft)["Location"]
    assert "newly refused 2" in words(desk.seat(Role.SECURITY).get(proposal))
    listed = words(desk.seat(Role.SUPERVISOR).get("/console/policies/replays"))
    assert "Proposal for The whole city: the auditors asked done" in listed
    assert "Replay" not in listed.split("Export as CSV")[0].split("let in.")[1]
    assert desk.seat(Role.AUDIT).get("/console/policies/replays?format=csv").status_code == 200


def test_replay_of_a_draft_is_marked_as_old_once_the_draft_changed(desk: Desk) -> None:
    draft = written(desk, NO_APP)
    ordered(desk, f"draft:{draft.rsplit('/', 1)[1]}")
    desk.office.clock.advance(seconds=5)
    saved = {"text": NO_APP + "// more", "revision": "2"}
    desk.seat(Role.SYSTEM).post(f"{draft}/text", saved)
    assert "the draft changed since" in words(desk.seat(Role.SYSTEM).get(f"{draft}/propose"))
    desk.seat(Role.SYSTEM).post(f"{draft}/discard")
    listed = words(desk.seat(Role.AUDIT).get("/console/policies/replays"))
    assert "A draft that is gone" in listed


def test_replay_stops_when_it_is_cancelled(desk: Desk) -> None:
    decided(desk, facts())
    url = ordered(desk, "version:0", role=Role.SECURITY)["Location"]
    replays = desk.console.policies.replays
    running = replays.claim()
    assert running
    assert replays.claim() is None
    assert desk.seat(Role.SYSTEM).post(f"{url}/cancel")["Location"] == url
    assert not replays.advance(running, Progress(done=1, of=2, changed=0))
    replays.finish(running)
    page = words(desk.seat(Role.SYSTEM).get(url))
    assert "Version 0 cancelled" in page
    assert "0 of 0 decisions" in page
    assert not replays.cancel(running.id, by="x")
    assert len(events("policies.replay_cancelled")) == 1


class CancelledAtOnce(Replays):
    """Somebody cancels while the first stretch is being judged."""

    def advance(self, replay: Any, progress: Any) -> bool:
        self.cancel(replay.id, by="somebody")
        return super().advance(replay, progress)


def test_worker_leaves_a_cancelled_replay_and_fails_one_it_cannot_read(desk: Desk) -> None:
    decided(desk, facts())
    replays = CancelledAtOnce(clock=desk.office.clock)
    one = replays.order(Order(candidate="in-force", texts={}, days=1, author="x"))
    assert carry_out_next(replays)
    bad = replays.order(Order(candidate="draft:7", texts={"*": "permit ("}, days=1, author="x"))
    assert carry_out_next(replays)
    assert not carry_out_next(replays)
    states = [found.state for each in (one, bad) if (found := replays.find(each.id))]
    assert states == ["cancelled", "failed"]
    page = desk.seat(Role.AUDIT).get(f"/console/policies/replays/{bad.id}")
    assert "the draft cannot be read" in words(page)


def test_replay_of_a_worker_that_died_is_taken_up_by_another(desk: Desk) -> None:
    replays = desk.console.policies.replays
    ordered(desk, "in-force")
    first = replays.claim()
    assert replays.claim() is None
    desk.office.clock.advance(minutes=4)
    second = replays.claim()
    assert first
    assert second
    assert first.id == second.id
    assert not replays.advance(first, Progress(done=1, of=1, changed=0))
    assert replays.advance(second, Progress(done=1, of=1, changed=0))
    assert replays.find(second.id).percent == 99  # type: ignore[union-attr]


def test_smaller_groups_are_counted_when_there_are_very_many(desk: Desk) -> None:
    replays = desk.console.policies.replays
    url = ordered(desk, "in-force")["Location"]
    running = replays.claim()
    assert running
    effects = tuple(
        Effect(
            group=Group(f"client-{n}", "unknown", "web", "permit", "step_up"),
            decisions=1,
            people=1,
            examples=(PERSON,),
            policies=(),
        )
        for n in range(502)
    )
    replays.advance(running, Progress(done=600, of=600, changed=502, effects=effects))
    page = words(desk.seat(Role.AUDIT).get(url))
    assert "newly asked for a higher level 502" in page
    assert "2 smaller groups are not listed" in page


@pytest.mark.parametrize("days", ["", "0", "91", "-1", "seven", "１", "00901"])
def test_replay_is_not_ordered_for_days_that_are_none(desk: Desk, days: str) -> None:
    refused = ordered(desk, "in-force", days=days)
    assert refused.status_code == 400
    assert "Choose 1 to 90 days" in words(refused)
    assert ordered(desk, "version:99").status_code == 404
    with pytest.raises(ValueError, match="days"):
        desk.console.policies.replays.order(
            Order(candidate="in-force", texts={}, days=0, author="x")
        )


def test_replays_at_once_are_bounded(desk: Desk) -> None:
    for _ in range(MOST_AT_ONCE):
        assert ordered(desk, "in-force").status_code == 303
    assert "Enough replays run already" in words(ordered(desk, "in-force"))


def test_replays_and_drafts_are_forgotten_in_time(desk: Desk) -> None:
    decided(desk, facts())
    ordered(desk, "in-force")
    written(desk, NIGHT, "portal-b")
    desk.office.clock.advance(days=2)
    forget = next(
        each
        for each in policy_tasks(desk.office.clock, decision_ttl=86_400)
        if "purge" in each.name
    )
    forget.run()
    for rows in (DecisionRow, PolicyReplayRow, PolicyDraftRow):
        assert not rows.objects.exists()
