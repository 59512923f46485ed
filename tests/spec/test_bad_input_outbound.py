"""Bad input in addresses we are asked to fetch or call: server-side request forgery."""

import zlib
from typing import Any

import pytest

from tests.spec.house import Deliver
from tests.spec.listening import Portal
from tests.spec.pages import Conduct, walk
from tests.spec.relying_party import ASSERTION_TYPE, Provider, RelyingParty, key_for
from tests.spec.verdicts import refused
from tests.spec.wire import Browser

FORBIDDEN = {
    "cloud metadata": "http://169.254.169.254/latest/meta-data/",
    "cloud metadata over TLS": "https://169.254.169.254/",
    "link local": "https://[fe80::1]/",
    "mapped metadata": "https://[::ffff:169.254.169.254]/",
    "decimal metadata": "https://2852039166/",
    "octal metadata": "https://0251.0376.0251.0376/",
    "unspecified": "https://0.0.0.0/",
    "multicast": "https://224.0.0.1/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:6379/_FLUSHALL",
    "credentials": "https://user:password@portal.example/",
}


def present(party: RelyingParty) -> Any:
    return party.token(
        authenticate=False,
        grant_type="client_credentials",
        client_assertion_type=ASSERTION_TYPE,
        client_assertion=party.assertion(algorithm="ES256"),
    )


def by_address(uri: str) -> dict[str, Any]:
    return {
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": None,
        "jwks_uri": uri,
    }


@pytest.mark.parametrize("uri", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_keys_are_not_fetched_from_a_forbidden_address(provider: Provider, uri: str) -> None:
    answer = provider.register(**by_address(uri))
    if answer.status == 201:
        party = RelyingParty(provider=provider, registered=answer.json())
        refused(present(party), "invalid_client", status=401)
    else:
        refused(answer, "invalid_client_metadata")


@pytest.mark.parametrize("uri", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_sector_is_not_fetched_from_a_forbidden_address(provider: Provider, uri: str) -> None:
    answer = provider.register(subject_type="pairwise", sector_identifier_uri=uri)
    refused(answer, "invalid_client_metadata")


def test_redirect_to_a_forbidden_address_is_not_followed(
    provider: Provider, portal: Portal
) -> None:
    portal.redirects["/jwks"] = FORBIDDEN["cloud metadata"]
    party = provider.party(**by_address(portal.url("/jwks")))
    refused(present(party), "invalid_client", status=401)


def test_keys_are_fetched_from_the_portal_itself(provider: Provider, portal: Portal) -> None:
    keys = {"keys": [dict(key_for("ES256").as_dict(private=False))]}
    party = provider.party(**by_address(portal.publish("/jwks", keys)))
    assert present(party).status == 200


@pytest.mark.parametrize(
    "content", ["", "no json", "[]", '{"keys":{}}', "x" * 3_000_000], ids=lambda text: text[:12]
)
def test_strange_key_document_is_refused(provider: Provider, portal: Portal, content: str) -> None:
    path = f"/jwks-{zlib.crc32(content.encode())}"
    party = provider.party(**by_address(portal.publish(path, content)))
    refused(present(party), "invalid_client", status=401)


def test_request_uri_is_not_fetched_when_another_address_is_registered(
    provider: Provider, browser: Browser, portal: Portal
) -> None:
    party = provider.party(request_uris=[portal.url("/registered")])
    answer = party.begin(browser, request_uri=portal.publish("/request", "x.y.z"))
    assert answer.location_parameters()["error"] == "invalid_request_uri"
    assert not portal.fetched


@pytest.mark.parametrize("uri", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_request_object_is_not_fetched_from_a_forbidden_address(
    provider: Provider, browser: Browser, uri: str
) -> None:
    answer = provider.register(request_uris=[uri])
    if answer.status != 201:
        refused(answer, "invalid_client_metadata")
        return
    party = RelyingParty(provider=provider, registered=answer.json())
    asked = party.begin(browser, request_uri=uri)
    assert asked.location_parameters()["error"] == "invalid_request_uri"


def test_redirect_of_a_request_uri_is_not_followed(
    provider: Provider, browser: Browser, portal: Portal
) -> None:
    portal.redirects["/request"] = portal.publish("/elsewhere", "x.y.z")
    party = provider.party(request_uris=[portal.url("/request")])
    answer = party.begin(browser, request_uri=portal.url("/request"))
    assert answer.location_parameters()["error"] == "invalid_request_uri"
    assert portal.fetched == ["/request"]


@pytest.mark.parametrize("uri", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_logout_is_not_posted_to_a_forbidden_address(
    provider: Provider, browser: Browser, citizen: Conduct, deliver: Deliver, uri: str
) -> None:
    answer = provider.register(backchannel_logout_uri=uri)
    if answer.status != 201:
        refused(answer, "invalid_client_metadata")
        return
    party = RelyingParty(provider=provider, registered=answer.json())
    hint = party.tokens(browser, citizen)["id_token"]
    endpoint = provider.metadata["end_session_endpoint"]
    walk(browser, browser.get(endpoint, {"id_token_hint": hint}), citizen)
    deliver()


@pytest.mark.parametrize("uri", ["http://169.254.169.254/x.png", "javascript:alert(1)"])
def test_logo_is_neither_fetched_nor_shown_from_a_hostile_address(
    provider: Provider, signed_in: Browser, uri: str
) -> None:
    answer = provider.register(logo_uri=uri, scope="openid profile")
    if answer.status != 201:
        refused(answer, "invalid_client_metadata")
        return
    party = RelyingParty(provider=provider, registered=answer.json())
    page = signed_in.follow(party.begin(signed_in, scope="openid profile"))
    assert uri not in page.text
