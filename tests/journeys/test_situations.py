"""What people really do: two tabs, back, another browser, a pause, a double click, lost cookies."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from idp.journey.outcome import Continue
from idp.journey.request import Browser, WantedClaim
from idp.sessions.models import SessionRow
from tests.city import City
from tests.walker import Walker

pytestmark = pytest.mark.storage
PASSWORD = "Bailu-adult-4801"
WISH = {"claims": (WantedClaim(name="phone_number"),)}


@pytest.fixture
def adult(city: City, phone: str) -> str:
    city.clients.add()
    city.resident(phone, password=PASSWORD)
    return phone


def tab_of(walker: Walker) -> Walker:
    """Another tab of the same browser."""
    return Walker(city=walker.city, http=walker.http)


def test_second_tab_goes_on_when_the_first_signed_in(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter()
    second = tab_of(walker).enter()
    walker.sign_in_by_password(adult, PASSWORD)
    first = city.door.granted.session_id
    second.sign_in_by_password(adult, "what was typed does not matter any more")
    assert (walker.answer, second.answer) == ("granted", "granted")
    assert len({city.door.granted.session_id, first}) == 1


def test_back_button_leads_on_when_an_earlier_page_is_sent_again(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter(**WISH)
    login_url, login_form = walker.url, walker.form
    walker.sign_in_by_password(adult, PASSWORD)
    assert walker.step == "consent"
    walker.open(login_url)
    assert walker.step == "consent"
    walker.form = login_form
    walker.sign_in_by_password(adult, "wrong-password")
    assert walker.step == "consent"
    assert walker.press("decision", "allow").answer == "granted"
    del city


def test_journey_explains_when_it_is_opened_in_another_browser(
    city: City, walker: Walker, other_walker: Walker, adult: str
) -> None:
    walker.enter()
    other_walker.http.cookies["tx_language_18700"] = "en"
    other_walker.open(walker.url)
    assert other_walker.status == 403
    assert "began in another browser" in other_walker.words
    assert (
        'href="https://portal.example/start?iss=http%3A%2F%2Flocalhost%3A18700"'
        in other_walker.html
    )
    assert walker.sign_in_by_password(adult, PASSWORD).answer == "granted"
    del city


def test_journey_explains_when_the_device_cookie_is_lost(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter(ui_locales=("en",))
    form = walker.form
    walker.http.cookies.clear()
    walker.form = form
    walker.sign_in_by_password(adult, PASSWORD)
    assert "began in another browser" in walker.words
    assert SessionRow.objects.count() == 0
    del city


def test_page_is_loaded_again_when_only_the_csrf_cookie_is_lost(walker: Walker, adult: str) -> None:
    walker.enter()
    del walker.http.cookies["tongxing_csrf"]
    walker.sign_in_by_password(adult, PASSWORD)
    assert walker.step == "login"
    assert walker.sign_in_by_password(adult, PASSWORD).answer == "granted"


def test_expired_journey_leads_back_to_its_client_when_opened(
    city: City, walker: Walker, adult: str
) -> None:
    del adult
    walker.enter()
    city.store.delete(f"journey:{walker.url.split('/')[2]}")
    walker.http.cookies["tx_language_18700"] = "en"
    walker.open(walker.url)
    assert walker.status == 410
    assert "has expired" in walker.words
    assert 'href="https://portal.example/start?iss=http%3A%2F%2Flocalhost%3A18700"' in walker.html


def test_unknown_journey_is_explained_when_opened(city: City, walker: Walker) -> None:
    del city
    walker.http.cookies["tx_language_18700"] = "en"
    walker.open("/journey/nobody-knows-it/login?t=x")
    assert walker.status == 410
    assert "portal.example" not in walker.html


def test_second_click_gets_the_same_answer_when_it_comes_at_once(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter(**WISH)
    walker.sign_in_by_password(adult, PASSWORD)
    form = walker.form
    first = walker.press("decision", "allow").left_to
    walker.form = form
    assert walker.press("decision", "allow").left_to == first
    assert len(city.door.outcomes) == 1


def test_finished_journey_is_not_answered_again_when_time_has_passed(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter(ui_locales=("en",))
    form = walker.form
    walker.sign_in_by_password(adult, PASSWORD)
    city.clock.advance(seconds=6)
    walker.form = form
    walker.left_to = ""
    walker.sign_in_by_password(adult, PASSWORD)
    assert walker.left_to == ""
    assert walker.status == 409
    assert "already done" in walker.words
    assert len(city.door.outcomes) == 1


def test_one_session_begins_when_the_button_is_pressed_four_times_at_once(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter()
    data = {
        **walker.form.fields,
        "identifier": adult,
        "password": PASSWORD,
        "action": "sign_in",
    }
    url = walker.form.action

    def press(_: int) -> str:
        http = type(walker.http)(enforce_csrf_checks=True)
        for name, morsel in walker.http.cookies.items():
            http.cookies[name] = morsel.value
        try:
            return str(http.post(url, data)["Location"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(press, range(4)))
    assert len(answers) == 1
    assert SessionRow.objects.count() == 1
    assert len(city.door.outcomes) == 1


@pytest.mark.parametrize("step", ["consent", "verification", "access", "nonsense"])
def test_journey_leads_to_the_right_step_when_another_is_opened(
    walker: Walker, adult: str, step: str
) -> None:
    del adult
    walker.enter()
    walker.open(walker.url.replace("/login?", f"/{step}?"))
    assert walker.step == "login"


def test_address_is_of_no_use_when_its_token_is_forged(walker: Walker, adult: str) -> None:
    del adult
    walker.enter()
    walker.open(walker.url.partition("?")[0])
    assert "?t=" in walker.url


def test_form_is_shown_again_when_its_step_token_is_forged(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter(ui_locales=("en",))
    walker.form.fields["step_token"] = "ü forged"
    walker.sign_in_by_password(adult, PASSWORD)
    assert "page was open for too long" in walker.words
    assert city.door.outcomes == []


@pytest.mark.spec("RFC 9700 §4.7.1", "CSRF: the form needs the token of this browser")
def test_nothing_happens_when_another_site_posts_the_form(
    city: City, walker: Walker, adult: str
) -> None:
    walker.enter()
    walker.form.fields.pop("csrfmiddlewaretoken")
    walker.sign_in_by_password(adult, PASSWORD)
    assert walker.step == "login"
    assert city.door.outcomes == []


def test_typed_words_stay_when_the_language_is_switched(walker: Walker, adult: str) -> None:
    del adult
    walker.enter(login_hint="hinted")
    assert "登录" in walker.words
    walker.press("language", "en", identifier="typed so far")
    assert "Sign in" in walker.words
    assert walker.form.fields["identifier"] == "typed so far"
    assert 'role="alert"' not in walker.html
    walker.press("language", "zh-hant", identifier="typed so far")
    assert "登入" in walker.words
    assert walker.response["Content-Language"] == "zh-Hant"


def test_larger_view_stays_when_it_was_chosen(walker: Walker, adult: str) -> None:
    walker.enter()
    walker.press("view", "elder", identifier=adult)
    assert 'class="elder"' in walker.html
    assert walker.form.fields["identifier"] == adult
    walker.open(walker.url)
    assert 'class="elder"' in walker.html
    walker.press("view", "standard")
    assert 'class="elder"' not in walker.html


@pytest.mark.parametrize(
    ("wishes", "accepts", "language"),
    [
        ({}, "", "zh-Hans"),
        ({}, "en-GB,en;q=0.9", "en"),
        ({}, "fr, zh-HK;q=0.8", "zh-Hant"),
        ({"ui_locales": ("de", "zh-TW")}, "en", "zh-Hant"),
        ({"ui_locales": ("zh-CN",)}, "en", "zh-Hans"),
    ],
)
def test_page_speaks_the_right_language_when_opened(
    city: City, walker: Walker, wishes: dict[str, object], accepts: str, language: str
) -> None:
    city.clients.add()
    walker.enter(**wishes)
    walker.open(walker.url, accept_language=accepts)
    assert f'lang="{language}"' in walker.html


def test_last_form_may_lead_to_the_client_when_a_page_is_shown(walker: Walker, adult: str) -> None:
    del adult
    walker.enter()
    policy = walker.response["Content-Security-Policy"]
    assert "form-action 'self' https://portal.example" in policy
    assert "script-src 'self'" in policy
    assert walker.response["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert walker.response["X-Frame-Options"] == "DENY"


def test_answer_travels_by_form_when_the_door_wants_it(
    city: City, walker: Walker, adult: str
) -> None:
    city.door.answers_by_form = True
    walker.enter().sign_in_by_password(adult, PASSWORD)
    assert walker.form.form_post == {"answer": "granted", "state": "state-1"}
    assert "form-action 'self' https://portal.example" in walker.response["Content-Security-Policy"]


def test_journey_ends_when_its_client_is_gone(city: City, walker: Walker, adult: str) -> None:
    del adult
    walker.enter()
    walker.http.cookies["tx_language_18700"] = "en"
    city.clients.by_id.clear()
    walker.open(walker.url)
    assert walker.status == 400
    assert "do not know this service" in walker.words


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/account/", "/account/"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("", "/"),
    ],
)
def test_switch_leads_back_only_into_our_own_pages_when_pressed(
    city: City, walker: Walker, back: str, leads_to: str
) -> None:
    city.clients.add()
    walker.enter()
    token = walker.form.fields["csrfmiddlewaretoken"]
    answer = walker.http.post(
        "/journey/language",
        {"language": "en", "return_path": back, "csrfmiddlewaretoken": token},
    )
    assert (answer.status_code, answer["Location"]) == (303, leads_to)
    assert answer.cookies["tx_language_18700"].value == "en"


def test_language_is_switched_without_a_token(city: City, walker: Walker) -> None:
    """Pages in front of Django carry no CSRF cookie."""
    del city
    answer = walker.http.post("/journey/language", {"language": "en", "return_path": "/x"})
    assert answer.status_code == 303
    assert answer["Location"] == "/x"


def test_brand_is_served_when_a_page_asks(city: City, walker: Walker) -> None:
    del city
    answer = walker.http.get("/journey/brand.css")
    assert answer["Content-Type"] == "text/css"
    assert b"--accent" in answer.content


def test_device_cookie_is_kept_when_a_second_journey_begins(city: City, walker: Walker) -> None:
    city.clients.add()
    walker.enter()
    answer = city.enter(walker.browser)
    assert isinstance(answer, Continue)
    assert answer.set_cookies == ()
    planted = city.enter(Browser(device_secret="short"))
    assert isinstance(planted, Continue)
    assert planted.set_cookies[0].startswith("tx_device_18700=")
