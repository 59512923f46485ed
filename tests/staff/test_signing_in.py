"""Signing staff in: password and second factor, refusals that tell nothing, locks, sessions."""

from base64 import b32decode
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from django_otp.oath import TOTP

from connectors.contract import UpstreamIdentity
from connectors.errors import OutboundTimeout
from idp.staff.accounts import By, NewMember, directory_id
from idp.staff.enrolment import Enrolments, Filled
from idp.staff.roles import Role
from idp.staff.signing_in import Half, Refused, SigningIn, SignInRefused
from idp.subjects.authenticators.kinds import Kind
from tests.staff.conftest import PASSWORD, Office, new_member, nobody
from tests.trail import events

pytestmark = pytest.mark.requirement("R18")


def code(office: Office, role: Role) -> str:
    generator = TOTP(b32decode(office.persona(role).totp_secret))
    generator.time = office.clock.now().timestamp()
    return f"{generator.token():06d}"


def touch(office: Office, role: Role, half: Half) -> str:
    kind = office.room.factors.passkeys
    assert kind
    options = kind.request_options(half.bound_to, now=office.clock.now(), person_id=half.member.id)
    return office.holder(office.persona(role)).get(options)


def first(office: Office, role: Role) -> Half:
    persona = office.persona(role)
    return office.room.signing_in.first(persona.username, persona.password)


def refused(signing_in: SigningIn, username: str, password: str) -> Refused:
    with pytest.raises(SignInRefused) as problem:
        signing_in.first(username, password)
    return problem.value.reason


@pytest.mark.parametrize("role", list(Role))
def test_personas_sign_in_when_they_show_both_factors(office: Office, role: Role) -> None:
    office.seed(role)
    office.seed(role)
    half = first(office, role)
    kind = half.kinds[0]
    answer = touch(office, role, half) if kind is Kind.PASSKEY else code(office, role)
    proven = office.room.signing_in.second(half, kind, answer)
    signed, secret = office.room.sessions.start(proven.member, kind)
    opened = office.room.sessions.open(secret)
    assert opened
    assert (opened.member.role, opened.id) == (role, signed.id)
    assert opened.is_fresh(office.clock.now())
    with pytest.raises(SignInRefused, match="expired"):
        office.room.signing_in.half(half.token)


@pytest.mark.parametrize(
    ("username", "password"),
    [("audit", "wrong"), ("nobody", "wrong"), ("", ""), ("../x", "y"), ("audit", "")],
)
def test_refusal_is_the_same_when_name_or_password_is_wrong(
    office: Office, username: str, password: str
) -> None:
    office.seed(Role.AUDIT)
    assert refused(office.room.signing_in, username, password) is Refused.WRONG


def test_account_stays_shut_when_it_is_locked(office: Office) -> None:
    office.seed(Role.AUDIT)
    persona = office.persona(Role.AUDIT)
    for _ in range(5):
        refused(office.room.signing_in, "audit", "wrong")
    assert refused(office.room.signing_in, "audit", "wrong") is Refused.WRONG
    assert refused(office.room.signing_in, "audit", persona.password) is Refused.LOCKED
    office.clock.advance(minutes=31)
    assert first(office, Role.AUDIT).member.username == "audit"
    assert len(events("alert.staff_locked")) == 1


def test_wrong_codes_lock_the_account_when_the_password_was_right(office: Office) -> None:
    office.seed(Role.AUDIT)
    half = first(office, Role.AUDIT)
    reasons = []
    for _ in range(6):
        with pytest.raises(SignInRefused) as problem:
            office.room.signing_in.second(
                office.room.signing_in.half(half.token), Kind.TOTP, "000000"
            )
        reasons.append(problem.value.reason)
    assert reasons == [Refused.WRONG] * 4 + [Refused.LOCKED] * 2


def test_app_code_proves_nothing_when_the_role_needs_a_passkey(office: Office) -> None:
    office.seed(Role.SYSTEM)
    half = first(office, Role.SYSTEM)
    with pytest.raises(SignInRefused, match="wrong"):
        office.room.signing_in.second(half, Kind.TOTP, "000000")


def test_half_way_is_forgotten_when_it_took_too_long_or_is_used(office: Office) -> None:
    office.seed(Role.AUDIT)
    half, again = first(office, Role.AUDIT), first(office, Role.AUDIT)
    office.room.signing_in.second(half, Kind.TOTP, code(office, Role.AUDIT))
    for token in (half.token, "", "made-up"):
        with pytest.raises(SignInRefused, match="expired"):
            office.room.signing_in.half(token)
    office.clock.advance(seconds=30)
    office.ground.store.take(f"staff:half:{again.bound_to.removeprefix('console:')}")
    with pytest.raises(SignInRefused, match="expired"):
        office.room.signing_in.second(again, Kind.TOTP, code(office, Role.AUDIT))


def test_nobody_is_let_in_when_they_have_no_second_factor(office: Office) -> None:
    office.room.accounts.create(new_member())
    assert refused(office.room.signing_in, "li", PASSWORD) is Refused.NO_SECOND_FACTOR


@pytest.mark.parametrize("how", ["idle", "absolute", "ended", "closed", "renewed"])
def test_session_opens_nothing_when_it_is_over(office: Office, how: str) -> None:
    office.seed(Role.AUDIT)
    sessions, accounts = office.room.sessions, office.room.accounts
    member = accounts.find("audit")
    assert member
    signed, secret = sessions.start(member, Kind.TOTP)
    if how == "idle":
        office.clock.advance(minutes=16)
    elif how == "absolute":
        for _ in range(33):
            office.clock.advance(minutes=14.9)
            sessions.open(secret)
    elif how == "ended":
        sessions.end(signed.id, reason="signed_out")
        sessions.end(signed.id, reason="again")
        assert len(events("staff.signed_out")) == 1
    elif how == "closed":
        accounts.create(new_member(role=Role.AUDIT))
        office.room.standing.close(member.id, by=By(operator="security"))
    else:
        office.clock.advance(minutes=6)
        opened = sessions.open(secret)
        assert opened
        assert not opened.is_fresh(office.clock.now())
        renewed = sessions.open(sessions.renew(opened, Kind.TOTP))
        assert renewed
        assert renewed.is_fresh(office.clock.now())
    assert sessions.open(secret) is None


@dataclass(slots=True, kw_only=True)
class Directory:
    """A directory that says what a test wants: the adapter's own tests ask a real one."""

    role: str = "audit"
    department: str = ""
    is_down: bool = False
    asked: int = 0

    def authenticate(
        self, identifier: str, password: str, *, now: datetime
    ) -> UpstreamIdentity | None:
        self.asked += 1
        if self.is_down:
            raise OutboundTimeout("ldap.city.example")
        if password != PASSWORD:
            return None
        claims = {"name": "李明", "role": self.role, "department": self.department}
        return UpstreamIdentity(
            provider="city", subject=identifier, claims=claims, authenticated_at=now
        )


def of_directory(office: Office, directory: Directory) -> tuple[SigningIn, Enrolments]:
    room = office.room
    return replace(room.signing_in, directory=directory), replace(
        room.enrolments, directory=directory
    )


def enrolled(office: Office, directory: Directory) -> SigningIn:
    signing_in, enrolments = of_directory(office, directory)
    token = enrolments.invite(Role.AUDIT, operator="security").token
    generator = TOTP(b32decode(enrolments.totp_secret(token)))
    generator.time = office.clock.now().timestamp()
    filled = Filled(
        kind=Kind.TOTP,
        answer=f"{generator.token():06d}",
        username="li",
        name="李明",
        staff_number="N-1",
        password=PASSWORD,
        is_of_directory=True,
    )
    member = enrolments.redeem(token, filled, bound_to="")
    assert member.is_of_directory
    return signing_in


def test_entry_of_the_directory_signs_in_when_its_account_is_enrolled(office: Office) -> None:
    directory = Directory()
    signing_in = enrolled(office, directory)
    assert signing_in.first("LI", PASSWORD).kinds == (Kind.TOTP,)
    assert refused(signing_in, "li", "wrong") is Refused.WRONG
    assert refused(signing_in, "li", "") is Refused.WRONG


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"role": "security"}, Refused.WRONG),
        ({"role": ""}, Refused.WRONG),
        ({"department": "library"}, Refused.WRONG),
        ({"is_down": True}, Refused.UNAVAILABLE),
    ],
    ids=str,
)
def test_entry_is_refused_when_the_directory_says_another_role_or_nothing(
    office: Office, change: dict[str, object], reason: Refused
) -> None:
    directory = Directory()
    signing_in = enrolled(office, directory)
    for name, value in change.items():
        setattr(directory, name, value)
    assert refused(signing_in, "li", PASSWORD) is reason
    assert bool(events("alert.staff_role_differs")) == (reason is Refused.WRONG)


def test_entry_without_an_account_is_sent_for_a_link_when_its_password_is_right(
    office: Office,
) -> None:
    signing_in, _ = of_directory(office, Directory())
    assert refused(signing_in, "wu", PASSWORD) is Refused.NO_SECOND_FACTOR


def test_directory_is_not_asked_when_an_account_or_a_name_was_guessed_at(office: Office) -> None:
    directory = Directory()
    signing_in = enrolled(office, directory)
    for name in ("li", "stranger"):
        before = directory.asked
        for _ in range(9):
            assert refused(signing_in, name, "wrong") is Refused.WRONG
        assert directory.asked - before <= 6
    assert refused(signing_in, "li", PASSWORD) is Refused.WRONG


@pytest.mark.parametrize(
    ("directory", "password", "why"),
    [
        (Directory(is_down=True), PASSWORD, "directory_unavailable"),
        (Directory(), "wrong", "directory_password"),
        (Directory(role="system"), PASSWORD, "directory_role"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_link_is_not_redeemed_when_the_directory_does_not_agree(
    office: Office, directory: Directory, password: str, why: str
) -> None:
    _, enrolments = of_directory(office, directory)
    token = enrolments.invite(Role.AUDIT, operator="security").token
    filled = Filled(
        kind=Kind.TOTP, answer="", username="li", password=password, is_of_directory=True
    )
    with pytest.raises(ValueError, match=why):
        enrolments.redeem(token, filled, bound_to="")


def test_accounts_of_ours_stay_ours_when_there_is_a_directory(office: Office) -> None:
    office.seed(Role.AUDIT)
    directory = Directory()
    signing_in, _ = of_directory(office, directory)
    persona = office.persona(Role.AUDIT)
    assert signing_in.first(persona.username, persona.password).member.username == "audit"
    assert directory.asked == 0
    without = office.room.signing_in
    outside = office.room.accounts.create(
        new_member(
            "wu",
            role=Role.SUPERVISOR,
            directory_id=directory_id(
                UpstreamIdentity(
                    provider="city", subject="wu", claims={}, authenticated_at=office.clock.now()
                )
            ),
        )
    )
    assert refused(without, "wu", PASSWORD) is Refused.WRONG
    assert outside.is_of_directory
    assert isinstance(new_member(), NewMember)
    assert office.room.accounts.get(nobody()) is None
