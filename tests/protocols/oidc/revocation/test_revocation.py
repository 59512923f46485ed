from dataclasses import replace
from typing import Any

import orjson
import pytest

from idp.clients.client import Client
from idp.foundation.audit.models import AuditRow
from idp.foundation.storage import RevocationFeed, ValkeyStore
from idp.protocols.oauth.wire import WireRequest, WireResponse
from idp.tokens.models import RevokedTokenRow
from tests.tokens.house import SECRET, House, form_request, grants_alive

pytestmark = pytest.mark.storage


def asked(
    house: House, client: Client, token: str, /, *, origin: str = "", **changes: str
) -> WireResponse:
    body = {"client_id": client.client_id, "client_secret": SECRET, "token": token} | changes
    return house.revoke(form_request("/oauth2/revoke", body, origin=origin))


def tokens_of(house: House, client: Client) -> tuple[Any, dict[str, Any]]:
    code, value = house.code(client)
    found: dict[str, Any] = orjson.loads(house.redeem(client, value).body)
    return code, found


def is_live(house: House, token: str) -> bool:
    return house.verifier.verify(token, now=house.clock.timestamp()) is not None


@pytest.mark.parametrize("access_token_format", ["jwt", "opaque"])
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense"])
@pytest.mark.spec("RFC 7009 §2.2", "An invalid token type hint value is ignored")
def test_access_token_ends_alone_when_it_is_revoked(
    house: House, access_token_format: str, hint: str
) -> None:
    client = house.client(access_token_format=access_token_format)
    code, tokens = tokens_of(house, client)
    assert is_live(house, tokens["access_token"])

    responses = [
        asked(house, client, tokens["access_token"], token_type_hint=hint) for _ in range(2)
    ]

    assert [response.status for response in responses] == [200, 200]
    assert not is_live(house, tokens["access_token"])
    assert grants_alive(house, code.grant_id)
    assert RevokedTokenRow.objects.count() == 1
    assert AuditRow.objects.filter(type="token.revoked").count() == 1
    assert house.refresh(client, tokens["refresh_token"]).status == 200


@pytest.mark.spec("RFC 7009 §2.1", "SHOULD also invalidate all access tokens based on the grant")
def test_grant_ends_when_its_refresh_token_is_revoked(house: House) -> None:
    client = house.client()
    code, tokens = tokens_of(house, client)
    assert is_live(house, tokens["access_token"])

    assert asked(house, client, tokens["refresh_token"]).status == 200

    assert not grants_alive(house, code.grant_id)
    assert not is_live(house, tokens["access_token"])
    assert orjson.loads(house.refresh(client, tokens["refresh_token"]).body)["error"] == (
        "invalid_grant"
    )
    assert asked(house, client, tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("token", ["nonsense", "txr_unknown", "txa_unknown", "a.b.c"])
@pytest.mark.spec("RFC 7009 §2.2", "responds with HTTP status code 200 for an invalid token")
def test_revocation_answers_200_when_the_token_is_unknown(house: House, token: str) -> None:
    assert asked(house, house.client(), token).status == 200


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.spec("RFC 7009 §2.1", "whether the token was issued to the client making the request")
def test_revocation_is_refused_when_the_token_is_another_clients(house: House, kind: str) -> None:
    code, tokens = tokens_of(house, house.client())

    response = asked(house, house.client(), tokens[kind])

    assert (response.status, orjson.loads(response.body)["error"]) == (400, "invalid_grant")
    assert grants_alive(house, code.grant_id)
    assert is_live(house, tokens["access_token"])


@pytest.mark.spec("RFC 7009 §2.2.1", "unsupported_token_type")
def test_revocation_is_refused_when_the_token_is_an_id_token(house: House) -> None:
    client = house.client()
    _, tokens = tokens_of(house, client)

    response = asked(house, client, tokens["id_token"])

    assert (response.status, orjson.loads(response.body)["error"]) == (
        400,
        "unsupported_token_type",
    )


def test_revocation_answers_200_when_the_access_token_has_expired(house: House) -> None:
    client = house.client()
    _, tokens = tokens_of(house, client)
    house.clock.move(seconds=4000)

    assert asked(house, client, tokens["access_token"]).status == 200


@pytest.mark.parametrize(
    ("changes", "status"), [({"token": ""}, 400), ({"client_secret": "x"}, 401)]
)
def test_revocation_is_refused_when_the_request_is_wrong(
    house: House, changes: dict[str, str], status: int
) -> None:
    assert asked(house, house.client(), "x", **changes).status == status


def test_revocation_lets_a_page_read_when_it_asks_across_origins(house: House) -> None:
    client = house.client(token_endpoint_auth_method="none")
    asking = WireRequest(method="OPTIONS", path="/oauth2/revoke")

    answers = [
        house.revoke(asking),
        asked(house, client, "x", origin="https://spa.example", client_secret=""),
    ]

    assert [answer.status for answer in answers] == [204, 200]
    for answer in answers:
        assert ("Access-Control-Allow-Origin", "*") in answer.headers


def test_revocation_answers_503_when_the_news_cannot_be_told(house: House) -> None:
    client = house.client()
    code, tokens = tokens_of(house, client)
    away = RevocationFeed(ValkeyStore("unix:///nowhere/valkey.sock"), clock=house.clock)
    house_revoke = replace(house.revoke, revocation=replace(house.revocation, news=away))
    body = {
        "client_id": client.client_id,
        "client_secret": SECRET,
        "token": tokens["refresh_token"],
    }

    response = house_revoke(form_request("/oauth2/revoke", body))

    assert response.status == 503
    assert not grants_alive(house, code.grant_id)
