"""Policies in the console: looked at, drafted as form and as text, proposed, approved, undone."""

from html import unescape
from typing import Any

import pytest

from idp.journey.access.city_policies import EVERYONE
from idp.journey.access.drafts import MOST_DRAFTS
from idp.journey.models import PolicyDraftRow
from idp.staff.roles import Role
from policies.source import default_policies
from policies.validation import MOST_CHARACTERS
from tests.console.conftest import Desk, words

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
    made = asked_for(desk, written(desk, text, owner))
    assert made.status_code == 303, words(made)
    return str(made["Location"])


def asked_for(desk: Desk, draft: str, **more: str) -> Any:
    """Look at what a draft would change, and ask for just that."""
    system = desk.seat(Role.SYSTEM)
    digest = digest_on(system.get(f"{draft}/propose"))
    return system.post(f"{draft}/propose", {**WHY, "sha256": digest, **more})


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
        "There is nothing to be asked for by the name “dance”.",
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG.keys())
def test_mistake_is_told_with_its_line_when_it_is(desk: Desk, text: str, said: str) -> None:
    draft = written(desk, text, "portal-b")
    page = desk.seat(Role.SYSTEM).get(f"{draft}/text")
    assert said in words(page)
    assert desk.seat(Role.SYSTEM).get(draft).status_code == 200
    refused = asked_for(desk, draft)
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
