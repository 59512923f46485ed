"""The entrance of the i厦门 shape: what an old client finds, and what it is told of people."""

from typing import Any

import pytest

from connectors.sandbox.population import person
from idp.clients.models import ClientRow
from idp.foundation.clock import SystemClock
from idp.subjects.disclosures import told_of
from idp.subjects.imports.models import Alias, ImportRun
from tests.spec.house import HouseUnderTest
from tests.spec.old_client import ALL, SECRET, Made, code_of
from tests.spec.pages import Conduct, Form, walk
from tests.spec.relying_party import Provider
from tests.spec.wire import Answer, Browser

STATUTORY = {
    "legal_basis": "statutory_duty",
    "statutory_claims": ["document_type", "document_number"],
}


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
        told = {each.client_id: each.claims for each in told_of(person_id)}
        assert told[client.client_id] == ("legacy_id",)
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
