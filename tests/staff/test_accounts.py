"""Accounts of staff: one role each for good, one account for each member, locked and closed."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from idp.staff.accounts import By, NotAccepted
from idp.staff.models import StaffAccount, StaffNumber
from idp.staff.roles import Role
from idp.staff.standing import LastOfItsRole
from idp.subjects.passwords import PasswordUnacceptable
from tests.staff.conftest import Office, new_member, nobody
from tests.trail import detail, events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R18")]
GUARD = By(operator="security")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"username": "x"}, "username"),
        ({"username": "../etc"}, "username"),
        ({"name": "  "}, "name"),
        ({"name": "名" * 61}, "name"),
        ({"staff_number": "?"}, "staff_number"),
        ({"department": "city-library"}, "department"),
        ({"role": Role.DEPARTMENT}, "department"),
        ({"username": "LI"}, "username_taken"),
        ({"staff_number": "ｎ-li", "role": Role.AUDIT}, "member_taken"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_account_is_not_made_when_a_field_cannot_be(
    office: Office, fields: dict[str, object], why: str
) -> None:
    office.room.accounts.create(new_member("li"))
    given = {"username": "wang", "staff_number": "N-9", **fields}
    with pytest.raises(NotAccepted) as refused:
        office.room.accounts.create(new_member(**given))  # type: ignore[arg-type]
    assert refused.value.field == why


def test_password_is_not_taken_when_everybody_would_guess_it(office: Office) -> None:
    with pytest.raises(PasswordUnacceptable):
        office.room.accounts.create(new_member(password="short"))


def test_member_holds_another_role_only_after_the_first_account_is_closed(office: Office) -> None:
    accounts = office.room.accounts
    accounts.create(new_member("other", staff_number="N-2"))
    first = accounts.create(new_member("li"))
    with pytest.raises(NotAccepted):
        accounts.create(new_member("li-audit", staff_number="N-li", role=Role.AUDIT))
    assert office.room.standing.close(first.id, by=GUARD)
    assert not office.room.standing.close(first.id, by=GUARD)
    again = accounts.create(new_member("li-audit", staff_number="N-li", role=Role.AUDIT))
    assert [each.username for each in accounts.listed()] == ["li-audit", "other", "li"]
    assert again.role is Role.AUDIT


def test_last_administrator_of_a_role_stays_when_it_would_be_closed(office: Office) -> None:
    only = office.room.accounts.create(new_member())
    with pytest.raises(LastOfItsRole):
        office.room.standing.close(only.id, by=GUARD)


@pytest.mark.parametrize(
    "change",
    [{"role": "audit"}, {"username": "wang"}, {"person_index": b"x" * 32}],
    ids=lambda change: next(iter(change)),
)
def test_database_refuses_when_an_account_would_become_another(
    office: Office, change: dict[str, object]
) -> None:
    made = office.room.accounts.create(new_member())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StaffAccount.objects.filter(id=made.id).update(**change)
    StaffNumber.objects.filter(account_id=made.id).delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        StaffAccount.objects.filter(id=made.id).delete()


@pytest.mark.parametrize(
    "fields",
    [{"role": "root"}, {"role": "department"}, {"role": "audit", "department": "library"}],
    ids=str,
)
def test_database_refuses_when_a_role_is_none_of_ours(
    office: Office, fields: dict[str, str]
) -> None:
    now = office.clock.now()
    row = StaffAccount(
        username="x", person_index=b"1" * 32, sealed_name=b"", created_at=now, **fields
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_account_locks_with_an_alert_when_five_tries_are_wrong(office: Office) -> None:
    accounts, now = office.room.accounts, office.clock.now()
    made = accounts.create(new_member())
    assert [accounts.failed(made, why="password", now=now) for _ in range(5)] == [False] * 4 + [
        True
    ]
    locked = accounts.get(made.id)
    assert locked
    assert accounts.is_locked(locked, now)
    (alert,) = events("alert.staff_locked")
    assert detail(alert) == {"account": str(made.id), "failures": 5}
    assert office.room.standing.unlock(made.id, by=GUARD)
    assert not office.room.standing.unlock(made.id, by=GUARD)
    assert accounts.find("li") == made


def test_tries_are_counted_anew_when_a_lock_is_over(office: Office) -> None:
    accounts, now = office.room.accounts, office.clock.now()
    made = accounts.create(new_member())
    for _ in range(5):
        accounts.failed(made, why="password", now=now)
    office.clock.advance(minutes=31)
    assert not accounts.failed(made, why="password", now=office.clock.now())
    assert StaffAccount.objects.get().failures == 1


def test_nothing_is_found_when_nobody_is_asked_for(office: Office) -> None:
    accounts = office.room.accounts
    assert accounts.get(nobody()) is None
    assert accounts.find("no such") is None
    assert accounts.find("nobody") is None
    assert not accounts.is_password_of(None, "whatever it is")
    made = accounts.create(new_member())
    assert "李明" not in repr(made)
    assert "李明".encode() not in bytes(StaffAccount.objects.get().sealed_name)
