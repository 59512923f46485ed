"""Accounts shut while somebody is on the way in: no session is left that wakes up later."""

import pytest

from idp.staff.accounts import By
from idp.staff.models import StaffSession
from idp.staff.roles import Role
from idp.staff.sessions import AccountShut
from idp.subjects.authenticators.kinds import Kind
from tests.racing import at_once
from tests.staff.conftest import Office, new_member
from tests.trail import detail, events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R18")]
GUARD = By(operator="guard")


def live(office: Office) -> int:
    del office
    return StaffSession.objects.filter(ended_at=None).count()


@pytest.mark.parametrize("how", ["suspend", "close"])
def test_no_session_begins_when_the_account_was_shut_between_the_two_factors(
    office: Office, how: str
) -> None:
    """Begun all the same, it would open the console once the account is reinstated."""
    member = office.room.accounts.create(new_member(role=Role.SUPERVISOR))
    assert getattr(office.room.standing, how)(member.id, by=GUARD)
    with pytest.raises(AccountShut):
        office.room.sessions.start(member, Kind.TOTP)
    office.room.standing.reinstate(member.id, by=GUARD)
    assert live(office) == 0


@pytest.mark.django_db(transaction=True)
def test_no_session_lives_when_suspending_and_signing_in_meet(office: Office) -> None:
    member = office.room.accounts.create(new_member(role=Role.SUPERVISOR))

    def meet(number: int) -> object:
        if number == 0:
            return office.room.standing.suspend(member.id, by=GUARD)
        try:
            return office.room.sessions.start(member, Kind.TOTP)[0].id
        except AccountShut:
            return None

    at_once(4, meet)
    assert live(office) == 0


def test_session_left_by_an_older_release_ends_when_a_suspended_account_is_suspended_again(
    office: Office,
) -> None:
    member = office.room.accounts.create(new_member(role=Role.SUPERVISOR))
    _signed, secret = office.room.sessions.start(member, Kind.TOTP)
    assert office.room.standing.suspend(member.id, by=GUARD)
    StaffSession.objects.update(ended_at=None)
    assert not office.room.standing.suspend(member.id, by=GUARD)
    office.room.standing.reinstate(member.id, by=GUARD)
    assert office.room.sessions.open(secret) is None
    assert len(events("staff.suspended")) == 1


@pytest.mark.django_db(transaction=True)
def test_one_of_two_suspensions_is_told_when_they_come_at_once(office: Office) -> None:
    member = office.room.accounts.create(new_member(role=Role.SUPERVISOR))
    done = at_once(3, lambda _: office.room.standing.suspend(member.id, by=GUARD))
    assert sorted(map(bool, done)) == [False, False, True]
    (told,) = events("staff.suspended")
    assert detail(told)["sessions"] == 0
