"""The OAuth 2.0 shape of i厦门: what an old client finds, and what it may not do."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from connectors.sandbox.population import person
from idp.clients.limits import ClientLimits
from idp.clients.models import ClientRow
from idp.foundation.clock import SystemClock
from idp.foundation.storage import ValkeyStore
from idp.protocols.ixiamen.token import TokenEndpoint
from idp.protocols.ixiamen.userinfo import UserInfoEndpoint
from idp.protocols.oauth.wire import WireRequest
from idp.subjects.imports.models import Alias, ImportRun
from idp.tokens.codes import AuthorizationCodes
from idp.tokens.verification import AccessTokenVerifier
from tests.spec.house import HouseUnderTest
from tests.spec.old_client import OldClient
from tests.spec.pages import Conduct, Form, walk
from tests.spec.relying_party import Provider, RelyingParty, s256
from tests.spec.wire import FORM, Answer, Browser, encoded

CALLBACK = "https://old.example/callback?from=ixiamen"
SECRET = "an-old-clients-secret-of-43-characters-0001"
ALL = "basic name mobile certif-id enterprise"
STATUTORY = {
    "legal_basis": "statutory_duty",
    "statutory_claims": ["document_type", "document_number"],
}
Made = Callable[..., OldClient]


@pytest.fixture
def old(house: HouseUnderTest) -> Made:
    """Clients as operators declare them for the old shape."""

    def make(*, city: Mapping[str, Any] | None = None, **metadata: Any) -> OldClient:
        client_id = f"old-{secrets.token_hex(4)}"
        given = {
            "client_name": "旧门户",
            "redirect_uris": [CALLBACK],
            "scope": ALL,
            "token_endpoint_auth_method": "client_secret_post",
            **metadata,
        }
        settings = {"legacy_doors": ["ixiamen"], **(city or {})}
        clients = house.house.rooms.clients
        clients.registrar.declare(client_id, given, settings, secret=SECRET)
        clients.directory.reload()

        def post(url: str, form: Mapping[str, str]) -> tuple[int, bytes]:
            answer = house.wire.post(url, form)
            return answer.status, answer.body

        return OldClient(
            host=house.wire.origin,
            client_id=client_id,
            client_secret=SECRET,
            redirect_uri=CALLBACK,
            post=post,
        )

    return make


def code_of(client: OldClient, browser: Browser, conduct: Conduct, **wishes: str) -> str:
    """Walk through the pages to the code."""
    end = walk(browser, browser.get(client.start(**wishes)), conduct)
    return client.returned(end.location)["code"]


def refused_page(browser: Browser, url: str) -> str:
    answer = browser.get(url)
    assert answer.status >= 400
    assert not answer.is_redirect
    return answer.text


@pytest.mark.requirement("R8")
def test_person_is_told_in_the_old_fields_when_the_law_lets_it(
    old: Made, citizen: Conduct, browser: Browser
) -> None:
    client = old(city=STATUTORY)
    _, token = client.token(code_of(client, browser, citizen, scope=ALL.replace(" ", ",")))
    assert token["token_type"] == "Bearer"
    assert token["scope"] == ALL
    status, user = client.user(token["access_token"])
    adult = person("adult")
    assert adult.phone
    assert (status, user) == (
        200,
        {
            "openId": token["openId"],
            "userType": "1",
            "personName": adult.name,
            "certifType": "0",
            "certifId": adult.documents[0].number,
            "mobile": adult.phone.removeprefix("+86"),
        },
    )


@pytest.mark.parametrize(
    ("scope", "fields"),
    [
        ("basic", {"openId", "userType"}),
        ("basic mobile", {"openId", "userType", "mobile"}),
        ("basic certif-id enterprise", {"openId", "userType"}),
        ("", {"openId", "userType"}),
        ("basic strange", {"openId", "userType"}),
    ],
)
def test_nothing_more_is_told_when_less_was_asked_or_no_law_lets_it(
    old: Made, citizen: Conduct, browser: Browser, scope: str, fields: set[str]
) -> None:
    client = old()
    _, token = client.token(code_of(client, browser, citizen, scope=scope))
    assert set(client.user(token["access_token"])[1]) == fields


def test_nothing_is_typed_again_when_signed_in(
    old: Made, citizen: Conduct, signed_in: Browser
) -> None:
    client = old(city={"channels": ["web", "wechat"]})
    client.token(code_of(client, signed_in, citizen))
    answer = signed_in.get(client.start(channel="WeChat"))
    assert client.returned(answer.location)["code"]


@pytest.mark.requirement("R5")
def test_old_id_is_told_when_the_client_succeeds_the_source(
    old: Made, provider: Provider, house: HouseUnderTest, signed_in: Browser, citizen: Conduct
) -> None:
    rooms, now = house.house.rooms.hall.subjects, SystemClock().now()
    client = old(city={"legacy_source": "old-platform"})
    first = client.token(code_of(client, signed_in, citizen))[1]["openId"]
    adult = person("adult")
    person_id = rooms.documents.holder(adult.documents[0].number, adult.name)
    run = ImportRun.objects.create(
        source="old-platform", file_sha256="", started_at=now, changed_at=now
    )
    sealed = rooms.fields.of(person_id).seal("alias", "xm-0042")
    alias = Alias.objects.create(
        person_id=person_id,
        source="old-platform",
        blind_index=b"a",
        sealed_value=sealed,
        run=run,
        is_origin=False,
    )
    try:
        token = client.token(code_of(client, signed_in, citizen))[1]
        assert first != token["openId"] == "xm-0042"
        assert client.user(token["access_token"])[1]["openId"] == "xm-0042"
        assert another_successor(house, provider, signed_in, citizen) == "xm-0042"
    finally:
        alias.delete()
        run.delete()


def another_successor(
    house: HouseUnderTest, provider: Provider, browser: Browser, conduct: Conduct
) -> str:
    """The old id as an OpenID Connect client is told it."""
    party = provider.party(scope="openid")
    clients = house.house.rooms.clients
    city = {"legacy_source": "old-platform"}
    clients.registrar.declare(
        party.client_id, party.registered, city, secret=party.registered["client_secret"]
    )
    clients.directory.reload()
    tokens = party.tokens(browser, conduct, scope="openid")
    told = party.userinfo(tokens["access_token"]).json()
    assert told["sub"] != told["legacy_id"]
    return str(told["legacy_id"])


@pytest.mark.parametrize(
    ("city", "metadata"),
    [
        pytest.param({"legacy_doors": []}, {}, id="not registered for it"),
        pytest.param({}, {"token_endpoint_auth_method": "none"}, id="without a secret"),
    ],
)
def test_door_is_closed_when_the_client_may_not_use_it(
    old: Made, browser: Browser, city: dict[str, Any], metadata: dict[str, Any]
) -> None:
    client = old(city=city, **metadata)
    refused_page(browser, client.start())
    secret = "" if metadata else SECRET
    status, answer = client.token("x", client_secret=secret)
    assert (status, answer["error"]) == (400, "unauthorized_client")


def test_door_is_closed_when_the_client_is_unknown_or_suspended(
    old: Made, house: HouseUnderTest, browser: Browser
) -> None:
    client = old()
    house.suspend(client.client_id)
    refused_page(browser, client.start())
    client.client_id = "nobody"
    refused_page(browser, client.start())
    assert client.token("x")[0] == 401


@pytest.mark.parametrize(
    "address",
    [
        "https://old.example/callback",
        "https://old.example/callback?from=ixiamen&more=1",
        "https://evil.example/",
        "",
    ],
)
@pytest.mark.spec("RFC 9700 §2.1", "MUST utilize exact string matching")
def test_page_is_shown_when_the_redirect_uri_is_not_the_registered_one(
    old: Made, browser: Browser, address: str
) -> None:
    client = old()
    client.redirect_uri = address
    refused_page(browser, client.start())


@pytest.mark.parametrize(
    ("bent", "error"),
    [
        (("response_type=code", "response_type=token"), "unsupported_response_type"),
        (("scope=basic+name", "scope=openid"), "invalid_scope"),
        (("channel=web", "channel=fax"), "invalid_request"),
    ],
)
def test_client_is_told_when_its_request_cannot_be_answered(
    old: Made, browser: Browser, bent: tuple[str, str], error: str
) -> None:
    client = old()
    answer = browser.get(client.start().replace(*bent))
    assert client.returned(answer.location)["error"] == error


def test_page_is_shown_when_the_state_is_endless_or_the_method_another(
    old: Made, browser: Browser, house: HouseUnderTest
) -> None:
    client = old()
    refused_page(browser, client.start().replace("state=", "state=" + "x" * 2100))
    refused_page(browser, client.start() + "&state=again")
    answer = house.wire.post("/oauth/authorize", {})
    assert (answer.status, answer.header("Allow")) == (405, "GET")
    for path in ("/oauth/token", "/oauth/userinfo"):
        answer = house.wire.get(path)
        assert (answer.status, answer.header("Allow")) == (405, "POST")


def test_client_is_told_when_the_person_refuses(
    old: Made, citizen: Conduct, browser: Browser
) -> None:
    client = old()
    unwilling = Conduct(person=citizen.person, presses={"consent": ("decision", "deny")})
    end = walk(browser, browser.get(client.start()), unwilling)
    assert client.returned(end.location)["error"] == "access_denied"


def test_client_is_told_when_the_door_is_closed_to_it_on_the_way(
    old: Made, house: HouseUnderTest, citizen: Conduct, browser: Browser
) -> None:
    client, clients = old(), house.house.rooms.clients

    def close(form: Form, _page: Answer) -> None:
        if form.step == "consent":
            row = ClientRow.objects.get(client_id=client.client_id)
            clients.registrar.declare(client.client_id, row.metadata, {}, secret=SECRET)
            clients.directory.reload()

    conduct = Conduct(person=citizen.person, presses=citizen.presses, looks=close)
    end = walk(browser, browser.get(client.start()), conduct)
    assert client.returned(end.location)["error"] == "unauthorized_client"


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
