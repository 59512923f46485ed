"""App codes, recovery codes, passwords and phones: what proves somebody, and what does not."""

from base64 import b32decode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import orjson
import pytest
from argon2 import PasswordHasher, Type
from django.db import connections
from django_otp.oath import TOTP

from idp.foundation.outbox.models import OutboxMessage
from idp.subjects.authenticators import totp
from idp.subjects.authenticators.directory import LastOfItsLevel
from idp.subjects.authenticators.kinds import Added, Kind, NotProven, NotTaken, Offer, Shown
from idp.subjects.authenticators.recovery_code import CODES, unused
from idp.subjects.models import Authenticator
from tests.city import City
from tests.trail import events

pytestmark = pytest.mark.storage
CHOSEN = "a quiet harbour at dawn"


@pytest.fixture
def person(city: City, phone: str) -> UUID:
    person_id: UUID = city.resident(phone)
    return person_id


def add(city: City, person: UUID, kind: Kind, answer: str = "", secret: str = "") -> Added:
    offer = Offer(person_id=person, answer=answer, secret=secret, now=city.clock.now())
    return city.rooms.authenticators.add(kind, offer)


def check(city: City, person: UUID, kind: Kind, answer: str) -> frozenset[str]:
    shown = Shown(person_id=person, answer=answer, now=city.clock.now())
    return city.rooms.authenticators.check(kind, shown).amr


def refused(act: Callable[[], object]) -> str:
    with pytest.raises((NotProven, NotTaken)) as problem:
        act()
    return str(problem.value.reason)


def code_at(city: City, secret: str, *, steps: int = 0) -> str:
    generator = TOTP(b32decode(secret), drift=steps)
    generator.time = city.clock.now().timestamp()
    return f"{generator.token():06d}"


@pytest.mark.spec(
    "RFC 6238 §5.2",
    "The verifier MUST NOT accept the second attempt of the OTP after the successful validation "
    "has been issued for the first OTP",
)
def test_app_code_counts_once_when_it_is_right(city: City, person: UUID) -> None:
    secret = totp.new_secret()
    add(city, person, Kind.TOTP, code_at(city, secret), secret)
    assert refused(lambda: check(city, person, Kind.TOTP, code_at(city, secret))) == "replayed"
    city.clock.advance(seconds=30)
    assert check(city, person, Kind.TOTP, code_at(city, secret)) == {"otp"}
    assert refused(lambda: check(city, person, Kind.TOTP, code_at(city, secret))) == "replayed"
    assert refused(lambda: check(city, person, Kind.TOTP, "12345")) == "wrong"


def test_app_code_counts_when_the_apps_clock_drifts(city: City, person: UUID) -> None:
    secret = totp.new_secret()
    add(city, person, Kind.TOTP, code_at(city, secret), secret)
    for drift in (1, 2, 3):
        city.clock.advance(seconds=60)
        code = code_at(city, secret, steps=drift)
        assert check(city, person, Kind.TOTP, f" {code[:3]} {code[3:]}") == {"otp"}
    city.clock.advance(seconds=60)
    assert refused(lambda: check(city, person, Kind.TOTP, code_at(city, secret))) == "wrong"


def test_app_is_not_taken_when_its_code_is_wrong(city: City, person: UUID) -> None:
    secret = totp.new_secret()
    assert refused(lambda: add(city, person, Kind.TOTP, "", secret)) == "wrong"
    assert refused(lambda: add(city, person, Kind.TOTP, "123456", "not base 32")) == "malformed"
    add(city, person, Kind.TOTP, code_at(city, secret), secret)
    other = totp.new_secret()
    assert refused(lambda: add(city, person, Kind.TOTP, code_at(city, other), other)) == "too_many"
    row = Authenticator.objects.get(kind="totp")
    assert secret.encode() not in bytes(row.sealed_secret)


def test_address_for_apps_is_what_they_read_when_a_code_is_scanned() -> None:
    uri = totp.provisioning_uri("ABC", issuer="通行 · 市", account="138 **** 0001")
    assert uri.startswith("otpauth://totp/%E9%80%9A")
    assert "secret=ABC" in uri
    assert "issuer=%E9%80%9A" in uri


def test_recovery_codes_work_once_each_when_typed(city: City, person: UUID) -> None:
    codes = add(city, person, Kind.RECOVERY_CODE).shown_once
    assert len(set(codes)) == CODES
    assert check(city, person, Kind.RECOVERY_CODE, codes[3].upper().replace("-", " ")) == {"otp"}
    assert refused(lambda: check(city, person, Kind.RECOVERY_CODE, codes[3])) == "replayed"
    assert refused(lambda: check(city, person, Kind.RECOVERY_CODE, "abcd")) == "wrong"
    assert check(city, person, Kind.RECOVERY_CODE, codes[4]) == {"otp"}
    row = Authenticator.objects.get(kind="recovery_code")
    assert unused(row.counter) == CODES - 2
    kept = str(city.rooms.authenticators.records.secret_of(row))
    assert codes[0].replace("-", "") not in kept


def test_recovery_codes_end_when_new_ones_are_made(city: City, person: UUID) -> None:
    (first, *_) = add(city, person, Kind.RECOVERY_CODE).shown_once
    add(city, person, Kind.RECOVERY_CODE)
    assert refused(lambda: check(city, person, Kind.RECOVERY_CODE, first)) == "wrong"


def test_one_use_counts_when_a_recovery_code_is_typed_four_times_at_once(
    city: City, person: UUID
) -> None:
    code = add(city, person, Kind.RECOVERY_CODE).shown_once[0]

    def attempt(_: int) -> bool:
        try:
            check(city, person, Kind.RECOVERY_CODE, code)
        except NotProven:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(4))) == 1


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short but fine", "too_short"),
        ("x" * 129, "too_long"),
        ("1q2w3e4r5t6y7u8i9o", "too_common"),
        ("aaaaaaaaaaaaaaaaaaaa", "too_common"),
        ("abcdabcdabcdabcd", "too_common"),
        ("tongxingtongxing", "too_common"),
    ],
)
@pytest.mark.spec("NIST SP 800-63B-4 §3.1.1.2", "minimum of 15 characters in length")
def test_password_is_not_taken_when_people_would_guess_it(
    city: City, person: UUID, password: str, reason: str
) -> None:
    assert refused(lambda: add(city, person, Kind.PASSWORD, password)) == reason


def test_password_is_replaced_when_another_is_chosen(city: City, person: UUID) -> None:
    first = add(city, person, Kind.PASSWORD, CHOSEN)
    again = add(city, person, Kind.PASSWORD, "两个黄鹂鸣翠柳一行白鹭上青天窗含西岭")
    assert refused(lambda: check(city, person, Kind.PASSWORD, CHOSEN)) == "wrong"
    assert check(city, person, Kind.PASSWORD, "两个黄鹂鸣翠柳一行白鹭上青天窗含西岭") == {"pwd"}
    assert again.authenticator_id == first.authenticator_id


@pytest.mark.usefixtures("real_password_cost")
def test_weak_hash_is_renewed_when_its_password_would_not_be_taken_today(
    city: City, person: UUID
) -> None:
    password = "88888888"
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1, type=Type.ID)
    row = Authenticator.objects.create(
        person_id=person, kind="password", hash=weak.hash(password), created_at=city.clock.now()
    )
    assert check(city, person, Kind.PASSWORD, password) == frozenset({"pwd"})
    renewed = Authenticator.objects.get(id=row.id).hash
    assert "m=19456,t=2" in renewed
    assert check(city, person, Kind.PASSWORD, password) == frozenset({"pwd"})


def test_phone_proves_nothing_alone_when_it_was_unused_for_ninety_days(
    city: City, person: UUID
) -> None:
    city.clock.advance(days=89)
    assert check(city, person, Kind.SMS, "alone") == {"sms"}
    city.clock.advance(days=90)
    assert refused(lambda: check(city, person, Kind.SMS, "alone")) == "dormant"
    assert check(city, person, Kind.SMS, "beside") == {"sms"}
    assert check(city, person, Kind.SMS, "alone") == {"sms"}


@pytest.mark.parametrize("kind", [Kind.TOTP, Kind.RECOVERY_CODE, Kind.PASSWORD, Kind.SMS])
def test_nothing_is_proven_when_nobody_has_such_an_authenticator(city: City, kind: Kind) -> None:
    nobody = UUID(int=7)
    assert refused(lambda: check(city, nobody, kind, "123456")) in {"unknown", "wrong"}


def test_changes_are_audited_and_told_when_authenticators_come_and_go(
    city: City, person: UUID
) -> None:
    directory = city.rooms.authenticators
    added = add(city, person, Kind.RECOVERY_CODE)
    directory.rename(person, added.authenticator_id, "  in the drawer ")
    (held,) = [each for each in directory.of(person) if each.kind == Kind.RECOVERY_CODE]
    assert held.label == "in the drawer"
    directory.remove(person, held.id, now=city.clock.now())
    directory.remove(person, held.id, now=city.clock.now())
    told = list(OutboxMessage.objects.filter(kind="security_notice").order_by("id"))
    assert len(told) == 2
    assert [len(events(f"authenticator.{word}")) for word in ("added", "renamed", "removed")] == [
        1,
        1,
        1,
    ]
    sent: list[tuple[str, str]] = []

    def send(to: str, language: str, words: str) -> bool:
        sent.append((language, words))
        return bool(to)

    for message in told:
        directory.notices.deliver(orjson.loads(message.payload), send)
    assert sent == [("zh-Hans", "生成了新的恢复码"), ("zh-Hans", "移除了一种登录方式")]


def test_last_authenticator_of_a_level_stays_when_it_is_removed_without_another(
    city: City, person: UUID
) -> None:
    directory, now = city.rooms.authenticators, city.clock.now()
    password = add(city, person, Kind.PASSWORD, CHOSEN)
    with pytest.raises(LastOfItsLevel):
        directory.remove(person, password.authenticator_id, now=now)
    secret = totp.new_secret()
    app = add(city, person, Kind.TOTP, code_at(city, secret), secret)
    directory.remove(person, app.authenticator_id, now=now)
    (phone,) = [each for each in directory.of(person) if each.kind == Kind.SMS]
    with pytest.raises(LastOfItsLevel):
        directory.remove(person, phone.id, now=now)


Case = tuple[tuple[str, ...], set[str], int, tuple[str, ...], tuple[str, ...]]
WITH_PASSWORD = ("passkey", "totp", "password")


@pytest.mark.parametrize(
    "case",
    [
        ((), {"sms"}, 2, (), ("passkey", "password")),
        (("password",), {"sms"}, 2, ("password",), WITH_PASSWORD),
        (("password",), {"pwd"}, 2, ("sms",), WITH_PASSWORD),
        (("password", "totp"), {"pwd"}, 2, ("totp", "sms"), WITH_PASSWORD),
        (("password",), set(), 2, ("password", "sms"), WITH_PASSWORD),
        (("password", "recovery_code"), {"pwd"}, 2, ("sms", "recovery_code"), WITH_PASSWORD),
        ((), {"sms"}, 3, (), ()),
    ],
    ids=lambda case: "-".join(map(str, case[0])) + "+" + "-".join(case[1]) + f"-to-{case[2]}",
)
def test_ways_lead_on_when_more_is_needed(city: City, person: UUID, case: Case) -> None:
    has, proven, needed, ways, addable = case
    secret = totp.new_secret()
    given = {"password": (CHOSEN, ""), "totp": (code_at(city, secret), secret)}
    for kind in has:
        add(city, person, Kind(kind), *given.get(kind, ()))
    directory = city.rooms.authenticators
    held = directory.of(person)
    assert directory.ways(held, proven=frozenset(proven), needed=needed) == ways
    assert directory.addable(held, proven=frozenset(proven), needed=needed) == addable
