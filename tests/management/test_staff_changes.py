"""Staff unlocked, suspended, reinstated and closed: four doors, one service, one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.urls import URLPattern, URLResolver
from pytest_django.fixtures import Settings

from deploy.composition.scim import scim_endpoint
from idp.protocols.oauth.wire import WireRequest
from idp.staff.accounts import Member
from idp.staff.models import StaffAccount, StaffSession
from idp.staff.roles import Role
from idp.subjects.authenticators.kinds import Kind
from tests.management.conftest import Api, problem
from tests.staff.conftest import new_member
from tests.trail import detail, events

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.storage,
    pytest.mark.requirement("R18"),
]
KEY: Final = "8e03978e-40d5-43dd-bc93-6894a57f9324"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
OFF: Final = {"op": "replace", "path": "active", "value": False}
EVENTS: Final = {"suspend": "staff.suspended", "close": "staff.closed"}
REASONS: Final = {"suspend": "account_suspended", "close": "account_closed"}


@dataclass(frozen=True, eq=False)
class Both:
    """The console's addresses and the API's."""

    urlpatterns: list[URLPattern | URLResolver]


@pytest.fixture
def api(api: Api, settings: Settings) -> Api:
    settings.ROOT_URLCONF = Both([*api.desk.urlpatterns, *api.urlpatterns])
    return api


def made(api: Api, username: str = "wu", role: Role = Role.SUPERVISOR) -> Member:
    return api.desk.console.staff.accounts.create(new_member(username, role=role))


def by_console(api: Api, member: Member, action: str) -> str:
    browser = api.desk.seat(Role.SECURITY)
    answer = browser.post(f"/console/staff/{member.id}/change", {"action": action})
    return {303: "done", 400: "refused"}[answer.status_code]


def by_api(api: Api, member: Member, action: str) -> str:
    answer = api.ask(Role.SECURITY, "POST", f"/staff/{member.id}/{action}")
    if answer.status_code == 409:
        assert problem(answer) == "conflict"
    return {200: "done", 409: "refused", 500: "broken"}[answer.status_code]


def by_scim(api: Api, member: Member, action: str) -> str:
    patch = orjson.dumps({"schemas": [PATCH], "Operations": [OFF]})
    request = WireRequest(
        method="PATCH" if action == "suspend" else "DELETE",
        path=f"/scim/v2/Users/{member.id}",
        content_type="application/scim+json",
        body=patch if action == "suspend" else b"",
        authorization=f"Bearer {_token_of_hr(api)}",
    )
    return {204: "done", 409: "refused"}[scim_endpoint(api.desk.rooms)(request, {}).status]


def by_command(api: Api, member: Member, action: str) -> str:
    del api
    try:
        call_command("staff", action, member.username)
    except CommandError:
        return "refused"
    return "done"


DOORS: Final = {"console": by_console, "api": by_api, "scim": by_scim, "command": by_command}
Door = Callable[[Api, Member, str], str]


def _token_of_hr(api: Api) -> str:
    issuer = api.desk.office.ground.settings.issuer
    if "hr" not in api.tokens:
        api.desk.rooms.clients.registrar.declare(
            "hr",
            {
                "grant_types": ["client_credentials"],
                "token_endpoint_auth_method": "client_secret_basic",
                "scope": "scim",
            },
            {"provisions": [role.value for role in Role]},
            secret="a made-up secret of the tests",
        )
        api.desk.rooms.clients.directory.reload()
        api.tokens["hr"] = api.token("hr", scope="scim", resource=issuer)
    return api.tokens["hr"]


@contextmanager
def sessions_that_cannot_end() -> Iterator[None]:
    """The database refuses to end a session, as one does whose disk is full."""
    refuse = "CREATE TRIGGER no_end BEFORE UPDATE OF ended_at ON staff_session "
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"{refuse} BEGIN SELECT RAISE(ABORT, 'full'); END")
        else:
            cursor.execute(
                "CREATE FUNCTION no_end() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'full'; END $$"
            )
            cursor.execute(f"{refuse} FOR EACH ROW EXECUTE FUNCTION no_end()")
        try:
            yield
        finally:
            on = "" if connection.vendor == "sqlite" else " ON staff_session"
            cursor.execute(f"DROP TRIGGER no_end{on}")


@pytest.mark.parametrize("action", ["suspend", "close"])
@pytest.mark.parametrize("door", DOORS)
def test_sessions_end_with_the_account_whichever_door_shuts_it(
    api: Api, door: str, action: str
) -> None:
    member, sessions = made(api), api.desk.console.staff.sessions
    secrets = [sessions.start(member, Kind.TOTP)[1] for _ in range(2)]
    assert DOORS[door](api, member, action) == "done"
    assert [sessions.open(each) for each in secrets] == [None, None]
    ends = StaffSession.objects.filter(account_id=member.id).values_list("end_reason", flat=True)
    assert set(ends) == {REASONS[action]}
    (told,) = events(EVENTS[action])
    assert detail(told)["account"] == str(member.id)
    assert told.operator or told.client_id
    assert detail(told)["sessions"] == 2


@pytest.mark.parametrize("action", ["suspend", "close"])
@pytest.mark.parametrize("door", DOORS)
def test_account_stays_open_when_its_sessions_cannot_end(api: Api, door: str, action: str) -> None:
    """Half of it is worse than nothing: a shut account whose session lives on."""
    member = made(api)
    _signed, secret = api.desk.console.staff.sessions.start(member, Kind.TOTP)
    api.token_of(Role.SECURITY)
    api.desk.seat(Role.SECURITY)
    with sessions_that_cannot_end(), suppress(DatabaseError):
        assert DOORS[door](api, member, action) == "broken"
    row = StaffAccount.objects.get(id=member.id)
    assert (row.status, row.suspended_at) == ("active", None)
    assert api.desk.console.staff.sessions.open(secret)
    assert not events(EVENTS[action])


@pytest.mark.parametrize("action", ["suspend", "close"])
@pytest.mark.parametrize("door", DOORS)
def test_last_who_could_undo_it_stays_whichever_door_is_tried(
    api: Api, door: str, action: str
) -> None:
    last = made(api, "last", Role.AUDIT)
    _signed, secret = api.desk.console.staff.sessions.start(last, Kind.PASSKEY)
    assert DOORS[door](api, last, action) == "refused"
    assert api.desk.console.staff.sessions.open(secret)


def changed(api: Api, member: Member, action: str, **headers: str) -> Any:
    return api.ask(Role.SECURITY, "POST", f"/staff/{member.id}/{action}", **headers)


def test_member_is_suspended_reinstated_and_closed_over_the_api(api: Api) -> None:
    member = made(api)
    read = api.ask(Role.SECURITY, "GET", f"/staff/{member.id}")
    assert (read.json()["state"], read.json()["is_closed"]) == ("active", False)
    suspended = changed(api, member, "suspend", If_Match=read["ETag"])
    assert suspended.json()["state"] == "suspended"
    stale = changed(api, member, "close", If_Match=read["ETag"])
    assert problem(stale) == "changed-meanwhile"
    assert stale["ETag"] == suspended["ETag"]
    assert problem(changed(api, member, "suspend")) == "conflict"
    assert changed(api, member, "reinstate").json()["state"] == "active"
    assert problem(changed(api, member, "reinstate")) == "conflict"
    assert changed(api, member, "close").json()["state"] == "closed"
    for action in ("unlock", "suspend", "reinstate", "close"):
        assert problem(changed(api, member, action)) == "conflict"
    for event in ("suspended", "reinstated", "closed"):
        (told,) = events(f"staff.{event}")
        assert (told.operator, told.channel) == ("client:api-security", "api")


def test_locked_member_tries_again_when_a_program_unlocks_the_account(api: Api) -> None:
    member, accounts = made(api), api.desk.console.staff.accounts
    for _ in range(5):
        accounts.failed(member, why="password", now=api.desk.office.clock.now())
    assert api.ask(Role.SECURITY, "GET", f"/staff/{member.id}").json()["is_locked"]
    first = changed(api, member, "unlock", Idempotency_Key=KEY)
    assert first.json()["is_locked"] is False
    again = changed(api, member, "unlock", Idempotency_Key=KEY)
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert problem(changed(api, member, "unlock")) == "conflict"
    assert len(events("staff.unlocked")) == 1


def test_suspension_is_done_once_when_it_is_sent_again_under_its_key(api: Api) -> None:
    member = made(api)
    first = changed(api, member, "suspend", Idempotency_Key=KEY)
    changed(api, member, "reinstate")
    assert changed(api, member, "suspend", Idempotency_Key=KEY).content == first.content
    assert api.ask(Role.SECURITY, "GET", f"/staff/{member.id}").json()["state"] == "active"
