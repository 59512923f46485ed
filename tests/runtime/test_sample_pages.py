"""What the samples say to people: in their browser's language, and never in a protocol's words."""

import pytest

from deploy.samples.catalogue import LANGUAGES, PORTAL_A
from deploy.samples.kiosk import Kiosk
from deploy.samples.portal import Portal
from deploy.samples.relying_party import RelyingParty
from deploy.samples.web import Request, SampleSite
from tests.foundation.test_store_connection import free_port

pytestmark = pytest.mark.requirement("R18")
PREFERRED = [
    pytest.param("zh-CN,zh;q=0.9", "zh-Hans", "使用城市统一账号登录", id="simplified"),
    pytest.param("zh-HK,zh;q=0.9,en;q=0.8", "zh-Hant", "使用城市統一帳戶登入", id="traditional"),
    pytest.param("en-GB,en;q=0.9", "en", "Sign in with your city account", id="english"),
    pytest.param("fr-FR,fr;q=0.9", "en", "Sign in with your city account", id="another"),
    pytest.param("", "zh-Hans", "使用城市统一账号登录", id="none"),
]
REFUSED = [
    pytest.param("zh-Hans", "access_denied", "您没有同意登录", id="refused-simplified"),
    pytest.param("zh-Hant", "access_denied", "您沒有同意登入", id="refused-traditional"),
    pytest.param("en", "access_denied", "You chose not to sign in", id="refused-english"),
    pytest.param("zh-Hans", "server_error", "登录没有完成", id="broken-simplified"),
    pytest.param("zh-Hant", "server_error", "登入沒有完成", id="broken-traditional"),
    pytest.param("en", "server_error", "Signing in did not work", id="broken-english"),
]
KIOSK = {"zh-Hans": "用身份证办理", "zh-Hant": "用身分證辦理", "en": "Use my identity card"}
NO_ANSWER = {"zh-Hans": "请用手机登录", "zh-Hant": "請用手機登入", "en": "use your phone"}


def portal() -> Portal:
    issuer = f"http://127.0.0.1:{free_port()}"
    party = RelyingParty(issuer=issuer, client_id="portal-a", client_secret="", scope="openid")
    return Portal(PORTAL_A, party, port=8000)


def asked(path: str, *, language: str = "zh-Hans", query: str = "") -> Request:
    visitor = {"logins": {"here": ("nonce", "verifier")}}
    return Request(
        method="GET", path=path, query=query, form={}, visitor=visitor, language=language
    )


@pytest.mark.parametrize(("accepted", "language", "words"), PREFERRED)
def test_portal_speaks_the_language_that_the_browser_would_like_best(
    accepted: str, language: str, words: str
) -> None:
    site = SampleSite(cookie="a", routes={"/": portal().home}, frame_ancestors="'none'")
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_ACCEPT_LANGUAGE": accepted}
    page = b"".join(site(environ, lambda *_: None)).decode()
    assert f'<html lang="{language}">' in page
    assert words in page


@pytest.mark.parametrize(("language", "error", "words"), REFUSED)
def test_portal_says_what_happened_in_the_persons_words_when_nobody_was_signed_in(
    language: str, error: str, words: str
) -> None:
    rooms = portal()
    back = asked("/callback", language=language, query=f"state=here&error={error}")
    rooms.callback(back)
    page = rooms.home(back).body
    notice = page.partition('role="alert">')[2].partition("</p>")[0]
    assert words in notice
    assert error not in notice
    assert "<details><summary>" in page
    assert error in page.partition("<details>")[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_portal_says_in_every_language_that_a_login_was_begun_elsewhere(language: str) -> None:
    rooms = portal()
    back = asked("/callback", language=language, query="state=another")
    rooms.callback(back)
    told = rooms.home(back).body.partition('role="alert">')[2].partition("</p>")[0]
    assert {"zh-Hans": "不是从这个浏览器", "zh-Hant": "不是從這個瀏覽器", "en": "another browser"}[
        language
    ] in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_kiosk_speaks_the_language_that_its_browser_would_like_best(language: str) -> None:
    kiosk = Kiosk(f"http://127.0.0.1:{free_port()}", devices=f"http://127.0.0.1:{free_port()}")
    home = kiosk.home(asked("/", language=language)).body
    assert f'<html lang="{language}">' in home
    assert KIOSK[language] in home
    assert NO_ANSWER[language] in kiosk.card(asked("/card", language=language)).body
