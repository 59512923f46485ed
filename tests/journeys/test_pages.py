"""Every page as text: its hooks, its escaping, its size and its words in three languages."""

import re
from dataclasses import fields, replace

import pytest

from idp.journey.consent.pages import ConsentItem, ConsentPage, claim_label
from idp.journey.drawings import render_page
from idp.journey.login.pages import CodePage, LoginPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.notices import FormPostPage, StatusPage
from idp.journey.pages import ClientShown, FormError, Page, Presentation, Stage, draw
from idp.journey.verification.pages import IdentityPage, Setback, SetbackPage
from tests.browser.samples import LANGUAGES, look, samples
from tests.journeys.reading import read, step_fields

HOSTILE = '"><script>alert(1)</script>{{ look }}&amp;'
NAMES = sorted(samples("en"))
LOOKS = [(language, elder) for language in LANGUAGES for elder in (False, True)]
LOOK_IDS = [f"{language}-{'elder' if elder else 'standard'}" for language, elder in LOOKS]


@pytest.mark.requirement("R18")
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("language", "elder"), LOOKS, ids=LOOK_IDS)
def test_page_is_well_formed_when_rendered(name: str, language: str, *, elder: bool) -> None:
    presentation = look(language, elder=elder)

    html = render_page(samples(language)[name], presentation)

    reader = read(html)
    tags = dict(reader.tags)
    assert tags["html"]["lang"] == presentation.html_language
    assert tags["html"].get("class", "") == ("elder" if elder else "")
    ids = [attributes["id"] for _, attributes in reader.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert not [t for t, a in reader.tags if "style" in a or t == "style"]
    assert not [a for t, a in reader.tags if t == "script" and not a.get("src")]
    assert not [a for _, a in reader.tags if any(name.startswith("on") for name in a)]
    assert html.count("<h1>") == 1
    for _, attributes in reader.tags:
        for target in attributes.get("aria-describedby", "").split():
            assert target in ids


STEP_NAMES = [name for name in NAMES if samples("en")[name].step]


@pytest.mark.parametrize("name", STEP_NAMES)
@pytest.mark.parametrize("elder", [False, True], ids=["standard", "elder"])
def test_step_form_carries_the_hooks_when_rendered(name: str, *, elder: bool) -> None:
    page = samples("zh-hans")[name]

    reader = read(render_page(page, look("zh-hans", elder=elder)))

    (form,) = [a for tag, a in reader.tags if tag == "form" and "data-step" in a]
    assert form["data-step"] == page.step
    assert form["data-step"] in {"login", "verification", "access", "consent", "logout"}
    assert form["action"] == "/posted"
    assert form["method"] == "post"
    fields = list(step_fields(reader))
    hidden = {a["name"]: a["value"] for t, a in fields if t == "input" and a["type"] == "hidden"}
    assert hidden["step_token"] == "t"
    assert hidden["csrfmiddlewaretoken"] == "made-up-token"
    submits = [a for t, a in fields if t == "button" and a.get("type", "submit") == "submit"]
    assert all(button.get("name") and button.get("value") for button in submits)
    assert "language" not in {button["name"] for button in submits[:1]}
    switches = [b["name"] for b in submits if b.get("formaction")]
    assert switches == ["language", "language", "view"]
    assert [b["name"] for b in submits][-3:] == switches


def first_submit(page: Page, *, elder: bool = False) -> dict[str, str]:
    fields = step_fields(read(render_page(page, look("en", elder=elder))))
    return next(a for t, a in fields if t == "button" and a.get("type", "submit") == "submit")


@pytest.mark.parametrize(
    ("name", "button"),
    [
        ("login", ("action", "sign_in")),
        ("login-remembered", ("method", "sms")),
        ("code", ("action", "sign_in")),
        ("reauthenticate", ("action", "sign_in")),
        ("reauthenticate-code", ("method", "sms")),
        ("select-account", ("account", "a1")),
        ("identity", ("action", "verify")),
        ("setback-authority_down", ("action", "retry")),
        ("setback-not_found", ("method", "network_identity")),
        ("visit", ("method", "network_identity")),
        ("waiting", ("action", "check")),
        ("consent", ("decision", "allow")),
        ("informing", ("decision", "allow")),
        ("refused", ("action", "return")),
        ("step-up", ("action", "continue")),
        ("device-code", ("action", "continue")),
        ("device-confirm", ("decision", "allow")),
        ("logout", ("decision", "allow")),
    ],
)
@pytest.mark.parametrize("elder", [False, True], ids=["standard", "elder"])
def test_first_submit_is_the_main_action_when_a_step_is_shown(
    name: str, button: tuple[str, str], *, elder: bool
) -> None:
    found = first_submit(samples("en")[name], elder=elder)

    assert (found["name"], found["value"]) == button


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("login", {"identifier", "password"}),
        ("code", {"code"}),
        ("identity", {"name", "document_type", "document_number"}),
        ("consent", {"claim"}),
    ],
)
def test_step_asks_by_the_contracts_names_when_shown(name: str, inputs: set[str]) -> None:
    fields = step_fields(read(render_page(samples("en")[name], look("en"))))

    names = {a["name"] for t, a in fields if t == "input"}

    assert names - {"step_token", "csrfmiddlewaretoken", "return_path"} == inputs


def test_switches_are_a_plain_form_when_a_page_has_no_step() -> None:
    reader = read(render_page(samples("en")["status-404"], look("en")))

    switches = [a for t, a in reader.tags if t == "button" and a.get("name") == "language"]

    assert switches
    assert not [button for button in switches if "form" in button or "formaction" in button]


def test_switches_are_absent_when_there_is_no_address_for_them() -> None:
    html = render_page(LoginPage(), Presentation(language="en"))

    assert 'name="language"' not in html
    assert 'class="skip"' not in html


def test_hostile_words_are_escaped_when_they_reach_a_page() -> None:
    client = ClientShown(
        name=HOSTILE, address=HOSTILE, logo_url=HOSTILE, policy_url=HOSTILE, terms_url=HOSTILE
    )
    pages: tuple[Page, ...] = (
        LoginPage(client=client, identifier=HOSTILE, reason=HOSTILE),
        LoginPage(errors=(FormError(message=HOSTILE, field="identifier", support_code=HOSTILE),)),
        IdentityPage(client=client, name=HOSTILE, document_number=HOSTILE),
        ConsentPage(
            client=client, items=(ConsentItem(claim=HOSTILE, shown_value=HOSTILE, purpose=HOSTILE),)
        ),
        SetbackPage(client=client, setback=Setback.AUTHORITY_DOWN, authority=HOSTILE),
        FormPostPage(client=client, target_url=HOSTILE, parameters=((HOSTILE, HOSTILE),)),
    )
    for page in pages:
        html = render_page(page, look("en"))
        assert "<script>" not in html
        assert "{{ look }}" in html
        read(html)


@pytest.mark.parametrize(
    ("item", "ticked"),
    [
        (ConsentItem(claim="name", essential=True), True),
        (ConsentItem(claim="email"), True),
        (ConsentItem(claim="picture", essential=True, sensitive=True), False),
        (ConsentItem(claim="name", essential=True, ticked=False), False),
        (ConsentItem(claim="email", ticked=True), True),
        (ConsentItem(claim="nickname", is_held=False), False),
        (ConsentItem(claim="nickname", is_held=False, ticked=True), True),
    ],
    ids=[
        "required",
        "optional",
        "sensitive",
        "unticked-before",
        "ticked-before",
        "not-held",
        "not-held-but-ticked",
    ],
)
def test_claim_stands_ticked_unless_sensitive_or_unticked_before(
    item: ConsentItem, *, ticked: bool
) -> None:
    reader = read(render_page(ConsentPage(items=(item,)), look("en")))

    (box,) = [a for t, a in reader.tags if t == "input" and a["type"] == "checkbox"]

    assert ("checked" in box) is ticked
    assert box["name"] == "claim"
    assert box["value"] == item.claim


def test_nothing_is_to_be_ticked_when_the_person_is_only_informed() -> None:
    html = render_page(samples("en")["informing"], look("en"))

    assert "checkbox" not in html


def test_claim_keeps_its_registered_name_when_it_has_no_words() -> None:
    assert claim_label("urn:example:claim") == "urn:example:claim"
    assert claim_label("name#zh-Hans") == claim_label("name")
    assert claim_label("email_verified") == claim_label("email")


def test_error_is_told_and_linked_when_a_field_is_wrong() -> None:
    page = CodePage(sent_to="138 **** 0001", errors=(form_error(Mistake.CODE_WRONG),))

    html = render_page(page, look("en"))

    alert = html[html.index('role="alert"') : html.index("</ul>")]
    assert 'href="#code"' in alert
    assert "This is not the code we sent last." in alert
    assert 'id="code-error"' in html
    assert html.index("<title>") < html.index("Error ·") < html.index("</title>")


def test_first_error_of_a_field_stands_beside_it_when_there_are_two() -> None:
    errors = (FormError(message="one", field="code"), FormError(message="two", field="code"))

    assert CodePage(sent_to="x", errors=errors).errors_by_field["code"].message == "one"


@pytest.mark.parametrize(
    ("stages", "position", "states"),
    [
        ((), 0, ()),
        ((Stage.LOGIN,), 0, ()),
        ((Stage.VERIFICATION, Stage.CONSENT), 0, ()),
        ((Stage.LOGIN, Stage.CONSENT), 1, ("current", "ahead")),
    ],
    ids=["unknown", "single", "elsewhere", "two"],
)
def test_progress_is_shown_when_the_way_has_two_stages(
    stages: tuple[Stage, ...], position: int, states: tuple[str, ...]
) -> None:
    page = LoginPage(stages=stages)

    assert page.position == position
    assert tuple(state for _, state in page.progress) == states


def test_unknown_status_reads_as_our_fault_when_shown() -> None:
    assert StatusPage(status=418).words == StatusPage(status=500).words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "second."), (30, "seconds."), (60, "minute."), (61, "minutes.")],
    ids=["one", "seconds", "minute", "minutes"],
)
def test_wait_is_named_in_fitting_units_when_slowed_down(seconds: int, words: str) -> None:
    html = render_page(StatusPage(status=429, wait_seconds=seconds), look("en"))

    assert words in html


def test_page_refreshes_without_scripts_when_an_authority_is_asked() -> None:
    html = render_page(samples("en")["waiting"], look("en"))

    assert re.search(r'<noscript><meta http-equiv="refresh" content="600; url=/page/w', html)


def test_typed_values_return_when_a_step_is_shown_again() -> None:
    page = replace(IdentityPage(), name="张明", document_number="1101 05")

    html = render_page(page, look("zh-hans"))

    assert 'value="张明"' in html
    assert 'value="1101 05"' in html


THE_CITYS = {"terms_url", "privacy_url"}
"""Addresses that are the same for everybody."""
KEPT = [name for name in NAMES if samples("en")[name].blanks is not None]


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize(("language", "elder"), LOOKS, ids=LOOK_IDS)
def test_page_is_the_same_when_it_is_filled_in(name: str, language: str, *, elder: bool) -> None:
    page, presentation = samples(language)[name], look(language, elder=elder)
    for own in ("one's own", HOSTILE, ""):
        filled = replace(page, **dict.fromkeys(page.blanks or (), own), step_token=own or "t")
        worn = replace(presentation, csrf_token=own, return_path=own, switch_url=own)
        assert render_page(filled, worn) == draw(filled, worn)


@pytest.mark.parametrize("name", KEPT)
def test_address_of_a_journey_is_a_blank_when_its_page_is_kept(name: str) -> None:
    page = samples("en")[name]
    addresses = {each.name for each in fields(page) if each.name.endswith("_url")}
    assert addresses - THE_CITYS <= set(page.blanks or ())


def test_nothing_of_a_person_is_kept_when_their_page_is_drawn() -> None:
    assert {samples("en")[name].step for name in KEPT} == {"login", "verification"}
    calls: list[str] = []
    for number in ("139 **** 0001", "139 **** 0002"):
        html = render_page(CodePage(sent_to=number, step_token=f"t-{number}"), Presentation())
        calls.append(html.replace(number, "N"))
    assert calls[0] == calls[1]
    assert "blank-" not in calls[0]


@pytest.mark.parametrize("value", ["blank-0-csrf_token-", "{{ look.csrf_token }}", "<b>"])
def test_blank_is_filled_once_when_the_value_looks_like_one(value: str) -> None:
    look_ = Presentation(csrf_token="secret-of-the-form", switch_url="/s")
    page = LoginPage(identifier=value)
    assert render_page(page, look_) == draw(page, look_)
