"""The cookies' names and attributes under both schemes."""

import pytest

from idp.journey.cookies import Cookies


@pytest.mark.spec("RFC 6265bis §4.1.3.2", "__Host- prefix")
def test_cookies_are_tied_to_the_host_when_the_issuer_is_https() -> None:
    cookies = Cookies.of("https://id.example.gov.cn")
    assert cookies.session == "__Host-tx_session"
    assert cookies.set(cookies.session, "s") == (
        "__Host-tx_session=s; Path=/; HttpOnly; SameSite=Lax; Secure"
    )
    assert cookies.set(cookies.device, "d").endswith("; Secure; Max-Age=34560000")


def test_mark_is_read_in_other_sites_pages_when_the_issuer_is_https() -> None:
    cookies = Cookies.of("https://id.example.gov.cn")
    assert cookies.set(cookies.check, "m") == "__Host-tx_check=m; Path=/; SameSite=None; Secure"
    plain = Cookies.of("http://127.0.0.1:8000")
    assert plain.set(plain.check, "m") == "tx_check_8000=m; Path=/; SameSite=Lax"


def test_cookies_are_named_by_port_when_the_issuer_is_http() -> None:
    assert Cookies.of("http://127.0.0.1:8000").session == "tx_session_8000"
    assert Cookies.of("http://localhost").device == "tx_device_80"


def test_cookie_is_removed_when_cleared() -> None:
    cookies = Cookies.of("http://127.0.0.1:8000")
    assert cookies.clear(cookies.session) == (
        "tx_session_8000=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
    )
    assert cookies.clear(cookies.view).count("Max-Age") == 1


def test_browser_is_read_out_of_its_cookies_when_it_shows_them() -> None:
    cookies = Cookies.of("http://127.0.0.1:8000")
    shown = {"tx_session_8000": "s", "tx_device_8000": "d", "tx_session_9000": "other"}
    browser = cookies.browser(shown, remote_address="192.0.2.1")
    assert (browser.session_secret, browser.device_secret) == ("s", "d")
