"""A certificate as the second factor of staff: whose is taken, and what it opens."""

from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.staff.enrolment import Filled
from idp.staff.roles import Role
from idp.staff.signing_in import Refused, SignInRefused
from idp.subjects.authenticators.kinds import Kind, NotTaken, Refusal
from tests.certificates import OF_A_LATER_VERSION, SAID_TWICE, Authority, usage
from tests.staff.conftest import PASSWORD, Office, new_member
from tests.trail import detail, events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R18")]


def enrolled(office: Office, pem: str, username: str = "li", role: Role = Role.SYSTEM) -> None:
    member = office.room.accounts.create(new_member(username, role=role))
    token = office.room.enrolments.invite_again(member, operator="security").token
    filled = Filled(kind=Kind.CERTIFICATE, answer=pem)
    office.room.enrolments.redeem(token, filled, bound_to="here")


def opens(office: Office, pem: str, username: str = "li") -> bool:
    half = office.room.signing_in.first(username, PASSWORD)
    try:
        return (
            office.room.signing_in.second(half, Kind.CERTIFICATE, pem).member.username == username
        )
    except SignInRefused:
        return False


def test_administrator_signs_in_when_the_connection_shows_their_certificate(
    city_ca: Authority, office: Office
) -> None:
    pem = city_ca.issue(at=office.clock.now())
    enrolled(office, pem)
    half = office.room.signing_in.first("li", PASSWORD)
    assert half.kinds == (Kind.CERTIFICATE,)
    assert opens(office, pem)
    assert opens(office, pem)
    assert detail(events("staff.enrolled")[-1])["kind"] == "certificate"


def test_certificate_opens_nothing_of_somebody_elses_and_counts_towards_the_lock(
    city_ca: Authority, office: Office
) -> None:
    mine, theirs = (city_ca.issue(at=office.clock.now()) for _ in range(2))
    enrolled(office, mine)
    enrolled(office, theirs, "wang")
    assert not opens(office, theirs)
    assert not opens(office, "")
    assert opens(office, mine)
    assert detail(events("staff.refused")[0])["reason"] == "certificate:unknown"
    for _ in range(5):
        half = office.room.signing_in.first("wang", PASSWORD)
        with pytest.raises(SignInRefused) as refused:
            office.room.signing_in.second(half, Kind.CERTIFICATE, mine)
        if refused.value.reason is Refused.LOCKED:
            break
    assert events("alert.staff_locked")


def test_certificate_belongs_to_one_account(city_ca: Authority, office: Office) -> None:
    pem = city_ca.issue(at=office.clock.now())
    enrolled(office, pem)
    with pytest.raises(NotTaken) as refused:
        enrolled(office, pem, "wang")
    assert refused.value.reason is Refusal.ALREADY_HELD


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("of another authority", Refusal.UNKNOWN),
        ("of a namesake", Refusal.UNKNOWN),
        ("not valid yet", Refusal.EXPIRED),
        ("expired", Refusal.EXPIRED),
        ("for servers", Refusal.WRONG),
        ("an authority", Refusal.WRONG),
        ("for encryption", Refusal.WRONG),
        ("one that says a thing twice", Refusal.MALFORMED),
        ("of a later version", Refusal.MALFORMED),
        ("garbage", Refusal.MALFORMED),
        ("nothing", Refusal.MALFORMED),
        ("endless", Refusal.MALFORMED),
    ],
)
def test_certificate_is_not_taken_when_it_is_none_of_the_citys_staff(
    city_ca: Authority, office: Office, case: str, reason: Refusal
) -> None:
    now = office.clock.now()
    pem = {
        "of another authority": lambda: Authority(name="Elsewhere").issue(at=now),
        "of a namesake": lambda: Authority(name=city_ca.name).issue(at=now),
        "not valid yet": lambda: city_ca.issue(at=now + timedelta(days=9)),
        "expired": lambda: city_ca.issue(at=now - timedelta(days=9), days=1),
        "for servers": lambda: city_ca.issue(at=now, usages=(ExtendedKeyUsageOID.SERVER_AUTH,)),
        "an authority": lambda: city_ca.issue(at=now, is_authority=True),
        "for encryption": lambda: city_ca.issue(
            at=now, key_usage=usage(key_encipherment=True, data_encipherment=True)
        ),
        "one that says a thing twice": lambda: city_ca.issue_malformed(*SAID_TWICE, at=now),
        "of a later version": lambda: city_ca.issue_malformed(*OF_A_LATER_VERSION, at=now),
        "garbage": lambda: "-----BEGIN%20CERTIFICATE-----",
        "nothing": lambda: "",
        "endless": lambda: city_ca.issue(at=now) + "A" * 16_384,
    }[case]()
    with pytest.raises(NotTaken) as refused:
        enrolled(office, pem)
    assert refused.value.reason is reason
    certificates = office.room.factors.certificates
    assert certificates
    assert certificates.subject_of(pem, now=now) == ""


def test_certificate_without_named_usages_is_taken_until_its_last_day(
    city_ca: Authority, office: Office
) -> None:
    signs = usage(digital_signature=True, content_commitment=True)
    pem = city_ca.issue(at=office.clock.now(), usages=(), days=2, key_usage=signs)
    enrolled(office, pem, role=Role.SECURITY)
    certificates = office.room.factors.certificates
    assert certificates
    assert certificates.subject_of(pem, now=office.clock.now()) == "Fang Zhiyuan"
    assert opens(office, pem)
    office.clock.advance(hours=49)
    assert not opens(office, pem)


def test_certificate_is_not_taken_where_the_city_names_nobody_who_issues_them(
    office: Office,
) -> None:
    assert Kind.CERTIFICATE not in office.room.factors.allowed(Role.SYSTEM)
    with pytest.raises(NotTaken):
        enrolled(office, Authority().issue(at=office.clock.now()))


def test_new_link_withdraws_the_certificate_that_was_lost(
    city_ca: Authority, office: Office
) -> None:
    lost, found = (city_ca.issue(at=office.clock.now()) for _ in range(2))
    enrolled(office, lost)
    member = office.room.accounts.find("li")
    assert member
    token = office.room.enrolments.invite_again(member, operator="security").token
    office.room.enrolments.redeem(
        token, Filled(kind=Kind.CERTIFICATE, answer=found), bound_to="here"
    )
    assert not opens(office, lost)
    assert opens(office, found)
