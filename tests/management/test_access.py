"""Every role on every operation, as the table says; and nothing beside the table."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Http
from pytest_django.fixtures import Settings

from admin.access import EVERYONE
from admin.api.access import Operation, scopes_of
from admin.api.operations import OPERATIONS
from deploy.composition.management import management_patterns
from idp.clients.metadata import MetadataProblem
from idp.staff.roles import Role
from tests.console.conftest import HOST
from tests.management.conftest import DEPARTMENT, EVERY_SCOPE, RESOURCE, Api, problem
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
NOBODY = UUID(int=7)
PARTS = {
    "client_id": "portal-b",
    "person_id": NOBODY,
    "session_id": NOBODY,
    "account_id": NOBODY,
    "proposal_id": NOBODY,
    "device_id": NOBODY,
    "alert_id": NOBODY,
    "replay_id": NOBODY,
    "merge_id": NOBODY,
    "section": "verification",
    "name": "nobody",
    "number": 999_999,
}
WRITERS = {
    "createClient": {"system"},
    "changeClient": {"system", "department"},
    "removeClient": {"system"},
    "suspendClient": {"system", "security"},
    "reinstateClient": {"system", "security"},
    "renewClientSecret": {"system", "department"},
    "freezePerson": {"security"},
    "reopenPerson": {"security"},
    "endSession": {"security"},
    "endSessionsOfPerson": {"security"},
    "mergePeople": {"security"},
    "undoMerge": {"security"},
    "changeStatusOfClients": {"system", "security"},
    "inviteDevice": {"system"},
    "suspendDevice": {"system", "security"},
    "resumeDevice": {"system", "security"},
    "removeDevice": {"system", "security"},
    "changeConnector": {"system"},
    "rotateKey": {"system"},
    "proposePolicies": {"system"},
    "approvePolicies": {"security"},
    "closePolicyProposal": {"system", "security"},
    "changePoliciesInEmergency": {"system"},
    "rollBackPolicies": {"system"},
    "reviewPolicies": {"security"},
    "orderPolicyReplay": {"system", "security"},
    "cancelPolicyReplay": {"system", "security"},
    "acknowledgeAlert": {"system", "security"},
    "reviveDeliveries": {"system"},
    "unlockMember": {"security"},
    "suspendMember": {"security"},
    "reinstateMember": {"security"},
    "closeMember": {"security"},
}
"""Who may change what, said a second time: a slip in the table is a failure here."""
THREE = (Role.SYSTEM, Role.SECURITY, Role.AUDIT)


def asked(api: Api, who: Role | str, operation: Operation) -> Any:
    path = operation.path.format(**PARTS)
    body = None if operation.method in {"GET", "DELETE"} else {}
    return api.ask(who, operation.method, path, body)


@pytest.mark.parametrize("role", list(Role))
def test_role_reaches_exactly_what_the_table_says_when_it_tries_everything(
    api: Api, role: Role
) -> None:
    for operation in OPERATIONS:
        response = asked(api, role, operation)
        if role in operation.roles:
            assert response.status_code not in {401, 403, 405, 500}, operation.name
        else:
            assert problem(response) == "other-role", operation.name
            assert role.value in response.json()["detail"]
    refused = events("api.forbidden")
    assert {detail(each)["role"] for each in refused} == {role.value}
    assert {each.operator for each in refused} == {f"client:api-{role}"}


@pytest.mark.parametrize("role", list(Role))
def test_scope_is_needed_for_every_operation_when_the_role_fits(api: Api, role: Role) -> None:
    api.token_of(role)
    mine = [each for each in OPERATIONS if role in each.roles and each.scope]
    other = api.token(f"api-{role}", scope="tongxing.clients:read")
    for operation in mine:
        right = api.token(f"api-{role}", scope=operation.scope)
        assert asked(api, right, operation).status_code not in {401, 403}, operation.name
        if operation.scope != "tongxing.clients:read":
            response = asked(api, other, operation)
            assert problem(response) == "insufficient-scope", operation.name
            assert f'scope="{operation.scope}"' in response["WWW-Authenticate"]


def test_strangers_reach_no_operation_when_they_try_everything(api: Api) -> None:
    for operation in OPERATIONS:
        for token in ("", "nonsense"):
            response = asked(api, token, operation)
            assert problem(response) == "unauthenticated", operation.name
            assert "resource_metadata=" in response["WWW-Authenticate"]


def test_writers_are_those_that_are_said_twice() -> None:
    table = {each.name: {role.value for role in each.roles} for each in OPERATIONS if each.changes}
    assert table == WRITERS
    assert {each.name for each in OPERATIONS if not each.right} == {"showOwn"}
    assert all(each.roles and each.roles <= EVERYONE for each in OPERATIONS)


def test_changes_and_only_they_have_methods_that_change() -> None:
    searching = {
        "searchPeople",
        "searchSessions",
        "proveChain",
        "whatIf",
        "planMerge",
    }  # it hides, or costs
    for each in OPERATIONS:
        assert each.changes == (each.method != "GET" and each.name not in searching), each.name


def test_three_administrators_share_no_scope_that_changes_what_another_guards() -> None:
    """The three roles exclude one another: no scope lets one do what is another's alone."""
    changing = {
        role: {each.name for each in OPERATIONS if each.changes and role in each.roles}
        for role in THREE
    }
    shared = {"suspendClient", "reinstateClient", "closePolicyProposal", "acknowledgeAlert"}
    shared |= {"orderPolicyReplay", "cancelPolicyReplay"}  # they change no policy
    shared |= {"changeStatusOfClients", "suspendDevice", "resumeDevice", "removeDevice"}
    assert changing[Role.SYSTEM] & changing[Role.SECURITY] == shared
    assert changing[Role.AUDIT] == set()
    assert "proposePolicies" in changing[Role.SYSTEM]
    assert {"changePoliciesInEmergency", "rollBackPolicies"} <= changing[Role.SYSTEM]
    assert {"approvePolicies", "reviewPolicies"} <= changing[Role.SECURITY]
    assert "tongxing.policies:approve" not in scopes_of(Role.SYSTEM, OPERATIONS)


def test_every_address_of_the_api_is_an_operation_of_the_table(api: Api) -> None:
    _metadata, resolver = management_patterns(api.desk.rooms)
    found = {each.name for each in resolver.url_patterns if each.name}  # type: ignore[union-attr]
    assert found == {each.name for each in OPERATIONS}


def test_token_is_refused_when_it_is_not_a_clients_own_for_this_resource(api: Api) -> None:
    api.declare("elsewhere", "system")
    other = api.token("elsewhere", resource=api.desk.office.ground.settings.issuer)
    assert problem(api.ask(other, "GET", "/me")) == "unauthenticated"
    keys = api.desk.office.ground.keys
    now = api.desk.office.clock.timestamp()
    claims = {
        "iss": api.desk.office.ground.settings.issuer,
        "exp": now + 300,
        "aud": RESOURCE,
        "sub": "somebody",
        "client_id": "elsewhere",
        "iat": now,
        "jti": "-.one",
        "scope": EVERY_SCOPE,
    }
    fine = keys.sign_jwt(claims, alg="ES256", typ="at+jwt")
    assert api.ask(fine, "GET", "/me").status_code == 200
    for change in ({"jti": "AAAA.one"}, {"cnf": {"jkt": "x"}}, {"client_id": "nobody"}):
        token = keys.sign_jwt({**claims, **change}, alg="ES256", typ="at+jwt")
        assert problem(api.ask(token, "GET", "/me")) == "unauthenticated", change


def test_client_loses_its_place_at_once_when_it_is_suspended_or_its_role_is_taken(
    api: Api,
) -> None:
    token = api.token_of(Role.SYSTEM)
    registrar, directory = api.desk.rooms.clients.registrar, api.desk.rooms.clients.directory
    registrar.set_status("api-system", "suspended")
    directory.reload()
    assert problem(api.ask(token, "GET", "/me")) == "unauthenticated"
    registrar.set_status("api-system", "active")
    api.declare("api-system", "")
    directory.reload()
    assert problem(api.ask(token, "GET", "/me")) == "no-role"
    api.declare("api-system", "department")
    directory.reload()
    assert problem(api.ask(token, "GET", "/me")) == "no-role"
    api.declare("api-system", "emperor")
    directory.reload()
    assert problem(api.ask(token, "GET", "/me")) == "no-role"


def test_scopes_shrink_with_the_registration_when_a_token_is_older(api: Api) -> None:
    token = api.token_of(Role.SYSTEM)
    registrar = api.desk.rooms.clients.registrar
    found = api.desk.console.city.clients.find("api-system")
    assert found
    metadata = {**found.client.metadata, "scope": "tongxing.keys:read"}
    registrar.declare("api-system", metadata, found.city, secret="a made-up secret of the tests")
    api.desk.rooms.clients.directory.reload()
    assert api.ask(token, "GET", "/me").json()["scopes"] == ["tongxing.keys:read"]
    assert problem(api.ask(token, "GET", "/clients")) == "insufficient-scope"


def test_client_cannot_give_itself_scopes_of_this_api_when_it_registers(api: Api) -> None:
    registrar = api.desk.rooms.clients.registrar
    given = {
        "grant_types": ["client_credentials"],
        "scope": "openid tongxing.clients:write",
        "resources": [RESOURCE],
    }
    with pytest.raises(MetadataProblem, match="scope: scopes of the management API"):
        registrar.register(given)
    made = registrar.register({**given, "scope": "openid own:thing"})
    with pytest.raises(MetadataProblem, match="scope"):
        registrar.replace(made.client.client_id, given)
    # Even with a token for the resource it is nobody here.
    token = api.token(made.client.client_id)
    assert problem(api.ask(token, "GET", "/me")) == "no-role"


def test_allowance_is_told_and_enforced_when_a_client_asks_too_fast(
    api: Api, settings: Settings
) -> None:
    settings.ROOT_URLCONF = type("Slow", (), {"urlpatterns": api.patterns(rate=2)})
    answers = [api.ask(Role.AUDIT, "GET", "/me") for _ in range(8)]
    assert answers[0]["RateLimit-Policy"] == '"client";q=4;w=2'
    assert answers[0]["RateLimit"] == '"client";r=3;t=2'
    refused = [each for each in answers if each.status_code == 429]
    assert refused
    assert problem(refused[-1]) == "too-many"
    assert int(refused[-1]["Retry-After"]) >= 1
    assert api.ask(Role.SUPERVISOR, "GET", "/me").status_code == 200
    settings.ROOT_URLCONF = type("Free", (), {"urlpatterns": api.patterns(rate=0)})
    assert "RateLimit" not in api.ask(Role.AUDIT, "GET", "/me")


def test_own_place_says_role_department_and_scopes(api: Api) -> None:
    own = api.ask(Role.DEPARTMENT, "GET", "/me").json()
    assert own["role"] == "department"
    assert own["department"] == DEPARTMENT
    assert own["client_id"] == "api-department"
    assert "tongxing.clients:read" in own["scopes"]


def test_what_the_api_needs_of_tokens_is_published(api: Api) -> None:
    assert api
    response = Http(HTTP_HOST=HOST).get("/.well-known/oauth-protected-resource/api/v1")
    said = response.json()
    assert said["resource"] == RESOURCE
    assert said["authorization_servers"] == ["http://localhost:18700"]
    assert said["scopes_supported"] == sorted(EVERY_SCOPE.split())
