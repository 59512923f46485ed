"""`manage.py staff`: the first administrators' links, more of them, and accounts in trouble."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from deploy.composition import house
from deploy.composition.staff import console_origin, open_staff, staff_directory
from idp.conf import ProviderSettings
from idp.foundation.audit.models import AuditRow
from idp.staff.accounts import Member, StaffAccounts
from idp.staff.roles import Role
from tests.staff.conftest import new_member

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]


def said(*arguments: str) -> str:
    output = io.StringIO()
    call_command("staff", *arguments, stdout=output)
    return output.getvalue()


def accounts() -> StaffAccounts:
    found: StaffAccounts = house().rooms.staff.accounts
    return found


def made(username: str = "li", **fields: object) -> Member:
    return accounts().create(new_member(username, **fields))


def test_three_links_are_printed_when_nobody_holds_the_roles() -> None:
    shown = said("init")
    found = re.findall(
        r"^(\w+)  until .*\n  http://localhost:\d+/console/enrol/(\S+)$", shown, re.MULTILINE
    )
    assert [role for role, _ in found] == ["system", "security", "audit"]
    assert house().rooms.staff.enrolments.open(found[0][1]).role is Role.SYSTEM
    assert not re.search(found[0][1], str(list(AuditRow.objects.values_list("detail", flat=True))))
    for role in ("system", "security", "audit"):
        made(role, role=Role(role))
    assert "nothing to begin" in said("init")


def test_account_is_invited_listed_unlocked_and_closed_when_an_operator_says_so() -> None:
    member = made(role=Role.SUPERVISOR)
    assert said("list").split() == ["li", "supervisor", "active", "signed", "in", "never"]
    assert "/console/enrol/" in said("again", "li")
    assert "supervisor" in said("invite", "--role", "supervisor")
    assert "department" in said("invite", "--role", "department", "--department", "city-library")
    accounts().failed(member, why="password", now=house().rooms.ground.clock.now())
    assert "may try again" in said("unlock", "li")
    assert "is suspended" in said("suspend", "li")
    assert "suspended" in said("list")
    assert "let in again" in said("reinstate", "li")
    assert "is closed" in said("close", "li")
    assert "closed" in said("list")


@pytest.mark.parametrize(
    "arguments",
    [
        ("again", "nobody"),
        ("unlock", "li"),
        ("suspend", "li"),
        ("reinstate", "li"),
        ("close", "li"),
        ("invite", "--role", "department"),
        ("invite", "--role", "audit", "--department", "x"),
    ],
    ids=" ".join,
)
def test_action_is_refused_with_words_when_it_cannot_be_done(arguments: tuple[str, ...]) -> None:
    made()
    with pytest.raises(CommandError):
        said(*arguments)


DIRECTORY = """
staff:
  - kind: ldap_directory
    order: 2
    settings: &settings
      provider: city-directory
      servers: ldaps://dc2.city.example
      bind_dn: cn=tongxing,dc=city,dc=example
      bind_password: made-up
      base_dn: dc=city,dc=example
      roles: {"cn=watchers,dc=city,dc=example": audit}
  - kind: ldap_directory
    name: first
    order: 1
    switch: SWITCH
    settings: *settings
"""


@pytest.mark.parametrize("switch", ["on", "off"])
def test_directory_of_the_connectors_file_checks_passwords_when_it_is_on(
    switch: str, tmp_path: Path
) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text(DIRECTORY.replace("SWITCH", switch), encoding="utf-8")
    ground = house().rooms.ground
    assert staff_directory(ground) is None
    settings = replace(ground.settings, connectors_file=str(file))
    room = open_staff(replace(ground, settings=settings))
    assert room.signing_in.directory is not None
    assert room.enrolments.directory is room.signing_in.directory


@pytest.mark.parametrize(
    ("issuer", "origin", "has_passkeys"),
    [
        ("http://127.0.0.1:8000", "http://localhost:8000", True),
        ("http://[::1]:8000", "http://localhost:8000", True),
        ("https://id.city.example", "https://id.city.example", True),
        ("http://192.0.2.7:8000", "http://192.0.2.7:8000", False),
        ("https://192.0.2.7", "https://192.0.2.7", False),
    ],
)
def test_console_is_where_browsers_make_passkeys_when_the_issuer_allows_it(
    issuer: str, origin: str, *, has_passkeys: bool
) -> None:
    ground = house().rooms.ground
    settings: ProviderSettings = replace(ground.settings, issuer=issuer)
    assert console_origin(settings) == origin
    room = open_staff(replace(ground, settings=settings))
    assert (room.factors.passkeys is not None) == has_passkeys
