from typing import Any

import orjson
import pytest

from idp.foundation.audit.models import AuditRow
from idp.protocols.oauth.wire import WireResponse
from tests.tokens.house import API, ISSUER, SECRET, House

pytestmark = pytest.mark.storage


def asked(house: House, client: Any, **changes: str) -> WireResponse:
    body = {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": SECRET,
    }
    return house.post(body | changes)


@pytest.mark.spec("RFC 6749 §4.4.3", "A refresh token SHOULD NOT be included")
def test_client_credentials_answer_a_token_of_the_client_itself(house: House) -> None:
    client = house.client()

    answer = orjson.loads(asked(house, client, scope="api:read api:read").body)

    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    claims = house.keys.verify_jwt(answer["access_token"], typ="at+jwt")
    assert claims["sub"] == claims["client_id"] == client.client_id
    assert (claims["aud"], claims["scope"]) == (ISSUER, "api:read")
    assert not {"auth_time", "acr", "amr"} & set(claims)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, "api:read api:write", id="all-that-is-registered"),
        pytest.param({"resource": API}, "api:read api:write", id="resource"),
        pytest.param({"scope": "openid"}, "invalid_scope", id="of-a-person"),
        pytest.param({"scope": "admin"}, "invalid_scope", id="unregistered"),
        pytest.param({"resource": "https://x.example/"}, "invalid_target", id="foreign-resource"),
    ],
)
@pytest.mark.spec("RFC 6749 §3.3", "scope")
def test_client_credentials_are_bounded_by_the_registration(
    house: House, changes: dict[str, str], expected: str
) -> None:
    answer = orjson.loads(asked(house, house.client(), **changes).body)

    assert answer.get("error", answer.get("scope")) == expected


@pytest.mark.spec("RFC 6749 §4.4", "MUST only be used by confidential clients")
def test_client_credentials_are_refused_when_the_client_is_public(house: House) -> None:
    client = house.client(token_endpoint_auth_method="none")

    answer = orjson.loads(asked(house, client, client_secret="").body)

    assert answer["error"] == "unauthorized_client"


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
def test_client_credentials_are_audited_as_a_count_when_flushed(
    house: House, access_token_format: str
) -> None:
    client = house.client(access_token_format=access_token_format)
    for _ in range(3):
        asked(house, client)

    house.counted.flush(house.clock.now())

    event = AuditRow.objects.get(type="token.issued")
    assert event.client_id == client.client_id
    detail = orjson.loads(event.detail)
    assert detail["count"] == 3
    assert bool(detail["key"]) is (access_token_format == "jwt")
