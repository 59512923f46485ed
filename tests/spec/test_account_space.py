"""The citizen's own space: it asks for a login, shows one's sessions and ends them."""

import pytest

from idp.subjects.identifiers import parse_identifier
from tests.spec.house import HouseUnderTest, somebody
from tests.spec.pages import Conduct, Form, forms, submit, walk
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.wire import Answer, Browser

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15")]


def space(browser: Browser, conduct: Conduct) -> Answer:
    return walk(browser, browser.get("/"), conduct)


SESSIONS = "/account/sessions"


def sessions(browser: Browser, conduct: Conduct) -> Answer:
    """Where the person is signed in, after a login where one is needed."""
    return walk(browser, browser.get(SESSIONS), conduct)


def own_form(page: Answer) -> Form:
    return next(form for form in forms(page) if "/account/" in form.action)


def test_space_is_shown_after_a_login(provider: Provider, citizen: Conduct) -> None:
    page = space(provider.browser(), citizen)
    assert page.status == 200
    assert page.url.endswith("/account/")
    assert "135 **** " not in page.text
    assert citizen.person.identifier not in page.text


def test_space_names_the_services_one_entered(
    provider: Provider, web: RelyingParty, citizen: Conduct
) -> None:
    browser = provider.browser()
    authorization = web.authorize(browser, citizen)
    assert web.redeem(authorization).status == 200
    assert "测试门户" in sessions(browser, citizen).text
    page = browser.get("/account/services")
    assert "测试门户" in page.text
    assert web.client_id in page.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Level 2 of 4", "Name and number, by the population library", "For level 3:")),
        ("zh-CN", ("2 级（共 4 级）", "姓名和号码，经人口库核对", "要达到 3 级：")),
        ("zh-HK", ("2 級（共 4 級）", "姓名和號碼，經人口庫核對", "與主管部門的照片比對人臉")),
    ],
    ids=["en", "zh-Hans", "zh-Hant"],
)
def test_space_says_why_a_level_stands_and_what_the_next_takes(
    provider: Provider, citizen: Conduct, language: str, words: tuple[str, ...]
) -> None:
    browser = provider.browser(language)
    space(browser, citizen)
    page = browser.get("/account/documents")
    for each in words:
        assert each in page.text


def test_sign_out_ends_this_session_alone(provider: Provider, citizen: Conduct) -> None:
    one, other = provider.browser(), provider.browser()
    page = space(one, citizen)
    space(other, citizen)
    submit(one, own_form(page), {}, press=("action", "sign_out"))
    assert one.get("/account/").is_redirect
    assert other.get("/account/").status == 200


def test_another_session_is_ended_by_its_owner_alone(
    provider: Provider, citizen: Conduct, elder: Conduct
) -> None:
    one, other, stranger = provider.browser(), provider.browser(), provider.browser()
    space(one, citizen)
    page = sessions(other, citizen)
    named = next(value for name, value in own_form(page).buttons if name == "session")
    foreign = own_form(sessions(stranger, elder))
    submit(stranger, foreign, {}, press=("session", named))
    assert one.get("/account/").status == 200
    for name, value in own_form(page).buttons:
        if name == "session":
            page = submit(other, own_form(sessions(other, citizen)), {}, press=(name, value))
    assert one.get("/account/").is_redirect
    assert other.get("/account/").status == 200


def test_sign_out_everywhere_ends_all(provider: Provider, citizen: Conduct) -> None:
    one, other = provider.browser(), provider.browser()
    space(one, citizen)
    page = sessions(other, citizen)
    submit(other, own_form(page), {}, press=("action", "sign_out_everywhere"))
    assert one.get("/account/").is_redirect
    assert other.get("/account/").is_redirect


@pytest.mark.requirement("R1")
def test_real_name_is_proven_from_the_space(provider: Provider, stranger: Conduct) -> None:
    browser = provider.browser()
    space(browser, stranger)
    page = walk(browser, browser.get("/account/verify"), stranger)
    assert page.url.endswith("/account/")
    again = browser.get("/account/verify")
    assert again.is_redirect
    assert again.location.endswith("/account/")


def test_own_space_is_a_client_nobody_can_name(provider: Provider, web: RelyingParty) -> None:
    answer = web.begin(provider.browser(), client_id="tongxing-account")
    assert answer.status == 400


@pytest.mark.requirement("R13")
def test_freezing_a_person_ends_sessions_and_offline_grants(
    provider: Provider, house: HouseUnderTest
) -> None:
    frozen = Conduct(person=somebody("agent"), presses={"consent": ("decision", "allow")})
    party = provider.party(
        grant_types=["authorization_code", "refresh_token"], scope="openid offline_access"
    )
    browser = provider.browser()
    tokens = party.redeem(
        party.authorize(browser, frozen, scope="openid offline_access", prompt="consent")
    ).json()
    rooms = house.house.rooms
    identifier = parse_identifier(frozen.person.identifier)
    assert identifier is not None
    person_id = rooms.hall.subjects.people.find(identifier)
    rooms.hall.subjects.statuses.freeze(person_id, now=rooms.ground.clock.now())
    refused = party.refresh(tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"
    assert browser.get("/account/").is_redirect


def test_form_of_another_site_is_refused(provider: Provider, citizen: Conduct) -> None:
    browser = provider.browser()
    space(browser, citizen)
    answer = browser.post("/account/", {"action": "sign_out"}, origin="https://evil.example")
    assert answer.status == 403
    assert answer.media_type == "text/html"
    assert browser.get("/account/").status == 200


@pytest.mark.spec("OpenID Connect Core 1.0 §4", "a third party starts the login at the client")
def test_login_begins_at_the_service_with_our_name(provider: Provider) -> None:
    party = provider.party(initiate_login_uri="https://portal.example/start")
    target = {"target_link_uri": "https://portal.example/task/7"}
    answer = provider.wire.get(f"/account/start/{party.client_id}", target)
    assert answer.location.startswith("https://portal.example/start?")
    assert answer.location_parameters() == {"iss": provider.issuer, **target}


@pytest.mark.parametrize("target", ["https://evil.example/", "https://portal.example.evil/"])
def test_login_does_not_hand_a_foreign_target_on(provider: Provider, target: str) -> None:
    party = provider.party(initiate_login_uri="https://portal.example/start")
    answer = provider.wire.get(f"/account/start/{party.client_id}", {"target_link_uri": target})
    assert answer.location_parameters() == {"iss": provider.issuer}


def test_login_begins_nowhere_without_a_registered_address(provider: Provider) -> None:
    party = provider.party()
    assert provider.wire.get(f"/account/start/{party.client_id}").status == 404
