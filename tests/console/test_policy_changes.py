"""Changes of policies in the console: proposed, approved, undone, reviewed; and who sees what."""

from dataclasses import replace
from uuid import UUID

import pytest

from deploy.composition.policies import has_four_eyes, menders
from idp.conf import Profile
from idp.foundation.nodes import acknowledge
from idp.journey.access.city_policies import policies_in_force
from idp.journey.access.versions import in_force
from idp.journey.models import PolicyProposalRow, PolicyVersionRow
from idp.staff.accounts import By
from idp.staff.roles import Role
from policies.source import default_policies
from tests.console.conftest import Desk, words
from tests.console.test_policies import (
    NIGHT,
    SHIPPED,
    SHUT,
    WHY,
    approved,
    asked_for,
    digest_on,
    proposed,
    written,
)
from tests.staff.conftest import new_member
from tests.trail import detail, events

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("R2"),
    pytest.mark.requirement("R18"),
]


def test_change_is_in_force_once_another_administrator_approved_this_very_diff(
    desk: Desk,
) -> None:
    proposal = proposed(desk, f"{SHIPPED}\n{NIGHT}\n")
    system, guard = desk.seat(Role.SYSTEM), desk.seat(Role.SECURITY)
    page = words(guard.get(proposal))
    assert "waits for approval" in page
    assert '+@id("night")' in page
    assert "the auditors asked" in words(guard.get("/console/policies"))
    assert "/approve" not in system.get(proposal).content.decode()
    wrong = guard.post(f"{proposal}/approve", {"sha256": "0" * 64})
    assert wrong.status_code == 409
    assert "not the change you looked at" in words(wrong)
    done = approved(desk, proposal)
    assert "night" in policies_in_force().shared
    shown = words(guard.get(done["Location"]))
    assert "approved by two in force" in shown
    assert "方志远 (system)" in shown
    assert "沈若兰 (security)" in shown
    assert detail(events("policies.approved")[0])["diff_sha256"] in shown
    assert "approved" in words(system.get(proposal))
    again = guard.post(f"{proposal}/approve", {"sha256": "x"})
    assert "It was decided already." in words(again)


def test_proposal_is_rejected_or_taken_back_with_a_reason(desk: Desk) -> None:
    system, guard = desk.seat(Role.SYSTEM), desk.seat(Role.SECURITY)
    one, other = (proposed(desk, f"{SHIPPED}\n{text}\n") for text in (NIGHT, f"{NIGHT}// more"))
    assert guard.post(f"{one}/reject", {}).status_code == 400
    assert guard.post(f"{one}/reject", WHY)["Location"] == one
    assert "rejected" in words(system.get(one))
    assert guard.post(f"{one}/reject", WHY).status_code == 409
    assert "Take it back" in words(system.get(other))
    assert system.post(f"{other}/withdraw", WHY)["Location"] == other
    assert [each.type for each in events() if each.type.startswith("policies.")][-2:] == [
        "policies.rejected",
        "policies.withdrawn",
    ]
    listed = words(desk.seat(Role.AUDIT).get("/console/policies/proposals?sort=state"))
    assert listed.index("rejected 方志远 (system)") < listed.index("withdrawn")
    export = guard.get("/console/policies/proposals?format=csv&q=沈若兰").content.decode()
    assert export.count("\r\n") == 2
    third = proposed(desk, f"{SHIPPED}\n{NIGHT}\n")
    rows = PolicyProposalRow.objects.filter(id=third.rsplit("/", 1)[1])
    rows.update(author="somebody else")
    assert "Only its author" in words(system.post(f"{third}/withdraw", WHY))


def test_stale_draft_and_proposal_say_so_when_a_version_came_between(desk: Desk) -> None:
    system = desk.seat(Role.SYSTEM)
    draft = written(desk, f"{SHIPPED}\n{NIGHT}// mine\n")
    late = proposed(desk, f"{SHIPPED}\n{NIGHT}// late\n")
    approved(desk, proposed(desk, f"{SHIPPED}\n{NIGHT}\n"))
    assert "came into force while you were drafting" in words(system.get(draft))
    assert "has to be proposed anew" in words(desk.seat(Role.SECURITY).get(late))
    row = PolicyProposalRow.objects.get(id=late.rsplit("/", 1)[1])
    refused = desk.seat(Role.SECURITY).post(f"{late}/approve", {"sha256": row.diff_sha256})
    assert "has to be proposed anew" in words(refused)


def test_lock_out_is_refused_with_the_proof_of_each_administrator(desk: Desk) -> None:
    draft = written(desk, f"{SHIPPED}\n{SHUT}\n")
    refused = asked_for(desk, draft)
    assert refused.status_code == 409
    page = words(refused)
    assert "no administrator could enter the console any more" in page
    assert "system · refused at every hour of the week · shut" in page
    silent = asked_for(desk, written(desk, "// nothing"))
    assert "no policy permits it" in words(silent)


def test_emergency_is_in_force_at_once_and_reviewed_by_a_guard(desk: Desk) -> None:
    system, guard = desk.seat(Role.SYSTEM), desk.seat(Role.SECURITY)
    made = asked_for(desk, written(desk, NIGHT, "portal-b"), how="emergency")
    version = made["Location"]
    assert policies_in_force().by_client == {"portal-b": NIGHT}
    assert "was put in force by one person alone" in words(system.get("/console/policies"))
    second = asked_for(desk, written(desk, SHUT, "portal-b"), how="emergency")
    assert "awaits its review: that comes first" in words(second)
    assert "I have reviewed it" in words(guard.get(version))
    assert "I have reviewed it" not in words(system.get(version))
    assert guard.post(f"{version}/review", {}).status_code == 409
    assert guard.post(f"{version}/review", WHY)["Location"] == version
    assert "awaits no review" in words(guard.post(f"{version}/review", WHY))
    assert "one person alone" not in words(system.get("/console/policies"))


@pytest.mark.parametrize("how", ["propose", "emergency"])
@pytest.mark.parametrize("meanwhile", ["the draft was saved", "a version came into force"])
def test_nothing_is_asked_for_when_it_is_not_what_was_looked_at(
    desk: Desk, how: str, meanwhile: str
) -> None:
    system, draft = desk.seat(Role.SYSTEM), written(desk, NIGHT, "portal-b")
    looked_at = digest_on(system.get(f"{draft}/propose"))
    if meanwhile == "the draft was saved":
        system.post(f"{draft}/text", {"text": SHUT, "revision": "2"})
    else:
        approved(desk, proposed(desk, NIGHT.replace("5", "6"), "portal-b"))
    before = in_force().number
    for given in ({"sha256": looked_at}, {}):
        refused = system.post(f"{draft}/propose", {**WHY, "how": how, **given})
        assert refused.status_code == 409
        assert "This is not the change you looked at." in words(refused)
        assert "the auditors asked" in words(refused)
    assert in_force().number == before
    assert not PolicyProposalRow.objects.filter(outcome="open").exists()
    assert asked_for(desk, draft, how=how).status_code == 303


def test_overdue_review_is_told_until_it_is_done(desk: Desk) -> None:
    asked_for(desk, written(desk, NIGHT, "portal-b"), how="emergency")
    desk.office.clock.advance(hours=25)
    desk.browsers.clear()
    assert "Overdue: until then no change" in words(
        desk.seat(Role.SECURITY).get("/console/policies")
    )


def test_earlier_version_comes_back_with_one_button(desk: Desk) -> None:
    system = desk.seat(Role.SYSTEM)
    approved(desk, proposed(desk, f"{SHIPPED}\n{NIGHT}\n"))
    page = words(system.get("/console/policies/versions/0"))
    assert '-@id("night")' in page
    assert "Roll back to this version" in page
    done = system.post("/console/policies/versions/0/rollback")
    assert done.status_code == 303
    assert policies_in_force() == default_policies()
    assert in_force().origin == "rolled_back"
    assert "Rolled back in the console" in in_force().reason
    twice = system.post("/console/policies/versions/0/rollback", WHY)
    assert "Nothing would change." in words(twice)
    assert system.post("/console/policies/versions/99/rollback").status_code == 404


def test_lists_of_sets_and_versions_are_found_sorted_and_exported(desk: Desk) -> None:
    approved(desk, proposed(desk, NIGHT, "portal-b"))
    audit = desk.seat(Role.AUDIT)
    page = words(audit.get("/console/policies"))
    assert "The whole city * 7 as shipped" in page
    assert "portal-b 1" in page
    assert "Begin a draft" not in page
    assert "1 entry" in words(audit.get("/console/policies?q=portal-b"))
    export = audit.get("/console/policies?format=csv").content.decode("utf-8-sig")
    assert export.count("\r\n") == 3
    listed = words(audit.get("/console/policies/versions?sort=number"))
    assert "approved by two" in listed
    assert (
        "the auditors asked" in audit.get("/console/policies/versions?format=csv").content.decode()
    )
    assert audit.get("/console/policies/versions/99").status_code == 404
    own = words(audit.get("/console/policies/of/portal-b"))
    assert "These policies hold for this client alone" in own
    assert "Version" in own
    assert audit.get("/console/policies/of/nobody").status_code == 404
    assert audit.get("/console/policies/of/*").status_code == 404
    assert "These policies hold for every client" in words(audit.get("/console/policies/shared"))


def test_set_keeps_its_version_however_many_came_after_it(desk: Desk) -> None:
    """What 250 later versions left alone is still as version 1 made it, and not as shipped."""
    approved(desk, proposed(desk, NIGHT, "portal-b"))
    first = in_force()
    for number in range(250):
        texts = {**first.texts, "*": f"{SHIPPED}\n// {number}\n"}
        PolicyVersionRow.objects.create(
            at=desk.office.clock.now(),
            origin="declared",
            texts=texts,
            sha256=f"{number:064x}",
            diff_sha256=f"{number:064x}",
            author="",
            reason=f"the {number}th",
        )
    audit = desk.seat(Role.AUDIT)
    listed = words(audit.get("/console/policies"))
    assert f"portal-b 1 {first.number} " in listed
    assert f"The whole city * 7 {first.number + 250} " in listed
    assert f"Version {first.number} the auditors asked" in words(
        audit.get("/console/policies/of/portal-b")
    )
    every = words(audit.get("/console/policies/versions?page=11"))
    assert "251 entries" in every
    assert "the auditors asked" in every
    own = desk.seat(Role.DEPARTMENT)
    assert own.get(f"/console/policies/versions/{first.number}").status_code == 200
    assert own.get(f"/console/policies/versions/{first.number + 1}").status_code == 404
    assert "the auditors asked" in words(own.get("/console/policies"))


def test_processes_that_lag_behind_are_told_of(desk: Desk) -> None:
    version = approved(desk, proposed(desk, NIGHT, "portal-b"))["Location"]
    acknowledge("slow", 0, now=desk.office.clock.now())
    for url in (version, "/console/policies"):
        assert "1 process follows within seconds" in words(desk.seat(Role.SYSTEM).get(url))


def test_department_sees_its_own_clients_sets_and_their_changes_alone(desk: Desk) -> None:
    shared = approved(desk, proposed(desk, f"{SHIPPED}\n{NIGHT}\n"))["Location"]
    other = approved(desk, proposed(desk, NIGHT.replace("night", "alien"), "portal-a"))["Location"]
    own = approved(desk, proposed(desk, NIGHT.replace("night", "ours"), "portal-b"))["Location"]
    browser = desk.seat(Role.DEPARTMENT)
    page = words(browser.get("/console/policies"))
    assert "portal-b" in page
    assert "portal-a" not in page
    assert "The whole city" not in page
    for hidden in (shared, other, "/console/policies/versions/0"):
        assert browser.get(hidden).status_code == 404
    shown = words(browser.get(own))
    assert '+@id("ours")' in shown
    assert "alien" not in shown
    listed = words(browser.get("/console/policies/versions"))
    assert "1 entry" in listed
    assert "ours" in words(browser.get("/console/policies/of/portal-b"))
    assert browser.get("/console/policies/shared").status_code == 403


def test_nothing_is_shown_of_what_is_not_there(desk: Desk) -> None:
    unknown = UUID(int=9)
    for url in ("drafts", "proposals", "replays"):
        browser = desk.seat(Role.SYSTEM)
        assert browser.get(f"/console/policies/{url}/{unknown}").status_code == 404


def test_files_only_propose_once_two_administrators_check_each_other_in_production(
    desk: Desk,
) -> None:
    accounts = desk.console.staff.accounts
    production = replace(desk.office.ground.settings, profile=Profile.PRODUCTION)
    desk.office.seed(Role.SYSTEM)
    assert not has_four_eyes(production, accounts)
    desk.office.seed(Role.SECURITY)
    assert has_four_eyes(production, accounts)
    assert not has_four_eyes(desk.office.ground.settings, accounts)


def test_lock_out_is_judged_by_the_administrators_there_are(desk: Desk) -> None:
    accounts = desk.console.staff.accounts
    assert set(menders(accounts, desk.console.staff.factors)) == {"system", "security", "audit"}
    desk.office.seed(Role.SECURITY, Role.SYSTEM)
    other = accounts.create(new_member("li"))
    desk.console.staff.standing.close(other.id, by=By(operator="x"))
    (only,) = menders(accounts, desk.console.staff.factors).values()
    assert only.subject.person_id == str(desk.office.persona(Role.SYSTEM).account_id)
    assert only.subject.aal == 2
