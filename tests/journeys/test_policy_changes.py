"""How policies change: two people, one exact diff, somebody left to mend it, always undoable."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError

from idp.foundation.version import current
from idp.journey.access.changes import ChangeRefused, Draft, PolicyChanges
from idp.journey.access.city_policies import EVERYONE, policies_in_force
from idp.journey.access.lockout import administrators_of_roles
from idp.journey.access.versions import find, history, in_force
from idp.journey.models import PolicyVersionRow
from policies.source import default_policies
from tests.clocks import SetClock
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.storage, pytest.mark.requirement("R2")]

SHIPPED = default_policies().shared
NIGHT = (
    '@id("night") @reason("closed") forbid (principal, action, resource)'
    " when { context.request.hour < 5 };\n"
)
SHUT = '@id("shut") forbid (principal, action, resource);\n'


@pytest.fixture
def changes(clock: SetClock) -> PolicyChanges:
    return PolicyChanges(administrators=administrators_of_roles, clock=clock)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(datetime(2026, 11, 22, 4, 0, tzinfo=UTC))


def draft(text: str = SHIPPED + NIGHT, author: str = "li", client: str = EVERYONE) -> Draft:
    return Draft(texts={client: text}, author=author, reason="the auditors asked")


def test_change_is_in_force_once_a_second_person_approved_this_very_diff(
    changes: PolicyChanges,
) -> None:
    proposal = changes.propose(draft())
    assert "+" + NIGHT.strip() in proposal.diff
    assert policies_in_force().shared == SHIPPED
    before = current()
    version = changes.approve(proposal.id, approver="wang", diff_sha256=proposal.diff_sha256)
    assert policies_in_force().shared == SHIPPED + NIGHT
    assert current() == before + 1
    assert (version.author, version.approver, version.diff_sha256) == (
        "li",
        "wang",
        proposal.diff_sha256,
    )
    told = detail(events("policies.approved")[0])
    assert (told["diff_sha256"], told["sha256"]) == (proposal.diff_sha256, version.sha256)
    assert detail(events("policies.proposed")[0])["diff_sha256"] == proposal.diff_sha256
    assert [each.number for each in history()] == [version.number]
    assert changes.proposals() == ()


@pytest.mark.parametrize("approver", ["li", " LI ", ""])
def test_change_is_refused_when_its_proposer_approves_it(
    changes: PolicyChanges, approver: str
) -> None:
    proposal = changes.propose(draft())
    with pytest.raises(ChangeRefused, match="second person"):
        changes.approve(proposal.id, approver=approver, diff_sha256=proposal.diff_sha256)
    assert policies_in_force().shared == SHIPPED


def test_change_is_refused_when_another_diff_was_looked_at_or_the_version_moved_on(
    changes: PolicyChanges,
) -> None:
    one, other = changes.propose(draft()), changes.propose(draft(SHIPPED + NIGHT + "// more\n"))
    with pytest.raises(ChangeRefused, match="not the change you looked at"):
        changes.approve(one.id, approver="wang", diff_sha256=other.diff_sha256)
    changes.approve(one.id, approver="wang", diff_sha256=one.diff_sha256)
    with pytest.raises(ChangeRefused, match="propose it anew"):
        changes.approve(other.id, approver="wang", diff_sha256=other.diff_sha256)
    with pytest.raises(ChangeRefused, match="approved by wang before"):
        changes.approve(one.id, approver="zhao", diff_sha256=one.diff_sha256)
    with pytest.raises(ChangeRefused, match="no such proposal"):
        changes.approve(uuid4(), approver="zhao", diff_sha256="")


@pytest.mark.parametrize(("by", "outcome"), [("li", "withdrawn"), ("wang", "rejected")])
def test_proposal_is_closed_by_its_author_or_by_somebody_else(
    changes: PolicyChanges, by: str, outcome: str
) -> None:
    proposal = changes.propose(draft())
    assert changes.close(proposal.id, by=by, reason="not now").outcome == outcome
    assert changes.proposals() == ()
    assert changes.proposals(is_open=False)[0].decided_by == by
    assert len(events(f"policies.{outcome}")) == 1


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (draft("permit (principal"), "not finished"),
        (draft(SHIPPED), "nothing would change"),
        (draft(author=""), "say who"),
        (Draft(texts={EVERYONE: NIGHT}, author="li", reason=" "), "say why"),
        (Draft(texts={EVERYONE: NIGHT}, author="li", reason="x" * 3_000), "say why"),
    ],
)
def test_change_is_not_even_proposed_when_it_cannot_be_made(
    changes: PolicyChanges, wanted: Draft, words: str
) -> None:
    with pytest.raises(ChangeRefused, match=words):
        changes.propose(wanted)
    assert changes.proposals() == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SHIPPED + SHUT, r"security: forbid \(shut\)"),
        ("// nothing at all", "no policy permits it"),
    ],
)
def test_change_is_refused_with_the_proof_when_it_locks_out_every_administrator(
    changes: PolicyChanges, text: str, words: str
) -> None:
    with pytest.raises(ChangeRefused, match=words) as caught:
        changes.emergency(draft(text))
    assert (caught.value.code, len(caught.value.proof)) == ("locks_out", 3)
    assert in_force().number == 0


def test_change_is_taken_when_administrators_may_enter_at_some_hour(
    changes: PolicyChanges,
) -> None:
    office = NIGHT.replace("hour < 5", "hour >= 8")
    assert changes.emergency(draft(SHIPPED + office)).number
    stronger = '@id("s") @obligation("step_up") @acr("urn:tongxing:acr:ial4:aal3")'
    changes.review(in_force().number, reviewer="wang", verdict="looks right")
    changes.emergency(
        draft(
            SHIPPED + stronger + " forbid (principal, action, resource)"
            " when { context.subject.ial < 4 };"
        )
    )


def test_emergency_is_in_force_at_once_and_must_be_reviewed_by_another(
    changes: PolicyChanges, clock: SetClock
) -> None:
    version = changes.emergency(draft())
    assert policies_in_force().shared == SHIPPED + NIGHT
    with pytest.raises(ChangeRefused, match="awaits its review"):
        changes.emergency(draft(SHIPPED))
    proposal = changes.propose(draft(SHIPPED + NIGHT + "// later\n"))
    clock.move(days=2)
    assert changes.unreviewed()[0].is_overdue(clock.now())
    with pytest.raises(ChangeRefused, match="overdue"):
        changes.approve(proposal.id, approver="wang", diff_sha256=proposal.diff_sha256)
    with pytest.raises(ChangeRefused, match="second person"):
        changes.review(version.number, reviewer="li", verdict="fine")
    with pytest.raises(ChangeRefused, match="awaits no review"):
        changes.review(999, reviewer="wang", verdict="fine")
    changes.review(version.number, reviewer="wang", verdict="it was needed")
    assert changes.unreviewed() == ()
    changes.approve(proposal.id, approver="wang", diff_sha256=proposal.diff_sha256)
    assert len(events("policies.reviewed")) == 1


def test_earlier_version_comes_back_when_it_is_rolled_back_to(changes: PolicyChanges) -> None:
    version = changes.emergency(draft(NIGHT, client="tax"))
    changes.review(version.number, reviewer="wang", verdict="fine")
    back = changes.rollback(0, by="zhao", reason="people complained")
    assert policies_in_force().by_client == {}
    shipped = find(0)
    assert shipped is not None
    assert (back.origin, back.sha256) == ("rolled_back", shipped.sha256)
    assert changes.unreviewed()[0].version == back.number
    again = changes.rollback(version.number, by="zhao", reason="it was right after all")
    assert policies_in_force().by_client == {"tax": NIGHT}
    with pytest.raises(ChangeRefused, match="nothing would change"):
        changes.rollback(again.number, by="zhao", reason="twice")
    with pytest.raises(ChangeRefused, match="no version 999"):
        changes.rollback(999, by="zhao", reason="x")


def test_version_never_changes_once_it_is_written(changes: PolicyChanges) -> None:
    changes.emergency(draft())
    with pytest.raises(DatabaseError, match="append-only"):
        PolicyVersionRow.objects.update(reason="another")
