"""`manage.py policies`: a change from its proposal to its rollback, as administrators type it."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from deploy.composition import house
from idp.clients.models import ClientRow
from idp.foundation.clock import SystemClock
from idp.foundation.database import Database
from idp.foundation.nodes import ServingNode, acknowledge, leave
from idp.foundation.version import current
from idp.journey.access.city_policies import policies_in_force
from idp.journey.access.history import DecisionHistory
from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts
from policies.source import default_policies

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R2")]

NIGHT = (
    '@id("night") @reason("closed") forbid (principal, action, resource)'
    " when { context.request.hour < 5 };\n"
)
Say = Callable[..., str]


@pytest.fixture
def night(tmp_path: Path) -> str:
    file = tmp_path / "night.cedar"
    file.write_text(default_policies().shared + NIGHT, encoding="utf-8")
    return str(file)


def said(*arguments: str) -> str:
    output = io.StringIO()
    call_command("policies", *arguments, stdout=output, stderr=io.StringIO())
    return output.getvalue()


def test_change_is_proposed_approved_shown_and_rolled_back(night: str) -> None:
    told = said("propose", night, "--by", "li", "--because", "quiet nights")
    proposal, digest = told.split()[0], told.split()[-1]
    assert proposal in said("list")
    with pytest.raises(CommandError, match="same_person"):
        said("approve", proposal, "--by", "li", "--sha256", digest)
    with pytest.raises(CommandError, match="other_diff"):
        said("approve", proposal, "--by", "wang", "--sha256", digest[:4])
    acknowledge("node-1", current() + 1, now=SystemClock().now())
    told = said("approve", proposal, "--by", "wang", "--sha256", digest[:16])
    assert "in force here" in told
    assert "on 1 serving nodes" in told
    assert policies_in_force().shared.endswith(NIGHT)
    assert "li / wang" in said("history")
    leave("node-1")
    said("rollback", "0", "--by", "zhao", "--because", "too quiet")
    assert policies_in_force() == default_policies()
    waiting = said("list")
    assert "awaits its review" in waiting
    number = waiting.split("version ")[1].split()[0]
    assert "reviewed by wang" in said("review", number, "--by", "wang", "--because", "seen")


def test_change_waits_for_the_nodes_that_still_hold_a_lease(night: str) -> None:
    clock = SystemClock()
    slow = clock.now().timestamp() - 12.7  # silent for almost as long as a lease lasts
    acknowledge("slow", 0, now=clock.now().fromtimestamp(slow, clock.now().tzinfo))
    told = said("propose", night, "--emergency", "--by", "li", "--because", "an attack")
    assert "review it within a day" in told
    assert "on 0 serving nodes" in told
    assert ServingNode.objects.get().version == 0


def test_proposal_is_closed(night: str) -> None:
    proposal = said("propose", night, "--by", "li", "--because", "quiet nights").split()[0]
    closed = said("reject", proposal, "--by", "wang", "--because", "no")
    assert closed.split() == [proposal, "rejected"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("approve", "x", "--by", "w", "--sha256", "0"), "an id as list shows it"),
        (
            ("approve", "7f3c1d52-0000-4000-8000-000000000000", "--by", "w", "--sha256", "0"),
            "no such proposal",
        ),
        (("propose", "/nowhere", "--by", "w", "--because", "x"), "cannot be read"),
        (("propose", "--by", "w", "--because", "x"), "nothing would change"),
        (("what-if", "--fact", "subject.shoe=3"), "write a fact"),
        (("what-if", "--fact", "subject.ial=high"), "is a number"),
        (("what-if", "--fact", "subject.is_minor=perhaps"), "true or false"),
        (("what-if", "--for", "nobody"), "there is no client nobody"),
    ],
)
def test_command_says_what_is_wrong(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        said(*arguments)


def test_what_if_tells_the_decision_and_what_would_change_it(night: str) -> None:
    now = SystemClock().now()
    ClientRow.objects.create(
        client_id="tax", origin="declared", metadata={}, created_at=now, updated_at=now
    )
    facts = (
        "request.hour=3",
        "subject.is_minor=false",
        "subject.methods=face,sms",
        "request.device=k",
    )
    told = said("what-if", night, "--for", "tax", *(f"--fact={each}" for each in facts))
    assert told.startswith("forbid (closed), by night")
    assert "if request.hour were 5 6" in told
    assert "without night: permit" in told
    assert said("what-if", "--fact=request.hour=9").startswith("permit")


def test_replay_tells_whom_a_draft_would_refuse(night: str, database: Database) -> None:
    rooms = house().rooms
    facts = Facts(
        subject=SubjectFacts(person_id="p", ial=2, aal=1, status="active"),
        client=ClientFacts(
            client_id="tax",
            classification="general",
            channel="web",
            minimum_ial=1,
            minimum_aal=1,
            allowed_channels=frozenset({"web"}),
            status="active",
        ),
        request=RequestFacts(channel="web", hour=3, now_epoch=0, session_age_s=0),
    )
    history = DecisionHistory(database, clock=rooms.ground.clock)
    history.add(facts, rooms.hall.policies.decide(facts), at=rooms.ground.clock.now())
    history.flush()
    told = said("replay", night, "--days", "1")
    assert "1 decisions, 1 would change" in told
    assert "newly_refused: 1 decisions of 1 people (tax, unknown, web) by night" in told
    bad = Path(night).with_name("bad.cedar")
    bad.write_text("permit (", encoding="utf-8")
    with pytest.raises(CommandError, match="cannot be read"):
        said("replay", str(bad))
