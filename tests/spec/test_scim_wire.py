"""SCIM 2.0: searches, and every request that is refused in the words of RFC 7644 §3.12."""

from dataclasses import replace
from uuid import uuid4

import pytest

from deploy.composition.scim import scim_endpoint
from idp.clients.limits import ClientLimits
from idp.foundation.clock import SystemClock
from idp.foundation.storage import ValkeyStore
from idp.foundation.storage.revocations import RevocationFeed
from idp.protocols.oauth.wire import WireRequest
from idp.tokens.verification import AccessTokenVerifier
from tests.racing import at_once
from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider
from tests.spec.scim_fixture import (
    EMPLOYMENT,
    MESSAGES,
    NOBODY,
    ROOT,
    StaffSystem,
    person,
    refusal,
    staff_system,
)

spec = pytest.mark.spec
pytestmark = pytest.mark.requirement("R2")
ALL = ("system", "security", "audit", "department", "supervisor")


@pytest.fixture(scope="module")
def hr(house: HouseUnderTest, provider: Provider) -> StaffSystem:
    return staff_system(house, provider, *ALL)


# Finding


@spec("RFC 7644 §3.4.2.2", "filters MUST be evaluated")
def test_users_are_filtered_sorted_and_paged(hr: StaffSystem) -> None:
    mark = uuid4().hex
    made = [hr.invite(displayName=f"{mark} {letter}", externalId=letter) for letter in "bca"]
    wanted = {"filter": f'displayName sw "{mark}"', "sortBy": "displayName"}
    page = hr.ask("GET", "/Users", query={**wanted, "startIndex": "2", "count": "1"}).json()
    assert (page["totalResults"], page["itemsPerPage"], page["startIndex"]) == (3, 1, 2)
    assert page["Resources"][0]["externalId"] == "b"
    body = {
        "schemas": [f"{MESSAGES}:SearchRequest"],
        **wanted,
        "sortOrder": "descending",
        "attributes": ["externalId"],
    }
    found = hr.ask("POST", "/Users/.search", body).json()["Resources"]
    assert [each["externalId"] for each in found] == ["c", "b", "a"]
    assert "userName" not in found[0]
    number = made[0][EMPLOYMENT]["employeeNumber"]
    for expression in (f'{EMPLOYMENT}:employeeNumber eq "{number}"', f'id eq "{made[0]["id"]}"'):
        (one,) = hr.ask("GET", "/Users", query={"filter": expression}).json()["Resources"]
        assert one["id"] == made[0]["id"]
    everything = hr.ask("GET", "/", query={"filter": f'displayName co "{mark}"'}).json()
    assert everything["totalResults"] == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"filter": "userName eq"}, (400, "invalidFilter")),
        ({"filter": 'userName like "x"'}, (400, "invalidFilter")),
        ({"filter": 'password eq "x"'}, (400, "invalidFilter")),
        ({"filter": "active gt true"}, (400, "invalidFilter")),
        ({"filter": "not (" * 100 + "userName pr" + ")" * 100}, (400, "invalidFilter")),
        ({"filter": "a" * 5000}, (400, "invalidFilter")),
        ({"sortBy": "nothing"}, (400, "invalidPath")),
        ({"count": "many"}, (400, "invalidValue")),
        ({"cursor": "x"}, (501, "")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_search_is_refused_when_it_makes_no_sense(
    hr: StaffSystem, query: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(hr.ask("GET", "/Users", query=query)) == expected


def test_query_is_refused_when_it_is_not_utf_8(hr: StaffSystem) -> None:
    assert refusal(hr.ask("GET", "/Users?filter=%ff")) == (400, "invalidSyntax")


# At once


def test_one_of_many_edits_wins_when_they_are_made_at_once(hr: StaffSystem) -> None:
    made = hr.invite()
    path, version = f"/Users/{made['id']}", made["meta"]["version"]

    def edit(number: int) -> int:
        change = {"op": "replace", "path": "displayName", "value": f"第{number}"}
        return hr.patch(path, change, If_Match=version).status

    assert sorted(map(str, at_once(4, edit))) == ["204", "412", "412", "412"]


def test_person_is_invited_once_when_two_systems_ask_at_once(hr: StaffSystem) -> None:
    sent = person()

    def invite(number: int) -> int:
        renamed = {**sent, "userName": f"{sent['userName']}.{number}"}
        return hr.ask("POST", "/Users", renamed).status

    assert sorted(map(str, at_once(4, invite))) == ["201", "409", "409", "409"]


# The wire


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/Users", b"{", (400, "invalidSyntax")),
        ("POST", "/Users", b"[]", (400, "invalidSyntax")),
        ("POST", "/Users", b"\xff\xfe", (400, "invalidSyntax")),
        ("POST", "/Users", b"[" * 5000, (400, "invalidSyntax")),
        ("POST", "/Users", b" " * 61_441, (413, "")),
        ("PATCH", f"/Users/{NOBODY}", b"{}", (400, "invalidValue")),
        ("GET", f"/Users/{NOBODY}", b"", (404, "")),
        ("GET", "/Users/%00", b"", (404, "")),
        ("GET", "/Printers", b"", (404, "")),
        ("GET", "/Users/a/b", b"", (404, "")),
        ("GET", "/Me", b"", (501, "")),
        ("GET", "/Schemas?filter=id", b"", (403, "")),
    ],
    ids=lambda value: str(value)[:24],
)
def test_request_is_refused_in_the_words_of_scim(
    hr: StaffSystem, method: str, path: str, body: bytes, expected: tuple[int, str]
) -> None:
    assert refusal(hr.ask(method, path, body or None)) == expected


def test_body_is_refused_when_it_is_no_json(hr: StaffSystem) -> None:
    answer = hr.party.provider.wire.post(
        f"{ROOT}/Users", {"userName": "x"}, headers={"Authorization": f"Bearer {hr.token}"}
    )
    assert refusal(answer) == (415, "")


def test_front_door_stops_a_body_before_it_is_read(hr: StaffSystem) -> None:
    assert hr.ask("POST", "/Users", b" " * 70_000).status == 413


def test_client_is_asked_to_come_again_when_it_is_too_fast_or_nothing_can_be_decided(
    hr: StaffSystem, house: HouseUnderTest
) -> None:
    rooms = house.house.rooms
    served = scim_endpoint(rooms)
    hasty = replace(served, limits=ClientLimits(clock=SystemClock(), rate=0.5))
    away = RevocationFeed(ValkeyStore("unix:///nowhere/valkey.sock"), clock=SystemClock())
    unsure = AccessTokenVerifier(
        issuer=served.issuer, keys=rooms.ground.keys, store=rooms.ground.store, revocations=away
    )
    request = WireRequest("GET", f"{ROOT}/Users", authorization=f"Bearer {hr.token}")
    answers = [
        hasty(request, {}),
        hasty(request, {}),
        replace(served, verifier=unsure)(request, {}),
    ]
    assert [each.status for each in answers] == [200, 429, 503]
    assert [dict(each.headers).get("Retry-After") for each in answers] == [None, "2", "2"]


def test_method_is_refused_with_those_there_are(hr: StaffSystem) -> None:
    answer = hr.ask("DELETE", "/Users")
    assert refusal(answer) == (405, "")
    assert answer.header("Allow") == "GET, POST"
    assert hr.ask("HEAD", "/Users").body == b""
