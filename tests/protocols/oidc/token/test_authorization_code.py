import base64
from typing import Any

import orjson
import pytest

from idp.protocols.oauth.wire import WireResponse
from idp.tokens.id_tokens import token_hash
from tests.tokens.house import API, ISSUER, SECRET, VERIFIER, House, grants_alive

pytestmark = pytest.mark.storage


def document(response: WireResponse) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(response.body)
    return found


def error_of(response: WireResponse) -> str:
    return str(document(response)["error"])


@pytest.mark.spec("RFC 6749 §5.1", "the authorization server MUST include Cache-Control: no-store")
def test_code_answers_all_tokens_when_everything_is_right(house: House) -> None:
    client = house.client()
    code, value = house.code(client)

    response = house.redeem(client, value)

    assert response.status == 200
    assert {("Cache-Control", "no-store"), ("Pragma", "no-cache")} <= set(response.headers)
    answer = document(response)
    assert {"token_type": "Bearer", "expires_in": 300, "scope": "openid profile"}.items() <= (
        answer.items()
    )
    access = house.keys.verify_jwt(answer["access_token"], typ="at+jwt")
    identity = house.keys.verify_jwt(answer["id_token"], typ="JWT")
    assert access["jti"].startswith(access["jti"].split(".")[0])
    assert {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "the-subject",
        "client_id": client.client_id,
        "scope": "openid profile",
        "auth_time": code.authenticated_at,
        "acr": code.acr,
        "amr": ["pwd"],
        "exp": access["iat"] + 300,
    }.items() <= access.items()
    assert {
        "iss": ISSUER,
        "aud": client.client_id,
        "azp": client.client_id,
        "sub": "the-subject",
        "sid": "the-sid",
        "nonce": code.nonce,
        "auth_time": code.authenticated_at,
        "acr": code.acr,
        "at_hash": token_hash(answer["access_token"], "RS256"),
    }.items() <= identity.items()


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.6", "at_hash")
@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
def test_id_token_is_signed_as_registered_when_issued(house: House, alg: str) -> None:
    client = house.client(id_token_signed_response_alg=alg)
    _, value = house.code(client, nonce="", id_token_claims=("name", "unknown"))

    answer = document(house.redeem(client, value))

    claims = house.keys.verify_jwt(answer["id_token"], typ="JWT")
    header = answer["id_token"].split(".")[0]
    assert orjson.loads(_decoded(header))["alg"] == alg
    assert claims["at_hash"] == token_hash(answer["access_token"], alg)
    assert claims["name"] == "张三"
    assert "nonce" not in claims


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_code_answers_no_id_token_when_openid_was_not_granted(house: House) -> None:
    client = house.client(grant_types=frozenset({"authorization_code"}))
    _, value = house.code(client, scope=("api:read",))

    answer = document(house.redeem(client, value))

    assert "id_token" not in answer
    assert "refresh_token" not in answer


@pytest.mark.spec("RFC 6749 §4.1.3", "ensure that the code was issued to the client")
def test_code_is_refused_when_another_client_presents_it(house: House) -> None:
    _, value = house.code(house.client())

    assert error_of(house.redeem(house.client(), value)) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "given", "expected"),
    [
        pytest.param({"redirect_uri": "https://evil.example/"}, True, "invalid_grant", id="other"),
        pytest.param({"redirect_uri": ""}, True, "invalid_grant", id="missing"),
        pytest.param({"redirect_uri": ""}, False, None, id="never-given"),
        pytest.param({"redirect_uri": "https://evil/"}, False, "invalid_grant", id="made-up"),
    ],
)
@pytest.mark.spec("RFC 6749 §4.1.3", "their values MUST be identical")
def test_redirect_uri_is_compared_when_it_was_given(
    house: House, *, changes: dict[str, str], given: bool, expected: str | None
) -> None:
    client = house.client()
    _, value = house.code(client, redirect_uri_given=given)

    answer = document(house.redeem(client, value, **changes))

    assert answer.get("error") == expected


@pytest.mark.parametrize(
    ("verifier", "challenged", "expected"),
    [
        pytest.param(VERIFIER, True, None, id="right"),
        pytest.param("w" * 43, True, "invalid_grant", id="wrong"),
        pytest.param("v" * 42, True, "invalid_request", id="short"),
        pytest.param("v" * 129, True, "invalid_request", id="long"),
        pytest.param("v" * 42 + "!", True, "invalid_request", id="foreign-character"),
        pytest.param("", True, "invalid_request", id="missing"),
        pytest.param(VERIFIER, False, "invalid_request", id="downgrade"),
        pytest.param("", False, None, id="no-pkce"),
    ],
)
@pytest.mark.spec("RFC 7636 §4.6", "If the values are not equal, invalid_grant MUST be returned")
def test_code_verifier_is_judged_when_presented(
    house: House, *, verifier: str, challenged: bool, expected: str | None
) -> None:
    client = house.client()
    _, value = house.code(client) if challenged else house.code(client, code_challenge="")

    answer = document(house.redeem(client, value, code_verifier=verifier))

    assert answer.get("error") == expected


def test_public_client_is_refused_when_it_sends_no_verifier(house: House) -> None:
    client = house.client(token_endpoint_auth_method="none")
    _, value = house.code(client, code_challenge="")

    response = house.redeem(client, value, code_verifier="", client_secret="")

    assert error_of(response) == "invalid_request"


def test_code_is_spent_when_its_verifier_was_wrong(house: House) -> None:
    client = house.client()
    code, value = house.code(client)
    house.redeem(client, value, code_verifier="w" * 43)

    assert error_of(house.redeem(client, value)) == "invalid_grant"
    assert not grants_alive(house, code.grant_id)


def test_code_is_refused_when_it_has_expired(house: House) -> None:
    assert error_of(house.redeem(house.client(), "never-issued")) == "invalid_grant"


@pytest.mark.spec("RFC 8707 §2.2", "invalid_target")
@pytest.mark.parametrize(
    ("granted", "asked", "audience"),
    [
        pytest.param((), "", ISSUER, id="none"),
        pytest.param((), API, API, id="at-the-token"),
        pytest.param((API,), "", API, id="at-the-authorization"),
        pytest.param((API,), API, API, id="both"),
        pytest.param((), ISSUER, ISSUER, id="issuer"),
        pytest.param((API,), ISSUER, None, id="beyond-the-grant"),
        pytest.param((), "https://other.example/", None, id="unregistered"),
        pytest.param((), API + "#part", None, id="fragment"),
        pytest.param((), "relative", None, id="relative"),
        pytest.param((), "https://[broken", None, id="broken"),
    ],
)
def test_access_token_has_the_one_audience_when_a_resource_is_asked_for(
    house: House, granted: tuple[str, ...], asked: str, audience: str | None
) -> None:
    client = house.client()
    _, value = house.code(client, resources=granted)

    answer = document(house.redeem(client, value, **({"resource": asked} if asked else {})))

    if audience is None:
        assert answer["error"] == "invalid_target"
        return
    claims = house.keys.verify_jwt(answer["access_token"], typ="at+jwt")
    assert claims["aud"] == audience
    assert claims["sub"] == ("the-subject" if audience == ISSUER else f"the-subject@{API}")


def test_code_is_refused_when_two_resources_are_asked_for(house: House) -> None:
    client = house.client()
    _, value = house.code(client)
    body = (
        f"grant_type=authorization_code&code={value}&client_id={client.client_id}"
        f"&client_secret={SECRET}&code_verifier={VERIFIER}&redirect_uri=https://rp.example.cn/cb"
        f"&resource={API}&resource={ISSUER}"
    )

    assert error_of(house.post(body)) == "invalid_target"


def test_opaque_token_is_good_until_it_expires_when_the_client_wants_handles(house: House) -> None:
    client = house.client(access_token_format="opaque", access_token_ttl=60)
    _, value = house.code(client)

    answer = document(house.redeem(client, value))

    assert answer["access_token"].startswith("txa_")
    assert answer["expires_in"] == 60
    now = house.clock.timestamp()
    live = house.verifier.verify(answer["access_token"], now=now)
    assert live is not None
    assert live.claims["sub"] == "the-subject"
    assert house.verifier.verify(answer["access_token"], now=now + 60) is None
    assert house.verifier.verify("txa_unknown", now=now) is None
