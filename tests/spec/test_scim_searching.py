"""SCIM 2.0: what the database answers of a search is what the library itself would have found."""

from typing import Any
from uuid import uuid4

import pytest
from scim2_models import ScimFilter, SearchRequest

from idp.protocols.scim import storage
from idp.protocols.scim.representing import user_of
from idp.protocols.scim.resources import StaffUser
from idp.staff.departments import Departments
from idp.staff.provisioning import Provisioning
from idp.staff.roles import Role
from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider
from tests.spec.scim_fixture import EMPLOYMENT, StaffSystem, refusal, staff_system

spec = pytest.mark.spec
pytestmark = [pytest.mark.storage, pytest.mark.requirement("R2")]
ROLES = ("audit", "supervisor")
LATE = "2126-01-01T00:00:00Z"
BY_DATABASE = (
    'userName eq "{username}"',
    'userName eq "{upper}"',
    'userName ne "{username}"',
    'userName co "IM."',
    'userName sw "scim"',
    'userName ew "1"',
    'userName co "%" or userName co "_"',
    'userName eq "{username}\\u0000"',
    'userType eq "Audit"',
    "active eq true",
    "active ne true",
    "not (active eq true)",
    'externalId eq "{external}"',
    'externalId eq "{external_upper}"',
    'externalId ne "{external}"',
    "externalId pr",
    "not (externalId pr)",
    'id eq "{id}"',
    'id eq "{id_upper}"',
    'id ne "nonsense"',
    'meta.lastModified ge "{changed}"',
    'meta.lastModified gt "{changed}" and meta.lastModified lt "' + LATE + '"',
    'meta.created le "{changed}"',
    'userName pr or displayName co "x"',
    'userName sw "scim" and (active eq false or externalId eq "{external}")',
    'not (userName eq "{username}" or userType eq "audit")',
    "not (userName pr)",
    "meta pr",
)
BY_BOTH = (
    '{employment}:employeeNumber eq "{number}"',
    '{employment}:employeeNumber ne "{number}"',
    '{employment}:employeeNumber eq "?"',
    '{employment}:department eq "方志馆"',
    'displayName co "沈"',
    'displayName co "沈" and active eq true',
    'not (displayName co "沈" and active eq true)',
    'userType eq "audit" or displayName ew "1"',
    'groups[display eq "方志馆"]',
    "externalId eq null",
    "groups pr",
    'userName gt "{username}"',
    'meta.lastModified gt "0001-01-01T00:00:00+14:00"',
    'externalId eq "\\ud800"',
)


@pytest.fixture(scope="module")
def hr(house: HouseUnderTest, provider: Provider) -> StaffSystem:
    return staff_system(house, provider, *ROLES)


@pytest.fixture(scope="module")
def words(hr: StaffSystem) -> dict[str, str]:
    """What the filters name, of one of the accounts there are."""
    hr.invite("audit", active=False)
    hr.invite("audit", externalId=f"Other-{uuid4().hex}")
    hr.invite(displayName="Wu 1", department="方志馆")
    one = hr.invite("audit", externalId=f"É-{uuid4().hex}", employeeNumber=f"n-{uuid4().hex[:8]}")
    hr.invite(displayName="x")
    return {
        "username": one["userName"],
        "upper": one["userName"].upper(),
        "external": one["externalId"],
        "external_upper": one["externalId"].upper(),
        "id": one["id"],
        "id_upper": one["id"].upper(),
        "changed": one["meta"]["lastModified"],
        "number": one[EMPLOYMENT]["employeeNumber"],
        "employment": EMPLOYMENT,
    }


def everybody(house: HouseUnderTest) -> list[Any]:
    """All whom the client may see, as it sees them."""
    rooms = house.house.rooms
    provisioning = Provisioning(
        accounts=rooms.staff.accounts,
        standing=rooms.staff.standing,
        departments=Departments(clock=rooms.ground.clock),
        sealer=rooms.ground.sealer,
        clock=rooms.ground.clock,
    )
    return [user_of(post) for post in provisioning.posts({Role(each) for each in ROLES})]


def found(hr: StaffSystem, **query: str) -> list[str]:
    answer = hr.ask("GET", "/Users", query=query)
    assert answer.status == 200, answer.body
    document = answer.json()
    assert document["totalResults"] == len(document.get("Resources", ()))
    return [each["id"] for each in document.get("Resources", ())]


@pytest.mark.parametrize("expression", [*BY_DATABASE, *BY_BOTH])
@spec("RFC 7644 §3.4.2.2", "filters MUST be evaluated")
def test_filter_finds_whom_the_library_finds(
    hr: StaffSystem, house: HouseUnderTest, words: dict[str, str], expression: str
) -> None:
    text = expression.format(**words)
    judge = ScimFilter[StaffUser](text)
    expected = [each.id for each in everybody(house) if judge.match(each)]
    assert found(hr, filter=text) == expected


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize(
    "attribute", ["userName", "userType", "id", "meta.created", "meta.lastModified", "displayName"]
)
def test_order_is_the_librarys(
    hr: StaffSystem, house: HouseUnderTest, words: dict[str, str], attribute: str, order: str
) -> None:
    assert words
    asked = SearchRequest[StaffUser](sort_by=attribute, sort_order=order)
    expected = [each.id for each in asked.sort(everybody(house))]
    assert found(hr, sortBy=attribute, sortOrder=order) == expected
    pages = []
    for start in range(1, len(expected) + 2, 2):
        query = {"sortBy": attribute, "sortOrder": order, "startIndex": str(start), "count": "2"}
        page = hr.ask("GET", "/Users", query=query).json()
        assert page["totalResults"] == len(expected)
        pages += [each["id"] for each in page.get("Resources", ())]
    assert pages == expected


@pytest.mark.parametrize("expression", BY_DATABASE)
def test_database_filters_and_pages_alone_when_every_attribute_is_a_column(
    hr: StaffSystem, words: dict[str, str], expression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing may be read to be compared here, and yet it is found."""
    monkeypatch.setattr(storage, "MOST_READ", -1)
    found(hr, filter=expression.format(**words))
    query = {"filter": expression.format(**words), "count": "0", "startIndex": "9" * 30}
    assert hr.ask("GET", "/Users", query=query).status == 200


@spec(
    "RFC 7644 §3.4.2.2",
    "the server … unwilling to process … SHALL return … tooMany",
)
def test_search_is_refused_when_too_many_would_be_read_to_be_compared(
    hr: StaffSystem, words: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "MOST_READ", 1)
    for query in ({"filter": 'displayName co "x"'}, {"sortBy": "displayName"}):
        assert refusal(hr.ask("GET", "/Users", query=query)) == (400, "tooMany")
    narrow = f'userName eq "{words["username"]}" and displayName co "沈"'
    assert found(hr, filter=narrow) == [words["id"]]
    by_number = f'{EMPLOYMENT}:employeeNumber eq "{words["number"]}"'
    assert found(hr, filter=by_number) == [words["id"]]
    hr.found(f"局 {uuid4().hex}")
    assert refusal(hr.ask("GET", "/Groups")) == (400, "tooMany")
    assert refusal(hr.ask("GET", "/")) == (400, "tooMany")


def test_external_id_finds_nobody_any_more_when_it_was_taken_away(hr: StaffSystem) -> None:
    before, after = uuid4().hex, uuid4().hex
    one = hr.invite(externalId=before)
    path = f"/Users/{one['id']}"
    change = {"op": "replace", "path": "externalId", "value": after}
    assert hr.patch(path, change).status == 204
    assert found(hr, filter=f'externalId eq "{before}"') == []
    assert found(hr, filter=f'externalId eq "{after}"') == [one["id"]]
    assert hr.patch(path, {"op": "remove", "path": "externalId"}).status == 204
    assert found(hr, filter=f'externalId eq "{after}"') == []
