"""Passkeys, against a made-up device: what is taken, what proves somebody, what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from idp.subjects.authenticators.assembly import RelyingParty, attestation_roots
from idp.subjects.authenticators.challenges import Challenges
from idp.subjects.authenticators.kinds import Kind, NotProven, NotTaken, Offer, Shown
from idp.subjects.authenticators.passkey import PasskeyKind
from idp.subjects.models import Authenticator
from tests.city import ISSUER, City
from tests.key_holder import BE, BS, UP, UV, KeyHolder, Maker
from tests.trail import events

pytestmark = pytest.mark.storage
MAKER = Maker()


@pytest.fixture
def person(city: City, phone: str) -> UUID:
    person_id: UUID = city.resident(phone)
    return person_id


@pytest.fixture
def holder() -> KeyHolder:
    return KeyHolder(origin=ISSUER)


def passkeys(city: City, *, roots: tuple[bytes, ...] = ()) -> PasskeyKind:
    if not roots:
        kind = city.rooms.authenticators.kinds[Kind.PASSKEY]
        assert isinstance(kind, PasskeyKind)
        return kind
    return PasskeyKind(
        party=RelyingParty(host="localhost", origin=ISSUER, name="city", roots=roots),
        records=city.rooms.authenticators.records,
        challenges=Challenges(store=city.store, key=b"c" * 32),
    )


def enrol(city: City, person: UUID, holder: KeyHolder, **spoil: Any) -> Any:
    kind = spoil.pop("kind", passkeys(city))
    now = city.clock.now()
    options = kind.creation_options(person, name="139", bound_to="j1", now=now)
    answer = holder.create(options, **spoil)
    return kind.add(Offer(person_id=person, answer=answer, bound_to="j1", now=now))


def prove(city: City, holder: KeyHolder, **spoil: Any) -> Any:
    kind = spoil.pop("kind", passkeys(city))
    person = spoil.pop("person", None)
    now = city.clock.now()
    options = kind.request_options(spoil.pop("made_for", "j2"), now=now, person_id=person)
    answer = spoil.pop("text", None) or holder.get(options, **spoil)
    shown = Shown(answer=answer, bound_to="j2", now=now, person_id=person)
    return city.rooms.authenticators.check(Kind.PASSKEY, shown)


@pytest.mark.requirement("R5")
def test_person_is_known_by_their_passkey_when_nothing_was_typed(
    city: City, person: UUID, holder: KeyHolder
) -> None:
    added = enrol(city, person, holder)
    proof = prove(city, holder)
    assert (proof.person_id, proof.authenticator_id) == (person, added.authenticator_id)
    assert proof.amr == {"swk", "user", "mfa"}
    (held,) = [each for each in city.rooms.authenticators.of(person) if each.kind == "passkey"]
    assert held.last_used_at is not None


def test_options_name_the_persons_passkeys_when_it_is_known_who_asks(
    city: City, person: UUID, holder: KeyHolder
) -> None:
    enrol(city, person, holder)
    now = city.clock.now()
    asked = passkeys(city).request_options("j", now=now, person_id=person)
    assert '"transports":["internal","hybrid"]' in asked
    again = passkeys(city).creation_options(person, name="139", bound_to="j", now=now)
    assert '"excludeCredentials":[{' in again
    assert '"residentKey":"required"' in again
    assert '"userVerification":"required"' in again


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ({"origin": "https://id.city.example.evil"}, "wrong"),
        ({"host": "elsewhere.example"}, "wrong"),
        ({"type": "webauthn.create"}, "wrong"),
        ({"flags": UP}, "wrong"),
        ({"flags": UV}, "wrong"),
        ({"flags": UP | UV | BE | BS}, "wrong"),
        ({"flags": UP | UV | BS}, "wrong"),
        ({"signature": b"0" * 70}, "wrong"),
        ({"user_handle": b"somebody else"}, "wrong"),
        ({"challenge": "AAAA"}, "expired"),
        ({"made_for": "another journey"}, "expired"),
        ({"text": "{}"}, "malformed"),
        ({"text": "[1]"}, "malformed"),
        ({"text": "no json"}, "malformed"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_passkey_proves_nothing_when_its_answer_is_not_right(
    city: City, person: UUID, holder: KeyHolder, spoil: dict[str, Any], reason: str
) -> None:
    enrol(city, person, holder)
    with pytest.raises(NotProven) as refused:
        prove(city, holder, **spoil)
    assert refused.value.reason == reason


def test_passkey_proves_nothing_when_it_is_another_persons(
    city: City, person: UUID, holder: KeyHolder
) -> None:
    enrol(city, person, holder)
    other = city.resident("+8613700000009")
    with pytest.raises(NotProven) as refused:
        prove(city, holder, person=other)
    assert refused.value.reason == "unknown"


def test_challenge_is_good_once_when_an_answer_is_replayed(
    city: City, person: UUID, holder: KeyHolder
) -> None:
    enrol(city, person, holder)
    now = city.clock.now()
    answer = holder.get(passkeys(city).request_options("j2", now=now))
    shown = Shown(answer=answer, bound_to="j2", now=now)
    city.rooms.authenticators.check(Kind.PASSKEY, shown)
    with pytest.raises(NotProven) as refused:
        city.rooms.authenticators.check(Kind.PASSKEY, shown)
    assert refused.value.reason == "expired"


def test_challenge_is_refused_when_it_is_old(city: City, person: UUID, holder: KeyHolder) -> None:
    enrol(city, person, holder)
    answer = holder.get(passkeys(city).request_options("j2", now=city.clock.now()))
    city.clock.advance(hours=1)
    with pytest.raises(NotProven) as refused:
        city.rooms.authenticators.check(
            Kind.PASSKEY, Shown(answer=answer, bound_to="j2", now=city.clock.now())
        )
    assert refused.value.reason == "expired"


def test_copy_is_refused_and_told_of_when_the_counter_does_not_grow(
    city: City, person: UUID
) -> None:
    holder = KeyHolder(origin=ISSUER, counter=4)
    enrol(city, person, holder)
    prove(city, holder)
    copy = KeyHolder(
        origin=ISSUER,
        counter=4,
        key=holder.key,
        credential_id=holder.credential_id,
        user_handle=holder.user_handle,
    )
    with pytest.raises(NotProven) as refused:
        prove(city, copy)
    assert refused.value.reason == "cloned"
    assert [row.subject for row in events("authenticator.cloned")] == [str(person)]
    prove(city, holder)


def test_backup_state_is_kept_up_to_date_when_a_passkey_is_synced(city: City, person: UUID) -> None:
    holder = KeyHolder(origin=ISSUER, is_synced=True)
    enrol(city, person, holder, flags=UP | UV | BE | 0x40)
    row = Authenticator.objects.get(kind="passkey")
    assert (row.is_backup_eligible, row.is_backed_up) == (True, False)
    assert prove(city, holder).amr == {"swk", "user", "mfa"}
    row.refresh_from_db()
    assert row.is_backed_up


@pytest.mark.parametrize(
    ("is_synced", "maker", "is_bound"),
    [
        (False, MAKER, True),
        (True, MAKER, False),
        (False, Maker(name="Unknown Root"), False),
        (False, Maker(), False),
        (False, None, False),
    ],
    ids=["attested", "attested-but-synced", "unknown-root", "same-name-other-key", "none"],
)
def test_level_three_is_reached_only_when_a_believed_maker_attests_the_key(
    city: City, person: UUID, maker: Maker | None, *, is_synced: bool, is_bound: bool
) -> None:
    kind = passkeys(city, roots=(MAKER.root(),))
    holder = KeyHolder(origin=ISSUER, is_synced=is_synced, maker=maker)
    added = enrol(city, person, holder, kind=kind)
    assert ("hwk" in added.amr) is is_bound
    assert Authenticator.objects.get(kind="passkey").is_hardware_bound is is_bound


@pytest.mark.parametrize(
    "spoil",
    [
        {"origin": "https://elsewhere.example"},
        {"challenge": "AAAA"},
        {"type": "webauthn.get"},
        {"flags": UP | 0x40},
        {"flags": UP | UV | BS | 0x40},
        {"host": "elsewhere"},
    ],
    ids=lambda value: str(value)[:40],
)
def test_passkey_is_not_taken_when_its_making_is_not_right(
    city: City, person: UUID, holder: KeyHolder, spoil: dict[str, Any]
) -> None:
    with pytest.raises(NotTaken):
        enrol(city, person, holder, **spoil)
    assert not Authenticator.objects.filter(kind="passkey").exists()


@pytest.mark.parametrize("text", ["", "{}", '{"id":1,"rawId":2}', "[" * 5000])
def test_passkey_is_not_taken_when_the_answer_is_none(city: City, person: UUID, text: str) -> None:
    with pytest.raises(NotTaken):
        passkeys(city).add(Offer(person_id=person, answer=text, now=city.clock.now()))


def test_passkey_is_not_taken_twice_when_another_account_has_it(
    city: City, person: UUID, holder: KeyHolder
) -> None:
    enrol(city, person, holder)
    with pytest.raises(NotTaken) as refused:
        enrol(city, city.resident("+8613700000009"), holder)
    assert refused.value.reason == "already_held"


def test_roots_are_read_when_a_file_names_them(city: City, tmp_path: Path) -> None:
    file, root = tmp_path / "roots.pem", MAKER.root()
    certificate = load_der_x509_certificate(root)
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    wish = replace(city.settings.authentication, passkey_roots_file=str(file))
    assert attestation_roots(replace(city.settings, authentication=wish)) == (root,)
    assert attestation_roots(city.settings) == ()
