"""One-time links: what they lead to, once, within a day, with a second factor the role may hold."""

import json
from base64 import b32decode
from dataclasses import replace
from typing import Any

import pytest
from django_otp.oath import TOTP

from idp.staff.accounts import By, NotAccepted
from idp.staff.enrolment import Enrolments, Filled, LinkSpent
from idp.staff.models import StaffAuthenticator, StaffEnrolment
from idp.staff.roles import THREE, Role
from idp.subjects.authenticators.kinds import Kind, NotTaken
from tests.key_holder import KeyHolder
from tests.staff.conftest import PASSWORD, Office
from tests.trail import events

pytestmark = pytest.mark.requirement("R18")
NEW = {
    "username": "li",
    "name": "李明",
    "staff_number": "N-1",
    "password": PASSWORD,
}


def passkey(office: Office, token: str, holder: KeyHolder | None = None, **fields: Any) -> Filled:
    invitation = office.room.enrolments.open(token)
    kind = office.room.factors.passkeys
    assert kind
    options = kind.creation_options(
        invitation.account_id, name="li", bound_to="here", now=office.clock.now()
    )
    made = holder or KeyHolder(origin=office.room.origin)
    return Filled(kind=Kind.PASSKEY, answer=made.create(options), **{**NEW, **fields})


def app(office: Office, token: str, **fields: Any) -> Filled:
    generator = TOTP(b32decode(office.room.enrolments.totp_secret(token)))
    generator.time = office.clock.now().timestamp()
    return Filled(kind=Kind.TOTP, answer=f"{generator.token():06d}", **{**NEW, **fields})


def test_first_three_get_a_link_each_when_nobody_holds_their_roles(office: Office) -> None:
    enrolments = office.room.enrolments
    old = {link.role: link.token for link in enrolments.first_three()}
    links = enrolments.first_three()
    assert tuple(link.role for link in links) == THREE
    for role, token in old.items():
        assert role
        with pytest.raises(LinkSpent):
            enrolments.open(token)
    system = links[0].token
    member = enrolments.redeem(system, passkey(office, system), bound_to="here")
    assert (member.role, member.username) == (Role.SYSTEM, "li")
    assert tuple(link.role for link in enrolments.first_three()) == THREE[1:]
    assert events("staff.enrolled")
    kept = StaffEnrolment.objects.filter(used_at__isnull=False).get()
    assert system.encode() not in bytes(kept.token_sha256)


@pytest.mark.parametrize("why", ["used", "expired", "unknown"])
def test_link_leads_nowhere_when_it_is_spent(office: Office, why: str) -> None:
    enrolments = office.room.enrolments
    token = enrolments.invite(Role.SYSTEM, operator="security").token
    filled = passkey(office, token)
    if why == "used":
        enrolments.redeem(token, filled, bound_to="here")
    elif why == "expired":
        office.clock.advance(hours=25)
    else:
        token = "unknown"
    with pytest.raises(LinkSpent):
        enrolments.redeem(token, filled, bound_to="here")


def test_link_stays_good_when_what_was_filled_in_is_not_accepted(office: Office) -> None:
    enrolments = office.room.enrolments
    token = enrolments.invite(Role.SYSTEM, operator="security").token
    with pytest.raises(NotAccepted):
        enrolments.redeem(token, passkey(office, token, name=""), bound_to="here")
    with pytest.raises(NotTaken):
        enrolments.redeem(token, passkey(office, token), bound_to="elsewhere")
    assert enrolments.redeem(token, passkey(office, token), bound_to="here")


@pytest.mark.parametrize("role", list(Role))
def test_codes_of_an_app_are_taken_only_when_the_role_reads(office: Office, role: Role) -> None:
    enrolments = office.room.enrolments
    department = "city-library" if role is Role.DEPARTMENT else ""
    token = enrolments.invite(role, operator="security", department=department).token
    if role in {Role.AUDIT, Role.SUPERVISOR}:
        assert enrolments.redeem(token, app(office, token), bound_to="").role is role
        return
    with pytest.raises(NotTaken):
        enrolments.redeem(token, app(office, token), bound_to="")


def test_passkey_is_not_taken_when_only_attested_ones_are(office: Office) -> None:
    room = office.room
    strict = replace(room.enrolments, factors=replace(room.factors, attested_only=True))
    token = strict.invite(Role.SYSTEM, operator="security").token
    with pytest.raises(NotTaken):
        strict.redeem(token, passkey(office, token), bound_to="here")


def test_passkey_is_not_taken_where_browsers_make_none(office: Office) -> None:
    room = office.room
    bare: Enrolments = replace(room.enrolments, factors=replace(room.factors, passkeys=None))
    token = bare.invite(Role.AUDIT, operator="security").token
    with pytest.raises(NotTaken):
        bare.redeem(token, passkey(office, token), bound_to="here")
    assert bare.redeem(token, app(office, token), bound_to="").role is Role.AUDIT


def test_second_factor_is_replaced_when_somebody_lost_theirs(office: Office) -> None:
    enrolments = office.room.enrolments
    token = enrolments.invite(Role.SYSTEM, operator="security").token
    member = enrolments.redeem(token, passkey(office, token), bound_to="here")
    void = enrolments.invite_again(member, operator="security").token
    token = enrolments.invite_again(member, operator="security").token
    with pytest.raises(LinkSpent):
        enrolments.open(void)
    new = "another quiet harbour"
    assert enrolments.redeem(token, passkey(office, token, password=new), bound_to="here") == member
    assert StaffAuthenticator.objects.count() == 1
    assert office.room.accounts.is_password_of(member, new)
    last = enrolments.invite_again(member, operator="security").token
    other = enrolments.invite(Role.SYSTEM, operator="security").token
    enrolments.redeem(
        other, passkey(office, other, username="wu", staff_number="N-2"), bound_to="here"
    )
    office.room.standing.close(member.id, by=By(operator="security"))
    with pytest.raises(LinkSpent):
        enrolments.open(last)


def test_role_and_department_go_together_when_somebody_is_invited(office: Office) -> None:
    with pytest.raises(NotAccepted):
        office.room.enrolments.invite(Role.DEPARTMENT, operator="security")
    with pytest.raises(NotAccepted):
        office.room.enrolments.invite(Role.AUDIT, operator="security", department="library")


def test_passkey_of_another_is_not_taken_twice(office: Office) -> None:
    enrolments = office.room.enrolments
    holder = KeyHolder(origin=office.room.origin)
    for number, username in enumerate(("li", "wu")):
        token = enrolments.invite(Role.SYSTEM, operator="security").token
        filled = passkey(office, token, holder, username=username, staff_number=f"N-{number}")
        if number == 0:
            enrolments.redeem(token, filled, bound_to="here")
            continue
        with pytest.raises(NotTaken):
            enrolments.redeem(token, filled, bound_to="here")
    assert json.loads(filled.answer)["type"] == "public-key"
