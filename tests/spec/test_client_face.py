"""What a client registered to be shown: OpenID Connect Registration 1.0 §2 asks us to show it."""

import re
from urllib.parse import urlsplit

import pytest

from tests.spec.house import Later
from tests.spec.listening import Portal
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.wire import Answer

PIXEL = b"\x89PNG\r\n\x1a\n made up"
POLICY, TERMS = "https://portal.example/policy", "https://portal.example/terms"


def login_page(party: RelyingParty, language: str = "en") -> Answer:
    browser = party.provider.browser(language)
    return browser.follow(party.begin(browser))


def logo(party: RelyingParty) -> Answer:
    shown = re.search(r'class="asks-logo" src="([^"]+)"', login_page(party).text)
    assert shown
    assert not urlsplit(shown[1]).netloc
    return party.provider.wire.get(shown[1])


@pytest.mark.spec(
    "OpenID Connect Registration 1.0 §2",
    "If present, the server SHOULD display this image to the End-User during approval.",
)
def test_logo_is_shown_from_our_own_address(provider: Provider, portal: Portal) -> None:
    address = portal.publish("/logo.png", PIXEL, media_type="image/png")
    party = provider.party(logo_uri=address)
    answers = [logo(party), logo(party)]
    assert [(answer.status, answer.body) for answer in answers] == [(200, PIXEL)] * 2
    assert answers[0].media_type == "image/png"
    assert address not in login_page(party).text
    assert portal.fetched == ["/logo.png"]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        pytest.param(b"<script>", "text/html", id="a page"),
        pytest.param(b"x" * 200_000, "image/png", id="too large"),
        pytest.param(None, "", id="nothing there"),
    ],
)
def test_logo_is_absent_when_its_address_gives_no_image(
    provider: Provider, portal: Portal, content: bytes | None, media_type: str
) -> None:
    path = f"/logo-{media_type.replace('/', '-')}"
    if content is not None:
        portal.publish(path, content, media_type=media_type)
    party = provider.party(logo_uri=portal.url(path))
    assert [logo(party).status, logo(party).status] == [404, 404]
    assert portal.fetched == [path]


def test_logo_is_asked_for_again_when_it_was_away(
    provider: Provider, portal: Portal, later: Later
) -> None:
    party = provider.party(logo_uri=portal.url("/late.png"))
    assert logo(party).status == 404
    portal.publish("/late.png", PIXEL, media_type="image/png")
    later(minutes=11)
    assert logo(party).status == 200


def test_drawing_as_a_logo_can_do_nothing_when_it_is_opened_by_itself(
    provider: Provider, portal: Portal
) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    address = portal.publish("/logo.svg", drawing, media_type="image/svg+xml")
    answer = logo(provider.party(logo_uri=address))
    policy = answer.header("Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert answer.header("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("client_id", ["nobody", "..%2F..%2Fetc"])
def test_logo_is_absent_when_no_such_client_is_known(provider: Provider, client_id: str) -> None:
    assert provider.wire.get(f"/journey/logo/{client_id}").status == 404


def test_initial_stands_for_a_logo_when_the_client_has_none(web: RelyingParty) -> None:
    page = login_page(web).text
    assert "asks-initial" in page
    assert "asks-link" not in page
    assert web.provider.wire.get(f"/journey/logo/{web.client_id}").status == 404


@pytest.mark.spec(
    "OpenID Connect Registration 1.0 §2",
    "The OpenID Provider SHOULD display this URL to the End-User if it is given.",
)
@pytest.mark.parametrize(
    ("language", "policy"),
    [("en", POLICY), ("zh-Hans", f"{POLICY}/zh"), ("zh-Hant", POLICY)],
)
def test_policy_and_terms_are_linked_in_the_page_s_language(
    provider: Provider, language: str, policy: str
) -> None:
    party = provider.party(
        policy_uri=POLICY, tos_uri=TERMS, **{"policy_uri#zh-Hans": f"{POLICY}/zh"}
    )
    links = re.findall(r'class="asks-link" href="([^"]+)"', login_page(party, language).text)
    assert links == [policy, TERMS]
