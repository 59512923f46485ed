"""Codes and tokens of the i厦门 shape: each good once, for one client, at one door."""

from dataclasses import replace

import pytest

from idp.clients.limits import ClientLimits
from idp.foundation.clock import SystemClock
from idp.foundation.storage import ValkeyStore
from idp.protocols.ixiamen.token import TokenEndpoint
from idp.protocols.ixiamen.userinfo import UserInfoEndpoint
from idp.protocols.oauth.wire import WireRequest
from idp.tokens.codes import AuthorizationCodes
from idp.tokens.verification import AccessTokenVerifier
from tests.spec.house import HouseUnderTest
from tests.spec.old_client import ALL, CALLBACK, SECRET, Made, code_of
from tests.spec.pages import Conduct, walk
from tests.spec.relying_party import RelyingParty, s256
from tests.spec.wire import FORM, Browser, encoded


@pytest.mark.spec("RFC 6749 §4.1.2", "MUST NOT use the code more than once")
def test_tokens_die_when_a_code_comes_twice(
    old: Made, citizen: Conduct, signed_in: Browser
) -> None:
    client = old()
    code = code_of(client, signed_in, citizen)
    _, token = client.token(code)
    assert client.user(token["access_token"])[0] == 200
    status, answer = client.token(code)
    assert (status, answer["error"]) == (400, "invalid_grant")
    assert client.user(token["access_token"])[0] == 401


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"redirect_uri": "https://evil.example/"}, 400, "invalid_grant"),
        ({"redirect_uri": ""}, 400, "invalid_grant"),
        ({"code": "guessed"}, 400, "invalid_grant"),
        ({"code": ""}, 400, "invalid_grant"),
        ({"client_assertion": "x"}, 400, "invalid_request"),
    ],
)
def test_no_token_is_given_when_the_exchange_is_bent(
    old: Made,
    citizen: Conduct,
    signed_in: Browser,
    changes: dict[str, str],
    status: int,
    error: str,
) -> None:
    client = old()
    code = code_of(client, signed_in, citizen)
    found, answer = client.token(code, **changes)
    assert (found, answer["error"]) == (status, error)


def test_no_token_is_given_when_the_code_is_another_clients(
    old: Made, citizen: Conduct, signed_in: Browser
) -> None:
    client, thief = old(), old()
    assert thief.token(code_of(client, signed_in, citizen))[0] == 400


@pytest.mark.spec("RFC 7636 §4.6", "the server MUST return an error response")
def test_code_of_the_other_door_is_not_good_here_when_pkce_was_asked(
    old: Made, citizen: Conduct, signed_in: Browser
) -> None:
    client = old(scope=f"openid {ALL}")
    request = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": CALLBACK,
        "state": "s",
    }
    for more in ({"scope": "openid"}, {"scope": "basic", "code_challenge": s256("v" * 43)}):
        method = {"code_challenge_method": "S256"} if "code_challenge" in more else {}
        answer = signed_in.get("/oauth2/authorize", {**request, **more, **method})
        end = walk(signed_in, answer, citizen)
        code = end.location_parameters()["code"]
        assert client.token(code)[1]["error"] == "invalid_grant"


def test_user_is_not_told_when_the_token_is_not_of_this_door(
    old: Made, house: HouseUnderTest, web: RelyingParty, citizen: Conduct, signed_in: Browser
) -> None:
    client = old()
    _, token = client.token(code_of(client, signed_in, citizen))
    other = web.tokens(signed_in, citizen)["access_token"]
    for guess in ("guessed", other):
        assert client.user(guess)[0] == 401
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert house.wire.post("/oauth/userinfo", body=b"", headers=bearer).status == 200
    twice = house.wire.post("/oauth/userinfo", {"access_token": "x"}, headers=bearer)
    assert twice.status == 400
    in_query = house.wire.post(f"/oauth/userinfo?access_token={token['access_token']}")
    assert in_query.status == 400
    plain = house.wire.get("/oauth2/userinfo", headers=bearer)
    assert plain.status == 403, "nor is a token of this door good at the other"
    house.suspend(client.client_id)
    refused = house.wire.post("/oauth/userinfo", {"access_token": token["access_token"]})
    assert refused.status == 401
    assert "invalid_token" in refused.header("WWW-Authenticate")


def test_user_is_not_told_when_the_token_is_of_the_clients_other_door(
    old: Made, house: HouseUnderTest, citizen: Conduct, signed_in: Browser
) -> None:
    client = old(scope=f"openid {ALL}")
    request = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": CALLBACK,
        "scope": "openid",
        "state": "s",
    }
    end = walk(signed_in, signed_in.get("/oauth2/authorize", request), citizen)
    form = {
        "grant_type": "authorization_code",
        "code": end.location_parameters()["code"],
        "redirect_uri": CALLBACK,
        "client_id": client.client_id,
        "client_secret": SECRET,
    }
    token = house.wire.post("/oauth2/token", form).json()["access_token"]
    assert client.user(token)[0] == 401


def test_client_is_asked_to_come_again_when_it_is_too_fast_or_the_store_is_away(
    old: Made, house: HouseUnderTest
) -> None:
    client, rooms = old(), house.house.rooms
    dead = ValkeyStore("unix:///nowhere/valkey.sock")
    tokens = rooms.tokens
    codes = AuthorizationCodes(dead)
    issuance = replace(
        tokens.issuance, redemptions=replace(tokens.issuance.redemptions, codes=codes)
    )
    endpoint = TokenEndpoint(
        authenticator=rooms.clients.authenticator,
        issuance=issuance,
        limits=ClientLimits(clock=SystemClock(), rate=0.5),
        open_id=lambda _client, _person, sub: sub,
        clock=SystemClock(),
    )
    form = {
        "grant_type": "authorization_code",
        "code": "x",
        "client_id": client.client_id,
        "client_secret": SECRET,
    }
    request = WireRequest(
        "POST", "/oauth/token", content_type=FORM, body=encoded(form).encode("ascii")
    )
    assert [endpoint(request).status for _ in range(2)] == [503, 429]
    userinfo = UserInfoEndpoint(
        issuer=house.wire.origin,
        clients=rooms.clients.directory,
        verifier=AccessTokenVerifier(
            issuer=house.wire.origin,
            keys=rooms.ground.keys,
            store=dead,
            revocations=rooms.ground.revocations,
        ),
        ledger=tokens.ledger,
        released=tokens.released,
        open_id=lambda _client, _person, sub: sub,
        clock=SystemClock(),
    )
    opaque = WireRequest("POST", "/oauth/userinfo", authorization="Bearer txa_away")
    answer = userinfo(opaque)
    assert answer.status == 503
    assert "WWW-Authenticate" not in dict(answer.headers)
