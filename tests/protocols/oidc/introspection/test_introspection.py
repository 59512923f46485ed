import hmac
from dataclasses import replace
from typing import Any

import orjson
import pytest

from idp.clients.client import Client
from idp.foundation.keys import b64url
from idp.foundation.storage import RevocationFeed, ValkeyStore
from idp.protocols.oauth.wire import WireRequest, WireResponse
from idp.sessions.models import SessionRow
from tests.tokens.house import API, ISSUER, SECRET, House, form_request

pytestmark = pytest.mark.storage
INACTIVE = {"active": False}


def asked(house: House, client: Client, token: str, /, **changes: str) -> WireResponse:
    body = {"client_id": client.client_id, "client_secret": SECRET, "token": token} | changes
    return house.introspection(form_request("/oauth2/introspect", body))


def answer_to(house: House, client: Client, token: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(asked(house, client, token).body)
    return found


def tokens_of(house: House, client: Client, **changes: Any) -> dict[str, Any]:
    _, value = house.code(client, **changes)
    found: dict[str, Any] = orjson.loads(house.redeem(client, value).body)
    return found


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
@pytest.mark.spec("RFC 7662 §2.2", "active, scope, client_id, token_type, exp, iat, sub, aud, iss")
def test_introspection_says_what_a_token_says_when_it_is_good(
    house: House, access_token_format: str
) -> None:
    client = house.client(access_token_format=access_token_format)
    tokens = tokens_of(house, client)

    for _ in range(2):
        answer = answer_to(house, client, tokens["access_token"])

    assert {
        "active": True,
        "token_type": "Bearer",
        "client_id": client.client_id,
        "sub": "the-subject",
        "aud": ISSUER,
        "iss": ISSUER,
        "scope": "openid profile",
        "acr": "urn:tongxing:acr:ial2:aal1",
        "exp": house.clock.timestamp() + 300,
    }.items() <= answer.items()
    house.clock.move(seconds=300)
    assert answer_to(house, client, tokens["access_token"]) == INACTIVE


@pytest.mark.parametrize(
    ("asker", "resources", "expected"),
    [
        pytest.param({"is_resource_server": True}, (API,), True, id="its-audience"),
        pytest.param({"is_resource_server": True}, (), False, id="another-audience"),
        pytest.param({"is_resource_server": False}, (API,), False, id="no-resource-server"),
    ],
)
@pytest.mark.spec("RFC 7662 §4", "prevent token scanning attacks")
def test_introspection_tells_only_those_concerned(
    house: House, asker: dict[str, Any], resources: tuple[str, ...], *, expected: bool
) -> None:
    tokens = tokens_of(house, house.client(), resources=resources)

    answer = answer_to(house, house.client(**asker), tokens["access_token"])

    assert answer["active"] is expected
    assert expected or answer == INACTIVE


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "txa_unknown", "txr_unknown", "x" * 9000])
@pytest.mark.spec("RFC 7662 §2.2", "a response with the active field set to false")
def test_introspection_says_nothing_when_the_token_is_unknown(house: House, token: str) -> None:
    assert answer_to(house, house.client(), token) == INACTIVE


def test_introspection_refuses_an_id_token_when_it_is_shown_as_access_token(house: House) -> None:
    client = house.client(id_token_signed_response_alg="ES256")
    tokens = tokens_of(house, client)

    assert answer_to(house, client, tokens["id_token"]) == INACTIVE


def test_introspection_refuses_a_token_when_another_issuer_made_it(house: House) -> None:
    client = house.client()
    claims = house.keys.verify_jwt(tokens_of(house, client)["access_token"], typ="at+jwt")
    claims["iss"] = "https://another.example"
    foreign = house.keys.sign_jwt(claims, alg="ES256", typ="at+jwt")

    assert answer_to(house, client, foreign) == INACTIVE


def test_introspection_describes_a_refresh_token_when_it_is_the_clients_own(house: House) -> None:
    client = house.client()
    token = tokens_of(house, client)["refresh_token"]

    answer = answer_to(house, client, token)

    assert answer["active"] is True
    assert answer["scope"] == "openid profile"
    assert answer["exp"] == house.clock.timestamp() + 30 * 86_400
    assert answer_to(house, house.client(is_resource_server=True), token) == INACTIVE
    house.refresh(client, token)
    assert answer_to(house, client, token) == INACTIVE


def test_introspection_says_inactive_when_the_session_of_a_refresh_token_ended(
    house: House,
) -> None:
    client = house.client()
    token = tokens_of(house, client)["refresh_token"]
    SessionRow.objects.update(ended_at=house.clock.now())

    assert answer_to(house, client, token) == INACTIVE


@pytest.mark.parametrize(
    ("client", "changes", "status", "error"),
    [
        pytest.param({}, {"client_secret": "wrong"}, 401, "invalid_client", id="wrong-secret"),
        pytest.param({}, {"token": ""}, 400, "invalid_request", id="no-token"),
        pytest.param(
            {"token_endpoint_auth_method": "none"},
            {"client_secret": ""},
            401,
            "invalid_client",
            id="public",
        ),
    ],
)
@pytest.mark.spec("RFC 7662 §2.1", "MUST also require some form of authorization")
def test_introspection_is_refused_when_the_caller_is_not_proven(
    house: House, client: dict[str, Any], changes: dict[str, str], status: int, error: str
) -> None:
    response = asked(house, house.client(**client), "x", **changes)

    assert (response.status, orjson.loads(response.body)["error"]) == (status, error)


@pytest.mark.spec("RFC 7662 §2.1", "using an HTTP POST request")
def test_introspection_refuses_get(house: House) -> None:
    response = house.introspection(WireRequest(method="GET", path="/oauth2/introspect"))

    assert response.status == 405
    assert ("Allow", "POST") in response.headers


def test_introspection_answers_503_when_revocation_cannot_be_told(house: House) -> None:
    client = house.client()
    token = tokens_of(house, client)["access_token"]
    away = RevocationFeed(ValkeyStore("unix:///nowhere/valkey.sock"), clock=house.clock)
    house.verifier._revocations = away

    assert asked(house, client, token).status == 503


def test_verified_tokens_are_forgotten_when_too_many_are_held(house: House) -> None:
    client = house.client()
    house.verifier._remembered = 1
    tokens = [tokens_of(house, client)["access_token"] for _ in range(2)]

    for token in tokens * 2:
        assert answer_to(house, client, token)["active"] is True

    assert len(house.verifier._verified) == 1


def test_verified_token_is_refused_when_its_key_is_withdrawn(house: House) -> None:
    client = house.client()
    token = tokens_of(house, client)["access_token"]
    assert answer_to(house, client, token)["active"] is True
    snapshot = house.keys._snapshot
    assert snapshot is not None
    house.keys._snapshot = replace(snapshot, verifiers={})

    assert answer_to(house, client, token) == INACTIVE


def forged(house: House, token: str, header: dict[str, str], *, with_public_key: bool) -> str:
    """The token's claims under another header; signed, if at all, with what anybody knows."""
    payload = token.split(".")[1]
    signed = b64url(orjson.dumps(header)) + b"." + payload.encode()
    secret = orjson.dumps(house.keys.jwks()["keys"][0])
    signature = hmac.digest(secret, signed, "sha256") if with_public_key else b""
    return (signed + b"." + b64url(signature)).decode()


@pytest.mark.parametrize(
    ("header", "with_public_key"),
    [
        pytest.param({"alg": "none"}, False, id="none"),
        pytest.param({"alg": "none", "kid": "ours"}, False, id="none-with-kid"),
        pytest.param({"alg": "HS256", "kid": "ours"}, True, id="public-key-as-secret"),
        pytest.param({"alg": "RS256", "kid": "ours"}, True, id="another-algorithm"),
        pytest.param({"alg": "ES256", "kid": "unknown"}, True, id="unknown-key"),
    ],
)
@pytest.mark.spec("RFC 9068 §4", "The resource server MUST reject any JWT in which alg is none")
def test_introspection_says_inactive_when_algorithm_or_key_is_confused(
    house: House, header: dict[str, str], *, with_public_key: bool
) -> None:
    client = house.client()
    token = tokens_of(house, client)["access_token"]
    kid = house.keys.active("ES256").kid if header.get("kid") == "ours" else header.get("kid", "")
    made = {"typ": "at+jwt", **header, "kid": kid}

    answer = answer_to(house, client, forged(house, token, made, with_public_key=with_public_key))

    assert answer == INACTIVE
