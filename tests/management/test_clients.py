"""Clients over the API: set up, read, changed without losing anybody's change, removed."""

from typing import Any

import pytest

from admin.api.problems import Problem
from admin.api.sections.clients import refusals
from idp.clients.models import ClientRow
from idp.clients.registrar import ClientExists
from idp.staff.roles import Role
from tests.management.conftest import DEPARTMENT, RESOURCE, Api, problem
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
NEW = {
    "client_id": "tax-office",
    "department": "tax",
    "metadata": {
        "client_name": "税务",
        "redirect_uris": ["https://tax.example/callback"],
        "token_endpoint_auth_method": "client_secret_basic",
    },
}


def made(api: Api, **change: Any) -> Any:
    response = api.ask(Role.SYSTEM, "POST", "/clients", {**NEW, **change})
    assert response.status_code == 201, response.content
    return response


def patched(api: Api, client_id: str, change: Any, etag: str, who: Role = Role.SYSTEM) -> Any:
    return api.ask(who, "PATCH", f"/clients/{client_id}", change, If_Match=etag)


def etag_of(api: Api, client_id: str) -> str:
    tag: str = api.ask(Role.SYSTEM, "GET", f"/clients/{client_id}")["ETag"]
    return tag


def test_client_is_set_up_and_read_when_a_system_client_asks(api: Api) -> None:
    response = made(api)
    body = response.json()
    assert response["Location"] == "/api/v1/clients/tax-office"
    assert len(body["client_secret"]) >= 43
    shown = api.ask(Role.SYSTEM, "GET", "/clients/tax-office")
    assert shown.json() == body["client"]
    assert shown["ETag"] == response["ETag"]
    assert shown["Cache-Control"] == "no-store"
    assert shown.json()["origin"] == "onboarded"
    assert shown.json()["metadata"]["client_name"] == "税务"
    told = events("client.onboarded")
    assert [each.actor for each in told] == ["client:api-system"]
    called = events("api.changed")
    assert [(each.operator, each.channel, each.client_id) for each in called] == [
        ("client:api-system", "api", "tax-office")
    ]
    assert detail(called[0])["operation"] == "createClient"
    assert body["client_secret"] not in str(ClientRow.objects.filter(client_id="tax-office"))


def test_client_gets_a_name_of_its_own_when_none_is_given(api: Api) -> None:
    body = made(api, client_id="").json()
    assert len(body["client"]["client_id"]) >= 16


def test_public_client_gets_no_secret_when_it_is_set_up(api: Api) -> None:
    metadata = {**NEW["metadata"], "token_endpoint_auth_method": "none"}  # type: ignore[dict-item]
    body = made(api, metadata=metadata).json()
    assert body["client_secret"] == ""
    etag = etag_of(api, "tax-office")
    refused = api.ask(Role.SYSTEM, "POST", "/clients/tax-office/secret", If_Match=etag)
    assert problem(refused) == "conflict"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"metadata": {"redirect_uris": ["http://x.example/#f"]}}, "#/metadata/redirect_uris"),
        ({"metadata": {"scope": "tongxing.people:write"}}, "#/metadata/scope"),
        ({"metadata": {"no_such": 1}}, "#/metadata/no_such"),
        ({"metadata": {"scope#en": "x"}}, "#/metadata/scope#en"),
        ({"metadata": {"client_name": 7}}, "#/metadata/client_name"),
        ({"minimum_acr": "urn:high"}, "#/minimum_acr"),
        ({"client_id": "a b"}, "#/client_id"),
        ({"management_role": "security"}, "#/management_role"),
        ({"metadata": []}, "#/metadata"),
    ],
)
def test_client_is_refused_with_the_place_that_is_wrong(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    response = api.ask(Role.SYSTEM, "POST", "/clients", {**NEW, **change})
    assert problem(response) == "invalid"
    assert [each["pointer"] for each in response.json()["errors"]] == [pointer]
    assert not ClientRow.objects.filter(client_id="tax-office").exists()
    assert not events("api.changed")


def test_client_is_refused_when_its_name_is_taken(api: Api) -> None:
    made(api)
    response = api.ask(Role.SYSTEM, "POST", "/clients", NEW)
    assert problem(response) == "conflict"
    registrar = api.desk.rooms.clients.registrar
    with pytest.raises(ClientExists):
        registrar.onboard(NEW["metadata"], {}, client_id="tax-office", operator="op")  # type: ignore[arg-type]


def test_change_takes_away_what_is_null_and_leaves_what_is_not_named(api: Api) -> None:
    made(api, metadata={**NEW["metadata"], "client_uri": "https://tax.example/"})  # type: ignore[dict-item]
    change = {
        "metadata": {"client_name": "新税务", "client_uri": None},
        "minimum_acr": "urn:tongxing:acr:ial2:aal1",
        "classification": "tax",
    }
    before = etag_of(api, "tax-office")
    response = patched(api, "tax-office", change, before)
    assert response.status_code == 200
    shown = response.json()
    assert shown["metadata"]["client_name"] == "新税务"
    assert "client_uri" not in shown["metadata"]
    assert shown["metadata"]["redirect_uris"] == ["https://tax.example/callback"]
    assert shown["minimum_acr"] == "urn:tongxing:acr:ial2:aal1"
    assert shown["department"] == "tax"
    assert response["ETag"] != before
    assert problem(patched(api, "tax-office", {"minimum_acr": "x"}, response["ETag"])) == "invalid"
    bad = {"metadata": {"redirect_uris": ["no uri"]}}
    assert problem(patched(api, "tax-office", bad, response["ETag"])) == "invalid"


def test_change_needs_what_was_read_when_somebody_else_changed_it(api: Api) -> None:
    made(api)
    read = etag_of(api, "tax-office")
    change = {"metadata": {"client_name": "甲"}}
    assert problem(api.ask(Role.SYSTEM, "PATCH", "/clients/tax-office", change)) == "unconditional"
    assert patched(api, "tax-office", change, f'"other", {read}').status_code == 200
    late = patched(api, "tax-office", {"metadata": {"client_name": "乙"}}, read)
    assert problem(late) == "changed-meanwhile"
    assert late["ETag"] == etag_of(api, "tax-office")
    assert problem(patched(api, "tax-office", change, f"W/{late['ETag']}")) == "changed-meanwhile"
    assert patched(api, "tax-office", change, "*").status_code == 200


def test_change_is_refused_when_somebody_else_was_faster_by_a_moment(api: Api) -> None:
    """The row is looked at once more while it is held: what was read before may be old."""
    made(api)
    found = api.desk.console.city.clients.find("tax-office")
    assert found
    registrar = api.desk.rooms.clients.registrar
    registrar.set_status("tax-office", "suspended")
    for act in (registrar.remove, registrar.renew_secret):
        with pytest.raises(Problem, match="changed-meanwhile"), refusals():
            act("tax-office", read_at=found.updated_at, operator="op")
    assert ClientRow.objects.filter(client_id="tax-office").exists()


def test_representation_is_not_sent_again_when_it_is_known(api: Api) -> None:
    made(api)
    etag = etag_of(api, "tax-office")
    for known in (etag, f"W/{etag}", "*", f'"x", {etag}'):
        response = api.ask(Role.SYSTEM, "GET", "/clients/tax-office", If_None_Match=known)
        assert response.status_code == 304
        assert response.content == b""
        assert response["ETag"] == etag
    other = api.ask(Role.SYSTEM, "GET", "/clients/tax-office", If_None_Match='"x"')
    assert other.status_code == 200


def test_client_is_suspended_and_reinstated_by_its_guards(api: Api) -> None:
    made(api)
    read = etag_of(api, "tax-office")
    gone = api.ask(Role.SECURITY, "POST", "/clients/tax-office/suspend")
    assert gone.json()["status"] == "suspended"
    assert events("client.suspended")[0].actor == "client:api-security"
    again = api.ask(Role.SECURITY, "POST", "/clients/tax-office/suspend")
    assert again["ETag"] == gone["ETag"]
    late = api.ask(Role.SECURITY, "POST", "/clients/tax-office/reinstate", If_Match=read)
    assert problem(late) == "changed-meanwhile"
    back = api.ask(Role.SYSTEM, "POST", "/clients/tax-office/reinstate")
    assert back.json()["status"] == "active"


def test_secret_is_new_and_told_once_when_it_is_renewed(api: Api) -> None:
    first = made(api).json()["client_secret"]
    row = ClientRow.objects.get(client_id="tax-office")
    etag = etag_of(api, "tax-office")
    renewed = api.ask(Role.SYSTEM, "POST", "/clients/tax-office/secret", If_Match=etag)
    assert renewed.status_code == 200
    assert renewed.json()["client_secret"] not in {"", first}
    assert bytes(ClientRow.objects.get(client_id="tax-office").secret_sha256) != bytes(
        row.secret_sha256
    )
    assert "client_secret" not in api.ask(Role.SYSTEM, "GET", "/clients/tax-office").json()


def test_client_is_removed_for_good_when_it_is_as_it_was_read(api: Api) -> None:
    made(api)
    assert problem(api.ask(Role.SYSTEM, "DELETE", "/clients/tax-office")) == "unconditional"
    etag = etag_of(api, "tax-office")
    response = api.ask(Role.SYSTEM, "DELETE", "/clients/tax-office", If_Match=etag)
    assert response.status_code == 204
    assert response.content == b""
    assert problem(api.ask(Role.SYSTEM, "GET", "/clients/tax-office")) == "not-found"
    assert events("client.removed")[0].actor == "client:api-system"


def test_clients_with_a_role_are_changed_by_operators_alone(api: Api) -> None:
    """Whoever could renew the secret of another role's client would hold both roles."""
    api.token_of(Role.SECURITY)
    etag = etag_of(api, "api-security")
    for method, path, body in (
        ("PATCH", "/clients/api-security", {"metadata": {"client_name": "x"}}),
        ("POST", "/clients/api-security/secret", None),
        ("DELETE", "/clients/api-security", None),
    ):
        response = api.ask(Role.SYSTEM, method, path, body, If_Match=etag)
        assert problem(response) == "declared-only", path
    assert api.ask(Role.SYSTEM, "POST", "/clients/api-security/suspend").status_code == 200
    api.declare("keeps-staff", "", provisions=["security"])
    keeper = api.ask(Role.SYSTEM, "POST", "/clients/keeps-staff/secret", If_Match="*")
    assert problem(keeper) == "declared-only"


def test_clients_are_listed_page_by_page_and_filtered(api: Api) -> None:
    for number in range(5):
        made(api, client_id=f"page-{number}", department="pages")
    seen, cursor = [], ""
    for _ in range(3):
        path = f"/clients?department=pages&limit=2&cursor={cursor}"
        page = api.ask(Role.SUPERVISOR, "GET", path).json()
        seen += [each["client_id"] for each in page["items"]]
        cursor = page["next_cursor"] or ""
    assert seen == [f"page-{number}" for number in range(5)]
    assert cursor == ""
    found = api.ask(Role.SUPERVISOR, "GET", "/clients?q=PAGE-3").json()
    assert [each["client_id"] for each in found["items"]] == ["page-3"]
    assert api.ask(Role.SUPERVISOR, "GET", "/clients?status=suspended").json()["items"] == []


@pytest.mark.parametrize("cursor", ["!", "AA", "/w", "eA=", "AAAA", "é"])
def test_page_is_refused_when_the_cursor_is_none_of_ours(api: Api, cursor: str) -> None:
    for path in ("/clients", "/devices"):
        response = api.ask(Role.SYSTEM, "GET", f"{path}?cursor={cursor}")
        assert problem(response) == "bad-cursor", path


def test_department_meets_its_own_clients_alone(api: Api) -> None:
    made(api)
    own, anothers = "portal-b", "portal-a"
    listed = api.ask(Role.DEPARTMENT, "GET", "/clients").json()["items"]
    assert {each["department"] for each in listed} == {DEPARTMENT}
    assert own in {each["client_id"] for each in listed}
    for other in ("tax", "government-services"):
        assert not api.ask(Role.DEPARTMENT, "GET", f"/clients?department={other}").json()["items"]
    assert api.ask(Role.DEPARTMENT, "GET", f"/clients/{own}").status_code == 200
    for method, path, body in (
        ("GET", f"/clients/{anothers}", None),
        ("PATCH", f"/clients/{anothers}", {"metadata": {"client_name": "x"}}),
        ("POST", f"/clients/{anothers}/secret", None),
    ):
        response = api.ask(Role.DEPARTMENT, method, path, body, If_Match="*")
        assert problem(response) == "not-found", path
    trail = api.ask(Role.DEPARTMENT, "GET", "/audit/events?limit=200").json()["items"]
    assert trail
    assert {each["client_id"] for each in trail} <= {each["client_id"] for each in listed}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"minimum_acr": "urn:tongxing:acr:ial1:aal1"}, "#/minimum_acr"),
        ({"metadata": {"grant_types": ["client_credentials"]}}, "#/metadata/grant_types"),
        ({"metadata": {"scope": "access:evaluate"}}, "#/metadata/scope"),
        ({"metadata": {"resources": [RESOURCE]}}, "#/metadata/resources"),
    ],
)
def test_department_cannot_decide_what_is_the_citys(
    api: Api, change: dict[str, Any], pointer: str
) -> None:
    response = patched(api, "portal-b", change, "*", Role.DEPARTMENT)
    assert problem(response) == "invalid"
    assert response.json()["errors"][0]["pointer"] == pointer


def test_department_changes_what_it_says_of_its_own_client(api: Api) -> None:
    change = {"metadata": {"client_name": "图书馆新馆"}}
    response = patched(api, "portal-b", change, etag_of(api, "portal-b"), Role.DEPARTMENT)
    assert response.json()["metadata"]["client_name"] == "图书馆新馆"
    assert events("client.amended")[0].actor == "client:api-department"
