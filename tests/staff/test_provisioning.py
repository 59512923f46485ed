"""What the city's system of staff may do: invite, change, suspend, close; and what it may not."""

from base64 import b32decode
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django_otp.oath import TOTP

from connectors.contract import UpstreamIdentity
from idp.staff.accounts import By, NewMember, NotAccepted
from idp.staff.departments import BoundForLife, Departments, NameTaken
from idp.staff.enrolment import Filled, LinkSpent
from idp.staff.models import StaffAccount, StaffDepartment
from idp.staff.provisioning import Post, Provisioning, Wanted
from idp.staff.roles import Role
from idp.staff.signing_in import Refused, SignInRefused
from idp.staff.standing import LastOfItsRole
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.passwords import PasswordUnacceptable
from tests.racing import at_once
from tests.staff.conftest import PASSWORD, Office, new_member
from tests.trail import detail, events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R18")]
HR = By(client_id="hr", channel="scim")
EVERYBODY = frozenset(Role)


@pytest.fixture
def staff(office: Office) -> Provisioning:
    return Provisioning(
        accounts=office.room.accounts,
        standing=office.room.standing,
        departments=Departments(clock=office.clock),
        sealer=office.ground.sealer,
        clock=office.clock,
    )


def invited(staff: Provisioning, role: Role = Role.SUPERVISOR, **changes: object) -> Post:
    username = str(changes.pop("username", "shen"))
    new = NewMember(
        id=uuid4(),
        username=username,
        name="",
        staff_number=str(changes.pop("number", f"N-{username}")),
        role=role,
    )
    return staff.invite(new, wanted(**changes), by=HR)


def wanted(**changes: object) -> Wanted:
    given = {"name": "沈清", "is_active": True, "external_id": "", "department": "", **changes}
    return Wanted(**given)  # type: ignore[arg-type]


def code(office: Office, token: str) -> str:
    generator = TOTP(b32decode(office.room.enrolments.totp_secret(token)))
    generator.time = office.clock.now().timestamp()
    return f"{generator.token():06d}"


def comes(office: Office, account_id: UUID, **fields: object) -> Filled:
    """The member opens the link that a security administrator gave them."""
    member = office.room.accounts.get(account_id)
    assert member
    token = office.room.enrolments.invite_again(member, operator="security").token
    given = {"password": PASSWORD, "answer": code(office, token), **fields}
    filled = Filled(kind=Kind.TOTP, **given)  # type: ignore[arg-type]
    office.room.enrolments.redeem(token, filled, bound_to="")
    return filled


def test_invited_member_signs_in_only_after_the_one_time_link(
    office: Office, staff: Provisioning
) -> None:
    post = invited(staff)
    assert post.member.state == "invited"
    with pytest.raises(SignInRefused) as refused:
        office.room.signing_in.first("shen", "")
    assert refused.value.reason is Refused.WRONG
    comes(office, post.member.id)
    half = office.room.signing_in.first("shen", PASSWORD)
    assert (half.member.state, half.kinds) == ("active", (Kind.TOTP,))
    (made,) = events("staff.created")
    assert (made.client_id, made.channel, made.operator) == ("hr", "scim", "")


def test_invited_member_chooses_a_password_that_obeys_the_rules(
    office: Office, staff: Provisioning
) -> None:
    post = invited(staff)
    with pytest.raises(PasswordUnacceptable):
        comes(office, post.member.id, password="")
    assert office.room.accounts.get(post.member.id) == post.member


class Directory:
    """Whoever knows the password is this entry."""

    def authenticate(
        self, username: str, password: str, *, now: datetime
    ) -> UpstreamIdentity | None:
        if (username, password) != ("shen", PASSWORD):
            return None
        return UpstreamIdentity(
            provider="ldap",
            subject="uid=shen",
            authenticated_at=now,
            claims={"role": "supervisor", "department": ""},
        )


def test_invited_member_comes_as_an_entry_of_the_directory_that_bears_the_user_name(
    office: Office, staff: Provisioning
) -> None:
    enrolments = replace(office.room.enrolments, directory=Directory())
    room = replace(office.room, enrolments=enrolments)
    with_directory = replace(office, room=room)
    post = invited(staff)
    comes(with_directory, post.member.id, username="somebody-else", is_of_directory=True)
    member = office.room.accounts.get(post.member.id)
    assert member
    assert (member.is_of_directory, member.state) == (True, "active")
    other = invited(staff, username="other")
    with pytest.raises(NotAccepted) as refused:
        comes(with_directory, other.member.id, username="shen", is_of_directory=True)
    assert refused.value.field == "directory_password"


def test_entry_of_the_directory_opens_one_account_alone(
    office: Office, staff: Provisioning
) -> None:
    first, second = invited(staff), invited(staff, username="other")
    office.room.accounts.arrive(first.member.id, password="", entry="e" * 64)
    with pytest.raises(NotAccepted):
        office.room.accounts.arrive(second.member.id, password="", entry="e" * 64)


def test_suspended_account_opens_nothing_until_it_is_reinstated(
    office: Office, staff: Provisioning
) -> None:
    post = invited(staff)
    comes(office, post.member.id)
    half = office.room.signing_in.first("shen", PASSWORD)
    _signed, secret = office.room.sessions.start(half.member, Kind.TOTP)
    token = office.room.enrolments.invite_again(half.member, operator="security").token
    assert staff.change(post.member.id, wanted(is_active=False), by=HR).member.is_suspended
    assert office.room.sessions.open(secret) is None
    assert detail(events("staff.signed_out")[-1])["why"] == "account_suspended"
    with pytest.raises(LinkSpent):
        office.room.enrolments.open(token)
    with pytest.raises(SignInRefused):
        office.room.signing_in.first("shen", PASSWORD)
    with pytest.raises(SignInRefused):
        office.room.signing_in.half(half.token)
    staff.change(post.member.id, wanted(is_active=False), by=HR)
    assert len(events("staff.suspended")) == 1
    staff.change(post.member.id, wanted(), by=HR)
    assert office.room.signing_in.first("shen", PASSWORD)
    assert office.room.sessions.open(secret) is None


def test_nothing_is_written_when_nothing_changes(staff: Provisioning) -> None:
    post = invited(staff, external_id="e-1", department="水务局")
    before = len(events())
    same = wanted(external_id="e-1", department="水务局", staff_number="N-shen")
    assert staff.change(post.member.id, same, by=HR) == post
    assert len(events()) == before


def test_person_holds_one_account_whatever_number_they_went_by(
    office: Office, staff: Provisioning
) -> None:
    post = invited(staff, number="n-1")
    changed = staff.change(post.member.id, wanted(staff_number="N-2"), by=HR)
    assert (post.staff_number, changed.staff_number) == ("n-1", "N-2")
    for number in ("N-1", "N-2"):
        with pytest.raises(NotAccepted) as refused:
            invited(staff, username="again", number=number)
        assert refused.value.field == "member_taken"
    other = invited(staff, username="other")
    for number in ("N-1", "N-2"):
        with pytest.raises(NotAccepted):
            staff.change(other.member.id, wanted(staff_number=number), by=HR)
    assert staff.change(post.member.id, wanted(staff_number="N-1"), by=HR).staff_number == "N-1"
    assert staff.close(post.member.id, by=HR)
    assert invited(staff, username="again", number="N-2").member.role is Role.SUPERVISOR
    with pytest.raises(NotAccepted):
        invited(staff, username="shen", number="N-9")
    assert office.room.accounts.get(post.member.id)


def test_last_administrator_of_a_role_stays_active_when_it_would_be_suspended(
    office: Office, staff: Provisioning
) -> None:
    only = office.room.accounts.create(new_member())
    waiting = invited(staff, Role.SYSTEM)
    assert {post.member.id for post in staff.posts({Role.SYSTEM})} == {only.id, waiting.member.id}
    with pytest.raises(LastOfItsRole):
        staff.change(only.id, wanted(is_active=False), by=HR)
    with pytest.raises(LastOfItsRole):
        staff.close(only.id, by=HR)
    assert staff.change(waiting.member.id, wanted(is_active=False), by=HR).member.is_suspended
    assert staff.close(waiting.member.id, by=HR)
    assert not staff.close(waiting.member.id, by=HR)
    member = office.room.accounts.get(only.id)
    assert member
    assert member.state == "active"


@pytest.mark.django_db(transaction=True)
def test_one_administrator_stays_when_the_last_two_leave_at_once(
    office: Office, staff: Provisioning
) -> None:
    two = [
        office.room.accounts.create(new_member(f"li{each}", staff_number=f"N-{each}"))
        for each in range(2)
    ]

    def leaves(number: int) -> str:
        try:
            staff.close(two[number].id, by=HR)
        except LastOfItsRole:
            return "stays"
        return "left"

    assert sorted(map(str, at_once(2, leaves))) == ["left", "stays"]


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "名" * 61},
        {"external_id": "x" * 129},
        {"external_id": "a\nb"},
        {"department": "x" * 129},
        {"department": " 水务局"},
        {"staff_number": "?"},
    ],
    ids=str,
)
def test_account_is_left_alone_when_what_is_wanted_cannot_be(
    staff: Provisioning, changes: dict[str, object]
) -> None:
    post = invited(staff)
    with pytest.raises(NotAccepted):
        staff.change(post.member.id, wanted(**changes), by=HR)
    assert staff.get(post.member.id, EVERYBODY) == post


def test_department_administrator_is_bound_to_the_department_for_life(
    office: Office, staff: Provisioning
) -> None:
    with pytest.raises(NotAccepted):
        invited(staff, Role.DEPARTMENT)
    post = invited(staff, Role.DEPARTMENT, department="city-library")
    assert post.member.department == post.department == "city-library"
    assert staff.change(post.member.id, wanted(), by=HR).department == "city-library"
    other = staff.departments.create("水务局", external_id="", by=HR)
    with pytest.raises(BoundForLife):
        staff.change(post.member.id, wanted(department="水务局"), by=HR)
    with pytest.raises(BoundForLife):
        staff.departments.move(other.id, joining=[post.member.id], leaving=[], by=HR)
    assert post.department_id
    with pytest.raises(BoundForLife):
        staff.departments.remove(post.department_id, by=HR)
    assert staff.close(post.member.id, by=HR)
    assert staff.departments.remove(post.department_id, by=HR)
    assert StaffAccount.objects.get(id=post.member.id).works_in is None
    assert office.room.accounts.create(
        new_member("wu", role=Role.DEPARTMENT, department="city-library")
    )
    assert StaffDepartment.objects.filter(name="city-library").exists()


def test_members_move_between_departments_and_each_move_is_told(staff: Provisioning) -> None:
    post = invited(staff, department="水务局")
    water = staff.departments.get(post.department_id or uuid4())
    parks = staff.departments.create("园林局", external_id="d-2", by=HR)
    assert water
    assert water.staff == (post.member.id,)
    staff.departments.move(parks.id, joining=[post.member.id], leaving=[], by=HR)
    staff.departments.move(parks.id, joining=[post.member.id], leaving=[], by=HR)
    assert [each.staff for each in staff.departments.listed()] == [(post.member.id,), ()]
    (moved,) = events("staff.moved")
    assert detail(moved) == {"account": str(post.member.id), "department": str(parks.id)}
    staff.departments.know_as(parks.id, "d-3", by=HR)
    assert staff.departments.remove(parks.id, by=HR)
    assert not staff.departments.remove(parks.id, by=HR)
    left = staff.get(post.member.id, EVERYBODY)
    assert left
    assert (left.department_id, left.department) == (None, "")


def test_department_is_not_made_when_its_name_is_taken_or_none(staff: Provisioning) -> None:
    staff.departments.create("水务局", external_id="", by=HR)
    with pytest.raises(NameTaken):
        staff.departments.create("水务局", external_id="", by=HR)
    for name in (" ", "x" * 129, "a\x00b"):
        with pytest.raises(NotAccepted):
            staff.departments.create(name, external_id="", by=HR)


def test_names_and_numbers_are_nowhere_in_clear(staff: Provisioning) -> None:
    post = invited(staff, number="N-4711", external_id="E-0815")
    row = StaffAccount.objects.values().get(id=post.member.id)
    kept = b"".join(bytes(v) if isinstance(v, bytes | memoryview) else b"" for v in row.values())
    texts = f"{row}{[detail(each) for each in events()]}"
    for word in ("沈清", "4711", "0815"):
        assert word.encode() not in kept
        assert word not in texts
