"""Policies in the console: looked at, drafted as form and as text, proposed, approved, undone."""

from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser

from idp.foundation.nodes import acknowledge
from idp.journey.access.city_policies import EVERYONE, policies_in_force
from idp.journey.access.drafts import MOST_DRAFTS
from idp.journey.access.versions import in_force
from idp.journey.models import PolicyDraftRow, PolicyProposalRow
from idp.staff.roles import Role
from policies.source import default_policies
from policies.validation import MOST_CHARACTERS
from tests.console.conftest import Desk, words
from tests.trail import detail, events

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("R2"),
    pytest.mark.requirement("R18"),
]

SHIPPED = default_policies().shared
NIGHT = (
    '@id("night")\n@reason("closed")\nforbid (principal, action, resource)\n'
    "when {\n    context.request.hour < 5\n};"
)
SHUT = '@id("shut") forbid (principal, action, resource);'
WHY = {"reason": "the auditors asked"}


def begun(desk: Desk, owner: str = EVERYONE) -> str:
    """A draft's address."""
    made = desk.seat(Role.SYSTEM).post("/console/policies/drafts", {"owner": owner})
    assert made.status_code == 303, made
    return str(made["Location"])


def written(desk: Desk, text: str, owner: str = EVERYONE) -> str:
    """A draft that says this."""
    draft = begun(desk, owner)
    saved = desk.seat(Role.SYSTEM).post(f"{draft}/text", {"text": text, "revision": "1"})
    assert "Saved." in words(saved)
    return draft


def proposed(desk: Desk, text: str, owner: str = EVERYONE) -> str:
    """A proposal's address."""
    made = desk.seat(Role.SYSTEM).post(f"{written(desk, text, owner)}/propose", WHY)
    assert made.status_code == 303, words(made)
    return str(made["Location"])


def digest_on(page: Any) -> str:
    found: str = page.content.decode().split('name="sha256" value="')[1].split('"')[0]
    return found


def approved(desk: Desk, proposal: str) -> Any:
    guard = desk.seat(Role.SECURITY)
    return guard.post(f"{proposal}/approve", {"sha256": digest_on(guard.get(proposal))})


def fields(**change: Any) -> dict[str, Any]:
    """A policy as the form sends it."""
    return {
        "do": "save",
        "index": "new",
        "revision": "1",
        "name": "night",
        "effect": "refuse",
        "reason": "closed",
        "actions": ["sign_in", "use"],
        "when-0-fact": "request.hour",
        "when-0-operator": "less",
        "when-0-value": "5",
        **change,
    }


def test_policy_written_as_a_form_stands_in_the_text_and_back(desk: Desk) -> None:
    system, draft = desk.seat(Role.SYSTEM), begun(desk)
    assert "It applies when all of this holds" in words(system.get(f"{draft}?open=new"))
    saved = system.post(draft, fields())
    assert saved["Location"] == f"{draft}?saved=1"
    assert "Saved." in words(system.get(saved["Location"]))
    assert NIGHT in words_of_text(system.get(f"{draft}/text"))
    page = words(system.get(draft))
    assert "night closed" in page
    assert "Hour of the day (0–23) is less than 5" in page
    opened = system.get(f"{draft}?open=7").content.decode()
    assert '<option value="request.hour" selected>' in opened
    changed = system.post(draft, fields(index="7", revision="2", **{"when-0-value": "6"}))
    assert changed.status_code == 303
    assert "hour < 6" in words_of_text(system.get(f"{draft}/text"))
    removed = system.post(draft, {"do": "remove", "index": "7", "revision": "3"})
    assert removed.status_code == 303
    assert words_of_text(system.get(f"{draft}/text")).rstrip() == SHIPPED.rstrip()


def words_of_text(page: Any) -> str:
    """What stands in the text area."""
    area = page.content.decode().split('class="cedar">', 1)[1].split("</textarea>")[0]
    return unescape(area)


FORMS = {
    "a level": (
        {"effect": "step_up", "parameter": "client_minimum"},
        '@obligation("step_up")\n@acr("client_minimum")',
    ),
    "another fact": (
        {"when-0-fact": "subject.ial", "when-0-value": "", "when-0-other": "client.minimum_ial"},
        "context.subject.ial < resource.minimum_ial",
    ),
    "several values": (
        {
            "when-0-fact": "request.channel",
            "when-0-operator": "one_of",
            "when-0-value": "web， app",
        },
        '["web", "app"].contains(context.request.channel)',
    ),
    "a truth": (
        {"when-0-fact": "subject.is_minor", "when-0-operator": "is", "when-0-value": "true"},
        "context.subject has is_minor && context.subject.is_minor",
    ),
    "what is unknown": (
        {"when-0-fact": "request.network", "when-0-operator": "is_unknown"},
        "!(context.request has network)",
    ),
    "an exception": (
        {
            "unless-3-fact": "subject.status",
            "unless-3-operator": "is",
            "unless-3-value": "active",
        },
        'unless {\n    context.subject.status == "active"\n}',
    ),
    "one action": ({"actions": ["use"]}, 'action == Action::"use"'),
    "permission": ({"effect": "permit"}, "permit (principal"),
}


@pytest.mark.parametrize(("change", "text"), FORMS.values(), ids=FORMS.keys())
def test_form_writes_the_policy_when_it_says(desk: Desk, change: dict[str, Any], text: str) -> None:
    system, draft = desk.seat(Role.SYSTEM), begun(desk)
    assert system.post(draft, fields(**change)).status_code == 303
    page = system.get(f"{draft}/text")
    assert text in words_of_text(page)
    assert "no mistakes" in words(page)


MISTAKES = {
    "no name": ({"name": ""}, "Give the policy a name."),
    "no effect": ({"effect": "explode"}, "Choose what the policy does."),
    "no action": ({"actions": []}, "Choose what it speaks of"),
    "no value": ({"when-0-value": ""}, "needs a value"),
    "no number": ({"when-0-value": "five"}, "is a whole number"),
    "no truth": (
        {"when-0-fact": "subject.is_minor", "when-0-operator": "is", "when-0-value": "perhaps"},
        "is true or false",
    ),
    "no such comparison": ({"when-0-operator": "begins_with"}, "cannot be compared so"),
    "no comparison at all": ({"when-0-operator": "smells"}, "cannot be compared so"),
    "no such fact": ({"when-0-fact": "subject.shoe"}, "cannot be compared so"),
    "an unknown other": (
        {"when-0-other": "subject.evidence_age_days"},
        "“Age of the evidence in days” cannot be compared so.",
    ),
}


@pytest.mark.parametrize(("change", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_form_is_shown_again_with_words_when_it_has(
    desk: Desk, change: dict[str, Any], said: str
) -> None:
    system, draft = desk.seat(Role.SYSTEM), begun(desk)
    refused = system.post(draft, fields(**change))
    assert refused.status_code == 400
    assert said in words(refused)
    assert 'value="closed"' in refused.content.decode()
    assert "@id(&quot;night" not in system.get(f"{draft}/text").content.decode()


def test_policy_beyond_the_form_is_shown_as_text_with_the_reason(desk: Desk) -> None:
    system = desk.seat(Role.SYSTEM)
    odd = '@id("odd") forbid (principal, action, resource) when { 1 < 2 || 3 < 4 };'
    draft = written(desk, f"{SHIPPED}\n{odd}\n// the end\n")
    page = words(system.get(draft))
    assert "only the text can show this, for one of its conditions is more" in page
    assert "What the form cannot show" in words(system.get(f"{draft}/text"))
    opened = words_of_text(system.get(f"{draft}?open=7"))
    assert opened.strip() == odd
    rewritten = {"do": "write", "index": "7", "revision": "2", "text": NIGHT}
    assert system.post(draft, rewritten).status_code == 303
    assert "Hour of the day (0–23) is less than 5" in words(system.get(draft))
    assert "the end" in words(system.get(draft))


def test_policy_with_very_many_conditions_is_edited_as_text(desk: Desk) -> None:
    many = " && ".join(f"context.request.hour != {n}" for n in range(40))
    text = f'@id("many") forbid (principal, action, resource) when {{ {many} }};'
    draft = written(desk, text)
    assert words_of_text(desk.seat(Role.SYSTEM).get(f"{draft}?open=0")) == text


WRONG = {
    "a fact": (
        NIGHT.replace("request.hour", "request.houre"),
        "Line 5 night There is no fact named “request.houre”. Did you mean “hour”?",
    ),
    "an end": ('@id("x") permit (principal', "Line 1 The policy is not finished"),
    "a sign": (
        '@id("x")\npermit (principal, action, resource) whn;',
        "Line 2 “;” cannot stand here",
    ),
    "a guard": (
        NIGHT.replace("request.hour < 5", 'request.network == "a"'),
        "may be unknown. Ask first whether it is known",
    ),
    "a name": ("permit (principal, action, resource);", "It needs a name"),
    "a type": (NIGHT.replace("< 5", '== "5"'), "It compares what cannot be compared"),
    "an obligation": (
        NIGHT.replace('@reason("closed")', '@obligation("dance")'),
        "What it asks for is not said properly",
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG.keys())
def test_mistake_is_told_with_its_line_when_it_is(desk: Desk, text: str, said: str) -> None:
    draft = written(desk, text, "portal-b")
    page = desk.seat(Role.SYSTEM).get(f"{draft}/text")
    assert said in words(page)
    assert desk.seat(Role.SYSTEM).get(draft).status_code == 200
    refused = desk.seat(Role.SYSTEM).post(f"{draft}/propose", WHY)
    assert refused.status_code == 409
    assert "The text has mistakes" in words(refused)


def test_both_texts_are_shown_when_two_edit_one_draft(desk: Desk) -> None:
    system, draft = desk.seat(Role.SYSTEM), begun(desk, "portal-b")
    system.post(f"{draft}/text", {"text": NIGHT, "revision": "1"})
    late = system.post(f"{draft}/text", {"text": SHUT, "revision": "1"})
    assert late.status_code == 409
    page = words(late)
    assert "Somebody saved this draft while you were editing." in page
    assert f"+{SHUT}" in page
    assert '-@id("night")' in page
    form = system.post(draft, fields(name="mine"))
    assert form.status_code == 409
    assert 'value="mine"' in form.content.decode()
    assert system.post(draft, fields(name="mine", revision="2")).status_code == 303
    assert system.post(draft, {"do": "remove", "index": "0"}).status_code == 409


def test_draft_is_refused_or_gone_when_it_cannot_be(desk: Desk) -> None:
    system, draft = desk.seat(Role.SYSTEM), begun(desk)
    long = "/" * (MOST_CHARACTERS + 1)
    for done in (
        system.post(f"{draft}/text", {"text": long, "revision": "1"}),
        system.post(draft, {"do": "write", "index": "0", "text": long, "revision": "1"}),
    ):
        assert done.status_code == 400
        assert "longer than any policies may be" in words(done)
    assert system.post(draft, fields(index="99")).status_code == 404
    assert system.get(f"{draft}?open=99").status_code == 200
    assert system.post("/console/policies/drafts", {"owner": "nobody"}).status_code == 404
    assert system.post("/console/policies/drafts", {}).status_code == 404
    assert system.post(f"{draft}/discard")["Location"] == "/console/policies"
    assert system.get(draft).status_code == 404
    for _ in range(MOST_DRAFTS + 2):
        begun(desk)
    assert PolicyDraftRow.objects.count() == MOST_DRAFTS


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
    assert "has to be proposed anew" in words(approved(desk, late))


def test_lock_out_is_refused_with_the_proof_of_each_administrator(desk: Desk) -> None:
    draft = written(desk, f"{SHIPPED}\n{SHUT}\n")
    refused = desk.seat(Role.SYSTEM).post(f"{draft}/propose", WHY)
    assert refused.status_code == 409
    page = words(refused)
    assert "no administrator could enter the console any more" in page
    assert "system · refused at every hour of the week · shut" in page
    silent = desk.seat(Role.SYSTEM).post(f"{written(desk, '// nothing')}/propose", WHY)
    assert "no policy permits it" in words(silent)


def test_emergency_is_in_force_at_once_and_reviewed_by_a_guard(desk: Desk) -> None:
    system, guard = desk.seat(Role.SYSTEM), desk.seat(Role.SECURITY)
    draft = written(desk, NIGHT, "portal-b")
    made = system.post(f"{draft}/propose", {**WHY, "how": "emergency"})
    version = made["Location"]
    assert policies_in_force().by_client == {"portal-b": NIGHT}
    assert "was put in force by one person alone" in words(system.get("/console/policies"))
    second = system.post(f"{written(desk, SHUT, 'portal-b')}/propose", {**WHY, "how": "emergency"})
    assert "awaits its review: that comes first" in words(second)
    assert "I have reviewed it" in words(guard.get(version))
    assert "I have reviewed it" not in words(system.get(version))
    assert guard.post(f"{version}/review", {}).status_code == 409
    assert guard.post(f"{version}/review", WHY)["Location"] == version
    assert "awaits no review" in words(guard.post(f"{version}/review", WHY))
    assert "one person alone" not in words(system.get("/console/policies"))


def test_overdue_review_is_told_until_it_is_done(desk: Desk) -> None:
    desk.seat(Role.SYSTEM).post(
        f"{written(desk, NIGHT, 'portal-b')}/propose", {**WHY, "how": "emergency"}
    )
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
        browser: Browser = desk.seat(Role.SYSTEM)
        assert browser.get(f"/console/policies/{url}/{unknown}").status_code == 404
