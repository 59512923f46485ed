"""OpenID Connect Front-Channel and Back-Channel Logout 1.0."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.spec.house import Deliver, Later
from tests.spec.listening import Portal
from tests.spec.pages import Conduct, walk
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, peek
from tests.spec.verdicts import refused
from tests.spec.wire import Answer, Browser

must = pytest.mark.must
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def leave(party: RelyingParty, browser: Browser, citizen: Conduct, hint: str) -> Answer:
    endpoint = party.provider.metadata["end_session_endpoint"]
    return walk(browser, browser.get(endpoint, {"id_token_hint": hint}), citizen)


@must(
    "oidc-frontchannel-2-1..2",
    "oidc-frontchannel-2-4",
    "oidc-backchannel-2.2-1",
    "oidc-backchannel-2.2-3",
)
@pytest.mark.parametrize(
    "metadata",
    [
        {"frontchannel_logout_uri": "/bye"},
        {"frontchannel_logout_uri": "https://portal.example/bye#now"},
        {"frontchannel_logout_uri": "https://library.example/bye"},
        {"frontchannel_logout_uri": "https://portal.example:8443/bye"},
        {"frontchannel_logout_uri": "http://portal.example/bye"},
        {"frontchannel_logout_uri": "javascript:alert(1)"},
        {"backchannel_logout_uri": "/bye"},
        {"backchannel_logout_uri": "https://portal.example/bye#now"},
        {"backchannel_logout_uri": "https://portal.example/bye#"},
        {"backchannel_logout_uri": "ftp://portal.example/bye"},
    ],
    ids=lambda metadata: "=".join(next(iter(metadata.items()))),
)
def test_registration_refuses_a_logout_uri_that_is(
    provider: Provider, metadata: dict[str, Any]
) -> None:
    refused(provider.register(**metadata), "invalid_client_metadata", "invalid_redirect_uri")


@must("oidc-frontchannel-2-1", "oidc-frontchannel-2-3", "oidc-frontchannel-2-5")
@pytest.mark.parametrize("session_required", [True, False])
def test_front_channel_logout_is_shown_in_a_frame(
    provider: Provider, browser: Browser, citizen: Conduct, *, session_required: bool
) -> None:
    party = provider.party(
        frontchannel_logout_uri="https://portal.example/bye?tenant=1",
        frontchannel_logout_session_required=session_required,
    )
    hint = party.tokens(browser, citizen)["id_token"]
    page = leave(party, browser, citizen, hint)
    sources = [
        source.replace("&amp;", "&")
        for source in re.findall(r'<iframe[^>]*src="([^"]+)"', page.text)
    ]
    source = next(item for item in sources if item.startswith("https://portal.example/bye?"))
    given = dict(parse_qsl(urlsplit(source).query))
    assert given["tenant"] == "1"
    assert ("iss" in given) == ("sid" in given)
    if session_required:
        assert given["iss"] == provider.issuer
        assert given["sid"] == peek(hint)[1]["sid"]
    assert "https://portal.example" in page.header("Content-Security-Policy")
    assert provider.metadata["frontchannel_logout_supported"] is True
    assert provider.metadata["frontchannel_logout_session_supported"] is True


@must(
    "oidc-backchannel-2.2-2",
    "oidc-backchannel-2.4-1..9",
    "oidc-backchannel-2.4-11",
    "oidc-backchannel-2.6-2",
)
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_back_channel_logout_is_posted_as_a_signed_logout_token(
    provider: Provider,
    browser: Browser,
    citizen: Conduct,
    portal: Portal,
    deliver: Deliver,
    algorithm: str,
) -> None:
    party = provider.party(
        redirect_uris=[CALLBACK],
        backchannel_logout_uri=portal.url("/bye?tenant=1"),
        backchannel_logout_session_required=True,
        id_token_signed_response_alg=algorithm,
    )
    hint = party.tokens(browser, citizen)["id_token"]
    leave(party, browser, citizen, hint)
    deliver()
    (received,) = portal.received
    assert received.path == "/bye?tenant=1"
    assert received.content_type.startswith("application/x-www-form-urlencoded")
    token = received.form["logout_token"]
    header, _ = peek(token)
    assert header["typ"] == "logout+jwt"
    claims = provider.verified(token, algorithm=algorithm)
    assert claims["iss"] == provider.issuer
    assert claims["aud"] in (party.client_id, [party.client_id])
    assert claims["iat"] < claims["exp"] <= claims["iat"] + 300
    assert len(claims["jti"]) >= 16
    assert claims["events"] == {EVENT: {}}
    assert claims["sid"] == peek(hint)[1]["sid"]
    assert claims.get("sub", peek(hint)[1]["sub"]) == peek(hint)[1]["sub"]
    assert "nonce" not in claims
    assert provider.metadata["backchannel_logout_supported"] is True
    assert provider.metadata["backchannel_logout_session_supported"] is True


def test_back_channel_logout_is_tried_again_when_the_portal_fails(
    provider: Provider,
    browser: Browser,
    citizen: Conduct,
    portal: Portal,
    deliver: Deliver,
    later: Later,
) -> None:
    party = provider.party(backchannel_logout_uri=portal.url("/bye"))
    hint = party.tokens(browser, citizen)["id_token"]
    portal.answers(503)
    leave(party, browser, citizen, hint)
    deliver()
    assert len(portal.received) == 1
    portal.answers(200)
    later(minutes=10)
    deliver()
    assert len(portal.received) == 2
    later(minutes=10)
    deliver()
    assert len(portal.received) == 2
