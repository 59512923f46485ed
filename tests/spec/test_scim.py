"""SCIM 2.0 (RFC 7643, RFC 7644) for staff and departments, through the whole application."""

from typing import Any
from uuid import uuid4

import pytest

from idp.foundation.audit.models import AuditRow
from idp.staff.models import StaffSession
from idp.subjects.authenticators.kinds import Kind
from tests.spec.house import HouseUnderTest
from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.scim_fixture import (
    EMPLOYMENT,
    GROUP,
    MESSAGES,
    NOBODY,
    ROOT,
    USER,
    StaffSystem,
    allow,
    department,
    person,
    refusal,
    staff_system,
)
from tests.spec.wire import Browser
from tests.trail import detail

spec = pytest.mark.spec
pytestmark = pytest.mark.requirement("R2")
ALL = ("system", "security", "audit", "department", "supervisor")


@pytest.fixture(scope="module")
def hr(house: HouseUnderTest, provider: Provider) -> StaffSystem:
    return staff_system(house, provider, *ALL)


def replaced(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


# Who may ask


@spec("RFC 7644 §2", "the service provider determines if the client is authorized")
@pytest.mark.parametrize("path", ["/Users", "/Groups", "/Schemas", "/ResourceTypes", "/Me"])
def test_nobody_is_answered_without_a_token(hr: StaffSystem, path: str) -> None:
    bare = hr.party.provider.wire.get(f"{ROOT}{path}")
    assert refusal(bare) == (401, "")
    assert bare.header("WWW-Authenticate") == 'Bearer realm="tongxing"'
    wrong = hr.party.provider.wire.get(
        f"{ROOT}{path}", headers={"Authorization": f"Bearer {hr.token}x"}
    )
    assert refusal(wrong) == (401, "")
    assert 'error="invalid_token"' in wrong.header("WWW-Authenticate")


def test_configuration_is_told_to_everybody(hr: StaffSystem) -> None:
    answer = hr.party.provider.wire.get(f"{ROOT}/ServiceProviderConfig")
    told = answer.json()
    assert answer.media_type == "application/scim+json"
    assert told["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    assert not told["changePassword"]["supported"]
    assert told["meta"]["location"].endswith("/scim/v2/ServiceProviderConfig")


def test_client_is_refused_when_no_administrator_lets_it_keep_staff(
    house: HouseUnderTest, provider: Provider
) -> None:
    stranger = staff_system(house, provider)
    assert refusal(stranger.ask("GET", "/Users")) == (403, "")
    allow(house, stranger.party.client_id, "audit")
    assert stranger.ask("GET", "/Users").status == 200
    house.suspend(stranger.party.client_id)
    assert refusal(stranger.ask("GET", "/Users")) == (401, "")


def test_token_is_refused_when_it_was_issued_for_something_else(
    house: HouseUnderTest, provider: Provider
) -> None:
    other = staff_system(house, provider, *ALL, scope="access:evaluate")
    answer = other.ask("GET", "/Users")
    assert refusal(answer) == (403, "")
    assert 'error="insufficient_scope", scope="scim"' in answer.header("WWW-Authenticate")
    resource = "https://api.hr.example"
    elsewhere = provider.party(
        grant_types=["client_credentials"],
        response_types=[],
        redirect_uris=None,
        scope="scim",
        resources=[resource],
    )
    allow(house, elsewhere.client_id, *ALL)
    token = elsewhere.token(grant_type="client_credentials", resource=resource).json()
    foreign = StaffSystem(party=elsewhere, token=token["access_token"])
    assert refusal(foreign.ask("GET", "/Users")) == (401, "")


def test_token_is_refused_when_a_citizen_gave_it(
    house: HouseUnderTest, provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    party: RelyingParty = provider.party(scope="openid scim")
    allow(house, party.client_id, *ALL)
    tokens = party.tokens(signed_in, citizen, scope="openid scim")
    citizens = StaffSystem(party=party, token=tokens["access_token"])
    assert refusal(citizens.ask("GET", "/Users")) == (403, "")


def test_reading_token_changes_nothing(house: HouseUnderTest, provider: Provider) -> None:
    reader = staff_system(house, provider, "supervisor", scope="scim:read")
    assert reader.ask("GET", "/Users").status == 200
    search = {"schemas": [f"{MESSAGES}:SearchRequest"], "filter": "userName pr"}
    assert reader.ask("POST", "/Users/.search", search).status == 200
    for method, path, document in (
        ("POST", "/Users", person()),
        ("POST", "/Groups", department("无权")),
        ("PUT", f"/Users/{NOBODY}", person()),
        ("PATCH", f"/Groups/{NOBODY}", {}),
        ("DELETE", f"/Users/{NOBODY}", None),
    ):
        answer = reader.ask(method, path, document)
        assert refusal(answer) == (403, "")
        assert "insufficient_scope" in answer.header("WWW-Authenticate")
    bulk = {
        "schemas": [f"{MESSAGES}:BulkRequest"],
        "Operations": [{"method": "POST", "path": "/Users", "bulkId": "1", "data": person()}],
    }
    (outcome,) = reader.ask("POST", "/Bulk", bulk).json()["Operations"]
    assert outcome["status"] == "403"


def test_client_sees_and_makes_accounts_of_its_roles_alone(
    hr: StaffSystem, house: HouseUnderTest, provider: Provider
) -> None:
    narrow = staff_system(house, provider, "supervisor")
    system = hr.invite("system", department="信息中心")
    assert refusal(narrow.ask("GET", f"/Users/{system['id']}")) == (404, "")
    assert refusal(narrow.ask("DELETE", f"/Users/{system['id']}")) == (404, "")
    assert refusal(narrow.ask("POST", "/Users", person("audit"))) == (403, "")
    found = narrow.ask("GET", "/Users", query={"filter": f'userName eq "{system["userName"]}"'})
    assert found.json()["totalResults"] == 0
    (group,) = system["groups"]
    assert narrow.members(group["value"]) == set()
    assert hr.members(group["value"]) == {system["id"]}
    narrow.patch(f"/Groups/{group['value']}", replaced("members", []))
    assert hr.members(group["value"]) == {system["id"]}
    joins = {"op": "add", "path": "members", "value": [{"value": system["id"]}]}
    assert refusal(narrow.patch(f"/Groups/{group['value']}", joins)) == (400, "invalidValue")
    schema = narrow.ask("GET", f"/Schemas/{USER}").json()
    (role,) = (each for each in schema["attributes"] if each["name"] == "userType")
    assert role["canonicalValues"] == ["supervisor"]


# Users


@spec("RFC 7644 §3.3", "the response MUST include a Location header with the URI of the resource")
def test_user_is_invited_and_nothing_more(hr: StaffSystem, house: HouseUnderTest) -> None:
    sent = person("audit", externalId="hr-7", department="审计局")
    answer = hr.ask("POST", "/Users", sent)
    made = answer.json()
    assert answer.status == 201
    assert answer.header("Location") == made["meta"]["location"]
    assert answer.header("ETag") == made["meta"]["version"]
    assert made[EMPLOYMENT]["department"] == "审计局"
    assert {name: made[name] for name in ("userName", "displayName", "active", "externalId")} == {
        name: sent[name] for name in ("userName", "displayName", "active", "externalId")
    }
    member = house.house.rooms.staff.accounts.find(made["userName"])
    assert member.state == "invited"
    row = AuditRow.objects.filter(type="staff.created").latest("id")
    assert (row.client_id, row.channel) == (hr.party.client_id, "scim")
    assert detail(row)["account"] == made["id"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"userName": ""}, (400, "invalidValue")),
        ({"userName": "../etc"}, (400, "invalidValue")),
        ({"userName": ["a", "b"]}, (400, "invalidValue")),
        ({"userType": "root"}, (400, "invalidValue")),
        ({"userType": ["system", "audit"]}, (400, "invalidValue")),
        ({"displayName": "名" * 61}, (400, "invalidValue")),
        ({"active": "perhaps"}, (400, "invalidValue")),
        ({"externalId": "x" * 129}, (400, "invalidValue")),
        ({"employeeNumber": "?"}, (400, "invalidValue")),
        ({"department": "x" * 129}, (400, "invalidValue")),
        ({"userType": "department"}, (400, "invalidValue")),
        ({"password": "let me choose it"}, (400, "invalidSyntax")),
        ({"schemas": [GROUP]}, (400, "invalidSyntax")),
    ],
    ids=str,
)
def test_user_is_not_made_when_an_attribute_cannot_be(
    hr: StaffSystem, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    before = AuditRow.objects.count()
    assert refusal(hr.ask("POST", "/Users", person(**changes))) == expected
    assert AuditRow.objects.count() == before


@spec("RFC 7644 §3.3", "409 with a scimType of uniqueness")
def test_user_is_not_made_twice(hr: StaffSystem) -> None:
    first = person()
    assert hr.ask("POST", "/Users", first).status == 201
    again = person(userName=first["userName"].upper())
    assert refusal(hr.ask("POST", "/Users", again)) == (409, "uniqueness")
    number = first[EMPLOYMENT]["employeeNumber"].lower()
    same = person("audit", employeeNumber=number)
    assert refusal(hr.ask("POST", "/Users", same)) == (409, "uniqueness")


@spec("RFC 7644 §3.5.1", "the input value(s) MUST match, or 400 with a scimType of mutability")
def test_role_and_user_name_are_for_life(hr: StaffSystem) -> None:
    sent = person()
    made = hr.ask("POST", "/Users", sent).json()
    path = f"/Users/{made['id']}"
    for name, value in (("userType", "audit"), ("userName", "another")):
        assert refusal(hr.patch(path, replaced(name, value))) == (400, "mutability")
        assert refusal(hr.ask("PUT", path, {**sent, name: value})) == (400, "mutability")
    assert hr.ask("PUT", path, {**sent, "displayName": "沈清"}).json()["displayName"] == "沈清"
    assert hr.user(made["id"])["userType"] == "supervisor"


def test_suspending_ends_the_members_sessions_at_once(
    hr: StaffSystem, house: HouseUnderTest
) -> None:
    made = hr.invite()
    staff = house.house.rooms.staff
    member = staff.accounts.find(made["userName"])
    _signed, secret = staff.sessions.start(member, Kind.TOTP)
    assert hr.patch(f"/Users/{made['id']}", replaced("active", value=False)).status == 204
    assert staff.sessions.open(secret) is None
    assert StaffSession.objects.get(account_id=member.id).end_reason == "account_suspended"
    assert hr.user(made["id"])["active"] is False
    removal = {"op": "remove", "path": "active"}
    assert refusal(hr.patch(f"/Users/{made['id']}", removal))[0] == 400
    hr.patch(f"/Users/{made['id']}", replaced("active", value=True))
    assert hr.user(made["id"])["active"] is True


@spec("RFC 7644 §3.6", "MUST return a 404 error code for all operations on the deleted resource")
def test_deleted_user_is_gone_and_the_name_is_never_given_again(
    hr: StaffSystem, house: HouseUnderTest
) -> None:
    sent = person(department="档案局")
    made = hr.ask("POST", "/Users", sent).json()
    path = f"/Users/{made['id']}"
    assert hr.ask("DELETE", path).status == 204
    assert house.house.rooms.staff.accounts.find(made["userName"]).is_closed
    for method, document in (("GET", None), ("PUT", sent), ("DELETE", None)):
        assert refusal(hr.ask(method, path, document)) == (404, "")
    assert refusal(hr.patch(path, replaced("active", value=True))) == (404, "")
    assert hr.members(made["groups"][0]["value"]) == set()
    assert refusal(hr.ask("POST", "/Users", sent)) == (409, "uniqueness")
    renamed = {**sent, "userName": f"{sent['userName']}.again"}
    assert hr.ask("POST", "/Users", renamed).status == 201


def test_last_administrator_of_a_role_stays(hr: StaffSystem) -> None:
    query = {"filter": 'userType eq "security" and userName eq "security"'}
    (guard,) = hr.ask("GET", "/Users", query=query).json()["Resources"]
    path = f"/Users/{guard['id']}"
    assert refusal(hr.ask("DELETE", path)) == (409, "")
    assert refusal(hr.patch(path, replaced("active", value=False))) == (409, "")
    assert hr.user(guard["id"])["active"] is True


# Groups


def test_department_gathers_those_who_work_there(hr: StaffSystem) -> None:
    first, second = hr.invite(), hr.invite()
    water = hr.found("水务局", first["id"])
    parks = hr.found("园林局")
    assert water["members"][0]["$ref"] == first["meta"]["location"]
    both = [{"value": first["id"]}, {"value": second["id"], "type": "User"}]
    joins = {"op": "add", "path": "members", "value": both}
    assert hr.patch(f"/Groups/{parks['id']}", joins).status == 204
    assert hr.members(parks["id"]) == {first["id"], second["id"]}
    assert hr.members(water["id"]) == set()
    assert hr.user(first["id"])["groups"][0]["display"] == "园林局"
    leaves = {"op": "remove", "path": f'members[value eq "{first["id"]}"]'}
    hr.patch(f"/Groups/{parks['id']}", leaves)
    assert hr.members(parks["id"]) == {second["id"]}
    assert hr.ask("DELETE", f"/Groups/{parks['id']}").status == 204
    assert refusal(hr.ask("GET", f"/Groups/{parks['id']}")) == (404, "")
    assert "groups" not in hr.user(second["id"])
    known = {**department("水务局"), "externalId": "d-1"}
    assert hr.ask("PUT", f"/Groups/{water['id']}", known).json()["externalId"] == "d-1"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([{"value": NOBODY}], (400, "invalidValue")),
        ([{"value": "nobody"}], (400, "invalidValue")),
        ([{"type": "User"}], (400, "invalidValue")),
        ("everybody", (400, "invalidValue")),
    ],
    ids=str,
)
def test_group_is_not_made_when_a_member_cannot_be(
    hr: StaffSystem, members: object, expected: tuple[int, str]
) -> None:
    name = f"无人局{uuid4()}"
    document = {"schemas": [GROUP], "displayName": name, "members": members}
    assert refusal(hr.ask("POST", "/Groups", document)) == expected
    found = hr.ask("GET", "/Groups", query={"filter": f'displayName eq "{name}"'})
    assert found.json()["totalResults"] == 0


def test_department_administrator_neither_leaves_nor_joins(hr: StaffSystem) -> None:
    bound = hr.invite("department", department="图书局")
    other = hr.found("美术局")
    joins = {"op": "add", "path": "members", "value": [{"value": bound["id"]}]}
    assert refusal(hr.patch(f"/Groups/{other['id']}", joins)) == (400, "mutability")
    assert refusal(
        hr.patch(f"/Users/{bound['id']}", replaced(f"{EMPLOYMENT}:department", "美术局"))
    ) == (400, "mutability")
    own = bound["groups"][0]["value"]
    assert refusal(hr.patch(f"/Groups/{own}", replaced("members", []))) == (400, "mutability")
    assert refusal(hr.ask("DELETE", f"/Groups/{own}")) == (400, "mutability")
    assert hr.user(bound["id"])["groups"] == bound["groups"]


def test_name_of_a_department_is_for_life_and_its_own(hr: StaffSystem) -> None:
    made = hr.found("规划局")
    assert refusal(hr.ask("POST", "/Groups", department("规划局"))) == (409, "uniqueness")
    renaming = replaced("displayName", "自然资源局")
    assert refusal(hr.patch(f"/Groups/{made['id']}", renaming)) == (400, "mutability")


# Concurrent edits


@spec("RFC 7644 §3.14", "If-Match: the operation is refused when the version differs")
def test_second_of_two_edits_is_refused_when_both_read_the_same_version(hr: StaffSystem) -> None:
    made = hr.invite()
    path, version = f"/Users/{made['id']}", made["meta"]["version"]
    assert hr.patch(path, replaced("displayName", "先"), If_Match=version).status == 204
    late = hr.patch(path, replaced("displayName", "后"), If_Match=version)
    assert refusal(late) == (412, "")
    assert refusal(hr.ask("DELETE", path, If_Match=version)) == (412, "")
    now = hr.ask("GET", path)
    assert now.json()["displayName"] == "先"
    same = hr.ask("GET", path, If_None_Match=now.header("ETag"))
    assert (same.status, same.body) == (304, b"")
    assert hr.ask("GET", path, If_None_Match=version).status == 200
    assert hr.ask("DELETE", path, If_Match=now.header("ETag")).status == 204


def test_group_changes_its_version_with_its_members(hr: StaffSystem) -> None:
    made = hr.found(f"局{uuid4()}")
    hr.ask("POST", "/Users", person(department=made["displayName"]))
    answer = hr.ask(
        "PUT",
        f"/Groups/{made['id']}",
        department(made["displayName"]),
        If_Match=made["meta"]["version"],
    )
    assert refusal(answer) == (412, "")


# Bulk


@spec("RFC 7644 §3.7", "bulkId references are resolved")
def test_bulk_makes_people_and_their_department_in_one_trip(hr: StaffSystem) -> None:
    name = f"局{uuid4()}"
    operations = [
        {"method": "POST", "path": "/Users", "bulkId": "li", "data": person()},
        {"method": "POST", "path": "/Users", "bulkId": "bad", "data": person(userType="root")},
        {
            "method": "POST",
            "path": "/Groups",
            "bulkId": "water",
            "data": department(name, "bulkId:li"),
        },
    ]
    document = {"schemas": [f"{MESSAGES}:BulkRequest"], "Operations": operations}
    made, bad, group = hr.ask("POST", "/Bulk", document).json()["Operations"]
    assert (made["status"], bad["status"], group["status"]) == ("201", "400", "201")
    assert bad["response"]["scimType"] == "invalidValue"
    found = hr.ask("GET", "/Groups", query={"filter": f'displayName eq "{name}"'}).json()
    members = found["Resources"][0]["members"]
    assert [each["$ref"] for each in members] == [made["location"]]


@spec("RFC 7644 §3.7.4", "413 when maxOperations or maxPayloadSize is exceeded")
@pytest.mark.parametrize("size", [51, 0], ids=["operations", "bytes"])
def test_bulk_is_refused_when_it_is_too_large(hr: StaffSystem, size: int) -> None:
    one = {"method": "DELETE", "path": f"/Users/{uuid4()}"}
    document: Any = {"schemas": [f"{MESSAGES}:BulkRequest"], "Operations": [one] * size}
    answer = hr.ask("POST", "/Bulk", document if size else b" " * 61_441)
    assert refusal(answer) == (413, "")
