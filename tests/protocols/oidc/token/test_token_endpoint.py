import base64
from dataclasses import replace
from http import HTTPStatus

import orjson
import pytest
import structlog

from idp.clients.limits import ClientLimits
from idp.foundation.storage import ValkeyStore
from idp.protocols.oauth.wire import WireRequest, WireResponse
from idp.protocols.oidc.token.endpoint import TokenEndpoint
from idp.tokens.codes import AuthorizationCodes
from tests.tokens.house import SECRET, House, form_request

pytestmark = pytest.mark.storage


def error_of(response: WireResponse) -> str:
    return str(orjson.loads(response.body)["error"])


@pytest.mark.spec("RFC 6749 §3.2", "The client MUST use the HTTP POST method")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_token_endpoint_refuses_the_method_when_it_is_not_post(house: House, method: str) -> None:
    response = house.token(WireRequest(method=method, path="/oauth2/token", query="grant_type=x"))

    assert response.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert ("Allow", "POST") in response.headers


def test_token_endpoint_answers_a_preflight_when_a_page_asks(house: House) -> None:
    request = WireRequest(method="OPTIONS", path="/oauth2/token", origin="https://spa.example")

    response = house.token(request)

    assert response.status == HTTPStatus.NO_CONTENT
    assert ("Access-Control-Allow-Origin", "*") in response.headers


@pytest.mark.spec("RFC 6749 §2.3.1", "The parameters can only be transmitted in the request-body")
def test_token_endpoint_ignores_parameters_when_they_stand_in_the_query(house: House) -> None:
    client = house.client()
    query = f"grant_type=client_credentials&client_id={client.client_id}&client_secret={SECRET}"

    response = house.post("", query=query)

    assert (response.status, error_of(response)) == (400, "invalid_request")


def test_token_endpoint_answers_413_when_the_body_is_too_large(house: House) -> None:
    response = house.post("grant_type=client_credentials&x=" + "a" * 70_000)

    assert response.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        pytest.param("{}", {"content_type": "application/json"}, id="json"),
        pytest.param("grant_type=a&grant_type=b", {}, id="repeated"),
        pytest.param("grant_type=%ff", {}, id="bad-utf-8"),
        pytest.param("scope=openid", {}, id="no-grant-type"),
        pytest.param("grant_type=", {}, id="empty-grant-type"),
    ],
)
def test_token_endpoint_answers_invalid_request_when_the_body_is_malformed(
    house: House, body: str, changes: dict[str, object]
) -> None:
    response = house.post(body, **changes)

    assert (response.status, error_of(response)) == (400, "invalid_request")
    assert ("Cache-Control", "no-store") in response.headers


@pytest.mark.spec("RFC 6749 §5.2", "unsupported_grant_type")
@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:x:nothing"])
def test_token_endpoint_refuses_a_grant_type_when_it_is_not_offered(
    house: House, grant_type: str
) -> None:
    client = house.client()
    body = {"grant_type": grant_type, "client_id": client.client_id, "client_secret": SECRET}

    assert error_of(house.post(body)) == "unsupported_grant_type"


@pytest.mark.spec("RFC 6749 §5.2", "unauthorized_client")
@pytest.mark.parametrize(
    ("grant_type", "parameter"),
    [
        ("authorization_code", {"code": "x"}),
        ("refresh_token", {"refresh_token": "x"}),
        ("client_credentials", {}),
        ("urn:ietf:params:oauth:grant-type:device_code", {"device_code": "x"}),
    ],
    ids=["code", "refresh", "client", "device"],
)
def test_token_endpoint_refuses_a_client_when_it_is_not_registered_for_the_grant(
    house: House, grant_type: str, parameter: dict[str, str]
) -> None:
    client = house.client(grant_types=frozenset())
    body = {"grant_type": grant_type, "client_id": client.client_id, "client_secret": SECRET}

    assert error_of(house.post(body | parameter)) == "unauthorized_client"


@pytest.mark.parametrize(
    "grant_type",
    ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
)
def test_token_endpoint_answers_invalid_request_when_the_grant_itself_is_missing(
    house: House, grant_type: str
) -> None:
    client = house.client(grant_types=frozenset({grant_type}))
    body = {"grant_type": grant_type, "client_id": client.client_id, "client_secret": SECRET}

    assert error_of(house.post(body)) == "invalid_request"


@pytest.mark.spec("RFC 6749 §5.2", "MUST respond with an HTTP 401 and include WWW-Authenticate")
def test_token_endpoint_challenges_when_basic_authentication_fails(house: House) -> None:
    client = house.client(token_endpoint_auth_method="client_secret_basic")
    basic = base64.b64encode(f"{client.client_id}:wrong".encode()).decode()

    response = house.post({"grant_type": "client_credentials"}, authorization=f"Basic {basic}")

    assert (response.status, error_of(response)) == (401, "invalid_client")
    assert dict(response.headers)["WWW-Authenticate"].startswith("Basic")


@pytest.mark.spec("RFC 6749 §2.3", "MUST NOT use more than one authentication method")
def test_token_endpoint_answers_invalid_request_when_two_methods_are_used(house: House) -> None:
    client = house.client()
    body = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": SECRET,
    }

    response = house.post(body, authorization="Basic eDp5")

    assert (response.status, error_of(response)) == (400, "invalid_request")


def test_token_endpoint_asks_for_patience_when_a_client_is_too_fast(house: House) -> None:
    client = house.client()
    parts = house.token._parts
    limited = TokenEndpoint(replace(parts, limits=ClientLimits(clock=house.clock, rate=1)))
    request = form_request(
        "/oauth2/token",
        {
            "grant_type": "client_credentials",
            "client_id": client.client_id,
            "client_secret": SECRET,
        },
    )

    statuses = [limited(request).status for _ in range(3)]
    house.clock.move(seconds=1)

    assert statuses == [200, 200, 429]
    assert limited(request).status == HTTPStatus.OK


def test_token_endpoint_answers_503_when_the_store_is_away(house: House) -> None:
    client = house.client()
    away = ValkeyStore("unix:///nowhere/valkey.sock")
    issuance = house.issuance
    redemptions = replace(issuance.redemptions, codes=AuthorizationCodes(away))
    engine = house.token._parts.engine
    engine.issuance = replace(issuance, redemptions=redemptions)

    response = house.redeem(client, "whatever")

    assert (response.status, error_of(response)) == (503, "temporarily_unavailable")
    assert "Retry-After" in dict(response.headers)


@pytest.mark.parametrize(
    ("method", "origin", "expected"),
    [("none", "https://spa.example", True), ("none", "", False)],
    ids=["page", "no-origin"],
)
def test_token_endpoint_lets_any_page_read_when_a_public_client_asks(
    house: House, *, method: str, origin: str, expected: bool
) -> None:
    client = house.client(token_endpoint_auth_method=method, secret_sha256=b"")
    body = {"grant_type": "authorization_code", "client_id": client.client_id, "code": "x"}

    response = house.post(body, origin=origin)

    assert (("Access-Control-Allow-Origin", "*") in response.headers) is expected


def test_token_endpoint_answers_503_when_there_is_no_signing_key(house: House) -> None:
    client = house.client(access_token_signed_response_alg="ES512")
    body = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": SECRET,
    }

    assert house.post(body).status == 503


def test_reason_stands_in_the_log_alone_when_a_client_is_refused(house: House) -> None:
    client = house.client()
    body = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": "wrong",
    }

    with structlog.testing.capture_logs() as lines:
        response = house.post(body)

    assert [line["debug"] for line in lines] == ["wrong secret"]
    assert b"wrong secret" not in response.body
