from typing import Any

import orjson
import pytest

from idp.foundation.audit.models import AuditRow
from idp.protocols.oauth.wire import WireResponse
from idp.sessions.models import SessionRow
from idp.tokens.codes import AuthorizationCode
from idp.tokens.models import GrantRow
from tests.tokens.house import API, ISSUER, House, grants_alive

pytestmark = pytest.mark.storage


def document(response: WireResponse) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(response.body)
    return found


def issued(house: House, **changes: Any) -> tuple[Any, AuthorizationCode, dict[str, Any]]:
    client = house.client()
    code, value = house.code(client, **changes)
    return client, code, document(house.redeem(client, value))


@pytest.mark.spec("OpenID Connect Core 1.0 §12.2", "its auth_time Claim MUST be the original one")
def test_refresh_answers_new_tokens_when_the_token_is_good(house: House) -> None:
    client, code, first = issued(house)
    house.clock.move(seconds=100)

    second = document(house.refresh(client, first["refresh_token"]))

    assert second["refresh_token"] != first["refresh_token"]
    claims = house.keys.verify_jwt(second["id_token"], typ="JWT")
    assert claims["auth_time"] == code.authenticated_at
    assert claims["iat"] == house.clock.timestamp()
    assert "nonce" not in claims
    assert document(house.refresh(client, second["refresh_token"]))["scope"] == "openid profile"
    assert AuditRow.objects.filter(type="token.refreshed", subject=str(code.person_id)).count() == 2
    event = AuditRow.objects.filter(type="token.refreshed").first()
    assert event is not None
    assert orjson.loads(event.detail) == {"grant": str(code.grant_id)}


@pytest.mark.spec("RFC 6749 §10.4", "binding between the refresh token and client identity")
def test_refresh_is_refused_when_another_client_presents_the_token(house: House) -> None:
    _, code, first = issued(house)

    answer = document(house.refresh(house.client(), first["refresh_token"]))

    assert answer["error"] == "invalid_grant"
    assert grants_alive(house, code.grant_id)


@pytest.mark.parametrize("seconds", [2, 8, 15])
def test_refresh_answers_the_same_again_when_the_answer_was_lost(
    house: House, seconds: int
) -> None:
    client, code, first = issued(house)
    lost = document(house.refresh(client, first["refresh_token"]))
    house.clock.move(seconds=seconds)

    again = document(house.refresh(client, first["refresh_token"]))

    assert again["refresh_token"] == lost["refresh_token"]
    assert again["access_token"] != lost["access_token"]
    assert grants_alive(house, code.grant_id)
    assert document(house.refresh(client, again["refresh_token"]))["token_type"] == "Bearer"


@pytest.mark.parametrize("seconds", [0, 1, 16, 4000])
@pytest.mark.spec("RFC 9700 §4.14.2", "revoke the active refresh token")
def test_refresh_revokes_the_family_when_reuse_is_outside_the_grace(
    house: House, seconds: int
) -> None:
    client, code, first = issued(house)
    second = document(house.refresh(client, first["refresh_token"]))
    house.clock.move(seconds=seconds)

    answer = document(house.refresh(client, first["refresh_token"]))

    assert answer["error"] == "invalid_grant"
    assert not grants_alive(house, code.grant_id)
    assert document(house.refresh(client, second["refresh_token"]))["error"] == "invalid_grant"


def test_refresh_revokes_the_family_when_the_successor_was_used_already(house: House) -> None:
    client, code, first = issued(house)
    second = document(house.refresh(client, first["refresh_token"]))
    house.clock.move(seconds=5)
    house.refresh(client, second["refresh_token"])

    answer = document(house.refresh(client, first["refresh_token"]))

    assert answer["error"] == "invalid_grant"
    assert not grants_alive(house, code.grant_id)


def test_refresh_is_refused_when_the_token_is_unknown(house: House) -> None:
    assert document(house.refresh(house.client(), "txr_unknown"))["error"] == "invalid_grant"


def test_refresh_is_refused_when_the_token_lay_idle_too_long(house: House) -> None:
    client, code, first = issued(house)
    house.clock.move(seconds=31 * 86_400)

    assert document(house.refresh(client, first["refresh_token"]))["error"] == "invalid_grant"
    assert grants_alive(house, code.grant_id)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param(("openid", "profile"), "invalid_grant", id="bound-to-the-session"),
        pytest.param(("openid", "offline_access"), None, id="offline"),
    ],
)
@pytest.mark.spec("Back-Channel Logout 1.0 §2.7", "Refresh tokens with offline_access stay")
def test_refresh_ends_with_its_session_unless_offline(
    house: House, scope: tuple[str, ...], expected: str | None
) -> None:
    client, code, first = issued(house, scope=scope)
    SessionRow.objects.filter(id=code.session_id).update(ended_at=house.clock.now())

    assert document(house.refresh(client, first["refresh_token"])).get("error") == expected


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        pytest.param("openid", "openid", id="narrower"),
        pytest.param("profile profile", "profile", id="without-openid"),
        pytest.param("openid api:write", None, id="wider"),
    ],
)
@pytest.mark.spec("RFC 6749 §6", "MUST NOT include any scope not originally granted")
def test_refresh_narrows_the_scope_when_asked(
    house: House, scope: str, granted: str | None
) -> None:
    client, _, first = issued(house)

    answer = document(house.refresh(client, first["refresh_token"], scope=scope))

    if granted is None:
        assert answer["error"] == "invalid_scope"
        assert document(house.refresh(client, first["refresh_token"]))["scope"] == "openid profile"
    else:
        assert answer["scope"] == granted
        assert ("id_token" in answer) is ("openid" in granted)
        second = document(house.refresh(client, answer["refresh_token"]))
        assert second["scope"] == "openid profile"


def test_refresh_chooses_the_audience_when_a_resource_is_asked_for(house: House) -> None:
    client, _, first = issued(house)

    refused = document(house.refresh(client, first["refresh_token"], resource="https://x.example"))
    answer = document(house.refresh(client, first["refresh_token"], resource=API))

    assert refused["error"] == "invalid_target"
    claims = house.keys.verify_jwt(answer["access_token"], typ="at+jwt")
    assert claims["aud"] == API
    other = document(house.refresh(house.client(), first["refresh_token"], resource=ISSUER))
    assert other["error"] == "invalid_grant"


def test_refresh_is_refused_when_the_person_was_erased(house: House) -> None:
    client, code, first = issued(house, id_token_claims=("name",))
    house.people.is_erased = True

    assert document(house.refresh(client, first["refresh_token"]))["error"] == "invalid_grant"
    assert GrantRow.objects.get().id == code.grant_id
