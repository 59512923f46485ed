"""Two who edit one draft with the form, and what no form gives back as it was."""

import re
from html import unescape
from typing import Any

import pytest

from idp.journey.access.city_policies import EVERYONE
from idp.journey.access.versions import DECLARED, Making, bring_into_force, in_force
from idp.staff.roles import Role
from policies.validation import MOST_CHARACTERS
from tests.console.conftest import Desk, words
from tests.console.test_policies import (
    NIGHT,
    SHIPPED,
    SHUT,
    asked_for,
    begun,
    fields,
    words_of_text,
    written,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.requirement("R2"),
    pytest.mark.requirement("R18"),
]
THREE = "\n\n".join(NIGHT.replace("night", name) for name in ("first", "second", "third"))
ODD = '@id("odd") forbid (principal, action, resource) when { 1 < 2 || 3 < 4 };'


def sent_back(page: Any) -> dict[str, str]:
    """The hidden fields of the policy that stands open."""
    form = page.content.decode().split('id="rule">', 1)[1].split("</form>")[0]
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def as_text(desk: Desk, draft: str) -> str:
    return words_of_text(desk.seat(Role.SYSTEM).get(f"{draft}/text"))


@pytest.mark.parametrize(("index", "name"), [("1", "second"), ("2", "third")])
def test_policy_is_written_in_its_own_place_when_those_before_it_are_gone(
    desk: Desk, index: str, name: str
) -> None:
    system, draft = desk.seat(Role.SYSTEM), written(desk, THREE, "portal-b")
    mine = {**fields(name=name), **sent_back(system.get(f"{draft}?open={index}"))}
    system.post(draft, {"do": "remove", "index": "0", "revision": "2"})
    late = system.post(draft, {**mine, "when-0-value": "7"})
    assert late.status_code == 409
    assert "Somebody saved this draft while you were editing." in words(late)
    assert 'value="7"' in late.content.decode()
    assert system.post(draft, {**mine, "when-0-value": "7", **sent_back(late)}).status_code == 303
    text = as_text(desk, draft)
    assert [text.count(f'@id("{each}")') for each in ("first", "second", "third")] == [0, 1, 1]
    assert "hour < 7" in text.split(f'@id("{name}")')[1].split("};")[0]
    assert text.count("hour < 5") == 1


def test_policy_is_added_when_somebody_removed_it_meanwhile(desk: Desk) -> None:
    system, draft = desk.seat(Role.SYSTEM), written(desk, THREE, "portal-b")
    mine = {**fields(name="first"), **sent_back(system.get(f"{draft}?open=0"))}
    system.post(draft, {"do": "remove", "index": "0", "revision": "2"})
    late = system.post(draft, mine)
    assert sent_back(late)["index"] == "new"
    assert system.post(draft, {**mine, **sent_back(late)}).status_code == 303
    names = re.findall('@id."(.*?)"', as_text(desk, draft))
    assert names == ["second", "third", "first"]


def test_text_of_a_policy_is_not_lost_when_it_cannot_be_saved(desk: Desk) -> None:
    system, draft = desk.seat(Role.SYSTEM), written(desk, f"{NIGHT}\n\n{ODD}", "portal-b")
    opened = sent_back(system.get(f"{draft}?open=1"))
    system.post(draft, {"do": "remove", "index": "0", "revision": "2"})
    mine = {**opened, "do": "write", "text": ODD.replace("odd", "mine")}
    late = system.post(draft, mine)
    assert late.status_code == 409
    assert words_of_text(late) == ODD.replace("odd", "mine")
    assert system.post(draft, {**mine, **sent_back(late)}).status_code == 303
    assert as_text(desk, draft).strip() == ODD.replace("odd", "mine")
    long = "/" * (MOST_CHARACTERS + 1)
    refused = system.post(draft, {**mine, "index": "0", "revision": "4", "text": long})
    assert refused.status_code == 400
    assert words_of_text(refused) == long


KEPT_AS_TEXT = {
    "a comma within a value": "forbid (principal, action, resource)\n"
    'when { ["a,b", "c"].contains(context.request.channel) };',
    "a space that a browser's field loses": "forbid (principal, action, resource)\n"
    'when { context.request.channel == " web" };',
    "a reason where nothing is refused": '@reason("why")\npermit (principal, action, resource);',
    "nothing to compare with": "forbid (principal, action, resource)\n"
    'when { context.request.channel == "" };',
}


@pytest.mark.parametrize("policy", KEPT_AS_TEXT.values(), ids=KEPT_AS_TEXT.keys())
def test_policy_is_edited_as_text_when_fields_would_give_back_another(
    desk: Desk, policy: str
) -> None:
    text = f'@id("odd")\n{policy}'
    draft = written(desk, text, "portal-b")
    opened = desk.seat(Role.SYSTEM).get(f"{draft}?open=0")
    assert "This one says more than the form has fields for." in words(opened)
    assert words_of_text(opened) == text


def test_mistake_in_the_shared_policies_is_told_where_it_keeps_a_clients_draft_from_being_asked_for(
    desk: Desk,
) -> None:
    """An upgrade can forget a name that the policies in force still use."""
    how = Making(origin=DECLARED, author="an upgrade", reason="")
    wrong = {EVERYONE: f"{SHIPPED}\n{NIGHT.replace('request.hour', 'request.houre')}"}
    bring_into_force(in_force(), wrong, how, clock=desk.office.clock)
    draft = written(desk, SHUT, "portal-b")
    page = words(desk.seat(Role.SYSTEM).get(draft))
    assert "The whole city night There is no fact named “request.houre”." in page
    assert asked_for(desk, draft).status_code == 409


def test_policy_without_a_name_gets_its_name_in_the_form(desk: Desk) -> None:
    system = desk.seat(Role.SYSTEM)
    draft = written(desk, "forbid (principal, action, resource);", "portal-b")
    opened = system.get(f"{draft}?open=0")
    assert "Name of the policy" in words(opened)
    given = {"name": "shut", "effect": "refuse", "actions": ["sign_in", "use"], "do": "save"}
    assert system.post(draft, {**given, **sent_back(opened)}).status_code == 303
    assert '@id("shut")' in as_text(desk, draft)


def test_every_shipped_policy_opens_as_a_form(desk: Desk) -> None:
    draft = begun(desk)
    for index in range(SHIPPED.count("@id(")):
        opened = desk.seat(Role.SYSTEM).get(f"{draft}?open={index}")
        assert "Name of the policy" in words(opened)
    assert SHUT not in as_text(desk, draft)


def test_what_people_read_is_written_in_the_form_and_shown_in_the_pages_language(
    desk: Desk,
) -> None:
    system, draft = desk.seat(Role.SYSTEM), written(desk, NIGHT, "portal-b")
    says = {
        "says_zh_hans": "夜间不开放。",
        "says_zh_hant": "夜間不開放。",
        "says_en": "Closed at night.",
    }
    mine = {**fields(name="night"), **sent_back(system.get(f"{draft}?open=0")), **says}
    assert system.post(draft, mine).status_code == 303
    assert '@says_zh_hant("夜間不開放。")' in as_text(desk, draft)
    assert "People read: “Closed at night.”" in words(system.get(draft))
    assert 'value="夜间不开放。"' in system.get(f"{draft}?open=0").content.decode()
    half = {**mine, **sent_back(system.get(f"{draft}?open=0")), "says_en": ""}
    system.post(draft, half)
    assert "in all three languages" in words(system.get(draft))
