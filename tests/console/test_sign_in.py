"""Signing in at the console's pages, confirming, enrolling by a link, and signing out."""

from base64 import b32decode
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client as Browser
from django_otp.oath import TOTP

from idp.staff.roles import Role
from tests.certificates import Authority
from tests.console.conftest import Desk, stranger, words
from tests.key_holder import KeyHolder
from tests.staff.conftest import new_member
from tests.trail import events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
NEW = {
    "username": "wu",
    "name": "吴清",
    "staff_number": "N-77",
    "password": "a quiet harbour at dawn",
}


def code(desk: Desk, secret: str) -> str:
    generator = TOTP(b32decode(secret))
    generator.time = desk.office.clock.now().timestamp()
    return f"{generator.token():06d}"


def options(response: Any) -> str:
    page: str = response.content.decode()
    return unescape(page.split('data-options="', 1)[1].split('"', 1)[0])


def first(desk: Desk, role: Role, browser: Browser | None = None) -> Browser:
    desk.office.seed(role)
    persona = desk.office.persona(role)
    found = browser or stranger()
    typed = {"username": persona.username, "password": persona.password, "next": "/console/clients"}
    response = found.post("/console/sign-in", typed)
    assert response["Location"] == "/console/second-factor?next=/console/clients"
    return found


def test_administrator_signs_in_when_password_and_passkey_are_right(desk: Desk) -> None:
    browser = first(desk, Role.SYSTEM)
    page = browser.get("/console/second-factor")
    holder = desk.office.holder(desk.office.persona(Role.SYSTEM))
    shown = {"passkey": holder.get(options(page)), "next": "/console/clients"}
    response = browser.post("/console/second-factor", shown)
    assert response["Location"] == "/console/clients"
    cookie = response.cookies[desk.console.cookie]
    assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Strict", True, "/")
    assert "方志远" in words(browser.get("/console/"))
    assert browser.get("/console/sign-in")["Location"] == "/console/"
    assert browser.get("/console/second-factor")["Location"] == "/console/sign-in"


@pytest.mark.parametrize(
    "wanted",
    [
        "/console/decisions?client=portal-b&outcome=forbid",
        "/console/people?q=%E8%BF%9C&sort=-level",
        "/console/audit?q=a+b",
    ],
)
def test_signing_in_leads_on_to_the_very_page_that_was_wanted(desk: Desk, wanted: str) -> None:
    """As from a colleague's link: with all that its address asks for."""
    browser = stranger()
    desk.office.seed(Role.SECURITY)
    persona = desk.office.persona(Role.SECURITY)
    sent = browser.get(wanted)["Location"]
    typed = {
        "username": persona.username,
        "password": persona.password,
        "next": next_on(browser, sent),
    }
    second = browser.post(sent, typed)["Location"]
    shown = {"next": next_on(browser, second)}
    holder = desk.office.holder(persona)
    shown["passkey"] = holder.get(options(browser.get(second)))
    assert browser.post(second, shown)["Location"] == wanted
    late = stranger().get(second)["Location"]
    assert next_on(stranger(), late) == wanted


def next_on(browser: Browser, url: str) -> str:
    """What a page's form sends on."""
    page: str = browser.get(url).content.decode()
    return unescape(page.split('name="next" value="', 1)[1].split('"', 1)[0])


def test_session_changes_when_somebody_signs_in_anew(desk: Desk) -> None:
    browser = first(desk, Role.AUDIT, desk.seat(Role.AUDIT))
    before = browser.cookies[desk.console.cookie].value
    secret = desk.office.persona(Role.AUDIT).totp_secret
    browser.post("/console/second-factor", {"code": code(desk, secret)})
    assert browser.cookies[desk.console.cookie].value != before
    assert desk.console.staff.sessions.open(before) is None
    old = stranger()
    old.cookies[desk.console.cookie] = before
    assert old.get("/console/")["Location"] == "/console/sign-in"


def test_words_are_the_same_when_name_or_password_is_wrong(desk: Desk) -> None:
    desk.office.seed(Role.AUDIT)
    pages = [
        words(stranger().post("/console/sign-in", {"username": name, "password": "wrong"}))
        for name in ("audit", "nobody")
    ]
    assert pages[0] == pages[1]
    assert "That did not let you in" in pages[0]


def test_code_is_asked_for_again_when_it_is_wrong(desk: Desk) -> None:
    browser = first(desk, Role.SUPERVISOR)
    response = browser.post("/console/second-factor", {"code": "000000"})
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    secret = desk.office.persona(Role.SUPERVISOR).totp_secret
    assert browser.post("/console/second-factor", {"code": code(desk, secret)}).status_code == 303


def test_danger_is_let_through_when_it_was_confirmed(desk: Desk) -> None:
    browser = desk.seat(Role.SYSTEM)
    desk.office.clock.advance(minutes=6)
    page = browser.get("/console/confirm?next=/console/keys")
    assert "Confirm that it is you" in words(page)
    holder = desk.office.holder(desk.office.persona(Role.SYSTEM))
    wrong = browser.post("/console/confirm", {"passkey": "{}"})
    assert wrong.status_code == 400
    answer = holder.get(options(page))
    response = browser.post("/console/confirm", {"passkey": answer, "next": "/console/keys"})
    assert response["Location"] == "/console/keys"
    assert browser.post("/console/keys/rotate", {"alg": "ES256"}).status_code == 303
    assert events("keys.announced")


def test_everything_ends_when_confirming_locks_the_account(desk: Desk) -> None:
    browser = desk.seat(Role.AUDIT)
    for _ in range(5):
        response = browser.post("/console/confirm", {"code": "000000"})
    assert response["Location"] == "/console/sign-in"
    assert browser.get("/console/")["Location"] == "/console/sign-in"
    assert events("alert.staff_locked")


def test_signing_out_ends_the_session(desk: Desk) -> None:
    browser = desk.seat(Role.AUDIT)
    secret = browser.cookies[desk.console.cookie].value
    assert browser.post("/console/sign-out")["Location"] == "/console/sign-in"
    assert desk.console.staff.sessions.open(secret) is None


def test_form_of_another_site_is_refused(desk: Desk) -> None:
    browser = stranger(enforce_csrf_checks=True)
    browser.cookies.update(desk.seat(Role.AUDIT).cookies)
    assert browser.post("/console/sign-out").status_code == 403
    assert browser.get("/console/").status_code == 200


@pytest.mark.parametrize(
    ("wished", "goes"),
    [
        ("/console/audit?type=login.", "/console/audit?type=login."),
        ("https://evil.example/", "/console/"),
        ("//evil.example/console/", "/console/"),
        ("/console/../account/", "/console/"),
        ("/console/\\evil", "/console/"),
    ],
)
def test_one_goes_on_within_the_console_alone(desk: Desk, wished: str, goes: str) -> None:
    response = desk.seat(Role.AUDIT).post("/console/language", {"language": "en", "next": wished})
    assert response["Location"] == goes


@pytest.mark.parametrize(
    ("chosen", "said"),
    [("zh-hans", "概览"), ("zh-hant", "概覽"), ("en", "Overview"), ("xx", "Overview")],
)
def test_console_speaks_the_language_that_was_chosen(desk: Desk, chosen: str, said: str) -> None:
    browser = desk.seat(Role.AUDIT)
    browser.post("/console/language", {"language": chosen})
    assert said in words(browser.get("/console/"))


def test_link_makes_an_account_when_it_is_filled_in(desk: Desk) -> None:
    link = desk.console.staff.enrolments.invite(Role.SYSTEM, operator="security")
    browser, url = stranger(), f"/console/enrol/{link.token}"
    page = browser.get(url)
    assert "You are invited as: System administrator" in words(page)
    assert "secret" not in page.content.decode()
    holder = KeyHolder(origin=desk.console.origin)
    short = browser.post(url, {**NEW, "password": "short", "passkey": holder.create(options(page))})
    assert "at least 15 characters" in words(short)
    assert 'value="wu"' in short.content.decode()
    assert "short" not in short.content.decode().split("<form")[1]
    bad = browser.post(url, {**NEW, "username": "?", "passkey": "{}"})
    assert "A user name is" in words(bad)
    refused = browser.post(url, {**NEW, "passkey": "{}"})
    assert "second factor was not accepted" in words(refused)
    done = browser.post(url, {**NEW, "passkey": holder.create(options(browser.get(url)))})
    assert done["Location"] == "/console/sign-in?enrolled=1"
    assert "Your account is ready" in words(browser.get(done["Location"]))
    spent = browser.get(url)
    assert spent.status_code == 410
    assert "leads nowhere any more" in words(spent)


def test_link_offers_an_app_when_the_role_only_reads(desk: Desk) -> None:
    enrolments = desk.console.staff.enrolments
    link = enrolments.invite(Role.SUPERVISOR, operator="security")
    browser, url = stranger(), f"/console/enrol/{link.token}"
    secret = enrolments.totp_secret(link.token)
    offered: str = browser.get(url).content.decode()
    drawn = offered.split('<img src="data:image/svg+xml', 1)[1].split('"', 1)[0]
    assert "<svg xmlns='http://www.w3.org/2000/svg'" in unquote(drawn)
    assert secret in words(browser.get(url))
    done = browser.post(url, {**NEW, "code": code(desk, secret)})
    assert done.status_code == 303
    member = desk.console.staff.accounts.find("wu")
    assert member
    again = enrolments.invite_again(member, operator="security")
    page = browser.get(f"/console/enrol/{again.token}")
    assert "A new second factor" in words(page)
    assert 'name="username"' not in page.content.decode()


def test_link_asks_the_invited_for_a_password_and_a_factor_alone(desk: Desk) -> None:
    made = desk.console.staff.accounts.create(
        new_member("wu", role=Role.SUPERVISOR, is_invited=True)
    )
    link = desk.console.staff.enrolments.invite_again(made, operator="security")
    browser, url = stranger(), f"/console/enrol/{link.token}"
    page = browser.get(url)
    assert "You are invited as: Supervisor" in words(page)
    assert 'name="username"' not in page.content.decode()
    given = code(desk, desk.console.staff.enrolments.totp_secret(link.token))
    short = browser.post(url, {"code": given})
    assert "at least 15 characters" in words(short)
    done = browser.post(url, {"code": given, "password": NEW["password"]})
    assert done.status_code == 303
    assert desk.console.staff.signing_in.first("wu", NEW["password"]).member.state == "active"


def test_administrator_enrols_and_signs_in_by_the_certificate_of_the_connection(
    city_ca: Authority, desk: Desk
) -> None:
    pem = city_ca.issue("方志远", at=desk.office.clock.now())
    link = desk.console.staff.enrolments.invite(Role.SYSTEM, operator="security")
    url = f"/console/enrol/{link.token}"
    bare, carrying = stranger(), stranger(HTTP_X_CLIENT_CERT=pem)
    assert "shows no certificate that is taken here" in words(bare.get(url))
    assert "This connection shows the certificate of 方志远." in words(carrying.get(url))
    assert "not accepted" in words(bare.post(url, {**NEW, "factor": "certificate"}))
    assert carrying.post(url, {**NEW, "factor": "certificate"}).status_code == 303
    for browser in (bare, carrying):
        typed = {"username": NEW["username"], "password": NEW["password"]}
        assert browser.post("/console/sign-in", typed).status_code == 303
    shown = {"factor": "certificate", "next": "/console/clients"}
    assert "shows no certificate" in words(bare.get("/console/second-factor"))
    assert "did not let you in" in words(bare.post("/console/second-factor", shown))
    assert "Use this certificate" in words(carrying.get("/console/second-factor"))
    done = carrying.post("/console/second-factor", shown)
    assert done["Location"] == "/console/clients"
    assert "Use this certificate" in words(carrying.get("/console/confirm"))
    assert carrying.post("/console/confirm", shown)["Location"] == "/console/clients"
