"""Signing keys: right signatures, no confusion, and a rotation nobody notices."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.foundation.judge import Judge, take_turn
from idp.foundation.keys import (
    ALGORITHMS,
    InvalidToken,
    KeyPlan,
    KeyRing,
    NoSigningKey,
    RotationPolicy,
    announce_next,
    b64url,
    b64url_decode,
    jose,
    replace_now,
    rotate,
)
from idp.foundation.keys.models import SigningKeyRow
from idp.foundation.sealing import Sealer
from idp.foundation.version import current
from tests.clocks import SetClock
from tests.racing import at_once

pytestmark = [pytest.mark.storage, pytest.mark.django_db]

FAST = KeyPlan(algorithms=("ES256", "EdDSA"))


@pytest.fixture
def ring(clock: SetClock, sealer: Sealer) -> KeyRing:
    rotate(clock.now(), sealer=sealer, plan=FAST)
    return KeyRing(sealer)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
def test_every_algorithm_signs_what_joserfc_verifies(clock: SetClock, sealer: Sealer) -> None:
    assert rotate(clock.now(), sealer=sealer) is True
    ring = KeyRing(sealer)
    published = KeySet.import_key_set(orjson.loads(ring.jwks_bytes()))
    assert orjson.loads(ring.jwks_bytes()) == ring.jwks()
    for alg in ALGORITHMS:
        token = ring.sign_jwt({"sub": "通行", "n": 1}, alg=alg, typ="at+jwt")
        found = jwt.decode(token, published, algorithms=[alg])
        assert found.claims == {"sub": "通行", "n": 1}
        assert found.header == {"alg": alg, "kid": ring.active(alg).kid, "typ": "at+jwt"}
        assert ring.verify_jwt(token, typ="at+jwt") == found.claims
        assert ring.verify_jwt(token, typ=None) == found.claims


def test_published_keys_hold_nothing_private(ring: KeyRing) -> None:
    members = {name for key in ring.jwks()["keys"] for name in key}
    assert members == {"kty", "crv", "x", "y", "kid", "alg", "use"}


def test_private_keys_are_sealed_in_the_database(ring: KeyRing, sealer: Sealer) -> None:
    row = SigningKeyRow.objects.get(kid=ring.active("ES256").kid)
    der = sealer.unseal(bytes(row.sealed_private), purpose="signing-key", owner=row.kid)
    assert der not in bytes(row.sealed_private)
    assert jose.to_jwk(jose.from_der(der).public_key())["x"] == row.public_jwk["x"]


def altered(token: str, part: int, change: Callable[[bytes], bytes]) -> str:
    parts = token.split(".")
    parts[part] = b64url(change(b64url_decode(parts[part].encode()))).decode()
    return ".".join(parts)


def header_with(**members: Any) -> Callable[[bytes], bytes]:
    return lambda header: orjson.dumps({**orjson.loads(header), **members})


FORGERIES: dict[str, Callable[[str, KeyRing], str]] = {
    "empty": lambda _, __: "",
    "not ascii": lambda token, _: token + "é",
    "two parts": lambda token, _: token.rpartition(".")[0],
    "padding": lambda token, _: token + "=",
    "no json": lambda token, _: altered(token, 0, lambda _: b"{"),
    "header is a list": lambda token, _: altered(token, 0, lambda _: b"[]"),
    "claims are a list": lambda token, _: altered(token, 1, lambda _: b"[]"),
    "claims altered": lambda token, _: altered(token, 1, lambda _: b'{"a":2}'),
    "signature altered": lambda token, _: altered(token, 2, lambda s: bytes([s[0] ^ 1]) + s[1:]),
    "signature too long": lambda token, _: altered(token, 2, lambda s: s + b"\x00"),
    "alg none": lambda token, _: (
        altered(token, 0, header_with(alg="none")).rpartition(".")[0] + "."
    ),
    "alg of another key": lambda token, _: altered(token, 0, header_with(alg="EdDSA")),
    "alg HS256": lambda token, _: altered(token, 0, header_with(alg="HS256")),
    "kid of another key": lambda token, ring: altered(
        token, 0, header_with(kid=ring.active("EdDSA").kid)
    ),
    "kid unknown": lambda token, _: altered(token, 0, header_with(kid="x")),
    "kid no text": lambda token, _: altered(token, 0, header_with(kid=["x"])),
    "typ of another use": lambda token, _: altered(token, 0, header_with(typ="logout+jwt")),
    "typ no text": lambda token, _: altered(token, 0, header_with(typ=1)),
    "critical extension": lambda token, _: altered(token, 0, header_with(crit=["b64"])),
}


@pytest.mark.spec(
    "RFC 8725 §3.1", "Libraries MUST enable the caller to specify a supported set of algorithms"
)
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_token_is_refused_when_it_is_not_ours(
    forge: Callable[[str, KeyRing], str], ring: KeyRing
) -> None:
    token = ring.sign_jwt({"a": 1}, alg="ES256", typ="at+jwt")
    with pytest.raises(InvalidToken):
        ring.verify_jwt(forge(token, ring), typ="at+jwt")


@pytest.mark.spec("RFC 8725 §3.11", "use of explicit typing")
def test_token_is_refused_when_signed_for_another_use(ring: KeyRing) -> None:
    token = ring.sign_jwt({"a": 1}, alg="ES256", typ="JWT")
    assert ring.verify_jwt(token, typ="jwt") == {"a": 1}
    with pytest.raises(InvalidToken, match="another type"):
        ring.verify_jwt(token, typ="at+jwt")


def test_ring_names_the_algorithm_when_it_has_no_key(ring: KeyRing) -> None:
    with pytest.raises(NoSigningKey, match="RS256"):
        ring.sign_jwt({}, alg="RS256", typ="JWT")


def test_key_refuses_an_algorithm_it_is_not_made_for() -> None:
    key = jose.generate("ES256")
    with pytest.raises(ValueError, match="EdDSA"):
        jose.signer(key, "EdDSA")
    with pytest.raises(ValueError, match="HS256"):
        jose.generate("HS256")
    assert jose.is_valid(key.public_key(), "RS256", b"", b"") is False


def states(alg: str = "ES256") -> list[str]:
    found = SigningKeyRow.objects.filter(alg=alg).order_by("created_at", "kid")
    return list(found.values_list("state", flat=True))


def test_keys_rotate_with_overlap_and_no_token_fails_meanwhile(
    clock: SetClock, sealer: Sealer, ring: KeyRing
) -> None:
    assert rotate(clock.now(), sealer=sealer, plan=FAST) is False
    first = ring.active("ES256").kid
    token = ring.sign_jwt({"a": 1}, alg="ES256", typ="JWT")

    assert rotate(clock.move(days=87), sealer=sealer, plan=FAST) is False
    rotate(clock.move(days=1), sealer=sealer, plan=FAST)
    ring.reload()
    assert states() == ["active", "next"]
    published = {key["kid"] for key in ring.jwks()["keys"] if key["alg"] == "ES256"}
    assert len(published) == 2
    assert ring.active("ES256").kid == first

    rotate(clock.move(days=2), sealer=sealer, plan=FAST)
    ring.reload()
    assert states() == ["retiring", "active"]
    assert ring.active("ES256").kid in published - {first}
    last = ring.sign_jwt({"a": 2}, alg="ES256", typ="JWT")
    assert ring.verify_jwt(token, typ="JWT") == {"a": 1}

    assert rotate(clock.move(days=0.9), sealer=sealer, plan=FAST) is False
    rotate(clock.move(days=0.1), sealer=sealer, plan=FAST)
    ring.reload()
    assert states() == ["retired", "active"]
    assert bytes(SigningKeyRow.objects.get(kid=first).sealed_private) == b""
    assert ring.verify_jwt(last, typ="JWT") == {"a": 2}
    with pytest.raises(InvalidToken):
        ring.verify_jwt(token, typ="JWT")


def test_next_key_is_published_long_enough_when_rotation_runs_late(
    clock: SetClock, sealer: Sealer, ring: KeyRing
) -> None:
    assert ring.jwks()
    rotate(clock.move(days=200), sealer=sealer, plan=FAST)
    assert states() == ["active", "next"]
    assert rotate(clock.move(days=1.9), sealer=sealer, plan=FAST) is False
    rotate(clock.move(days=0.1), sealer=sealer, plan=FAST)
    assert states() == ["retiring", "active"]


def test_announced_key_takes_over_once_clients_can_know_it(
    clock: SetClock, sealer: Sealer, ring: KeyRing
) -> None:
    first = ring.active("ES256").kid
    token = ring.sign_jwt({"a": 1}, alg="ES256", typ="JWT")
    row = announce_next(clock.move(days=30), alg="ES256", sealer=sealer, plan=FAST)
    again = announce_next(clock.move(days=1), alg="ES256", sealer=sealer, plan=FAST)
    assert again.kid == row.kid
    ring.reload()
    published = {key["kid"] for key in ring.jwks()["keys"]}
    assert {first, row.kid} <= published
    assert ring.active("ES256").kid == first
    assert rotate(clock.move(days=0.9), sealer=sealer, plan=FAST) is False
    rotate(clock.move(days=0.1), sealer=sealer, plan=FAST)
    ring.reload()
    assert ring.active("ES256").kid == row.kid
    assert ring.verify_jwt(token, typ="JWT") == {"a": 1}


def test_rotation_bumps_the_configuration_when_it_changes_keys(
    clock: SetClock, sealer: Sealer
) -> None:
    before = current()
    rotate(clock.now(), sealer=sealer, plan=FAST)
    assert current() == before + 1
    rotate(clock.now(), sealer=sealer, plan=FAST)
    assert current() == before + 1


@pytest.mark.parametrize("has_next", [False, True], ids=["alone", "with a successor"])
def test_compromised_key_is_withdrawn_at_once(
    has_next: bool,  # noqa: FBT001 - a parameter of the table
    clock: SetClock,
    sealer: Sealer,
    ring: KeyRing,
) -> None:
    token = ring.sign_jwt({"a": 1}, alg="ES256", typ="JWT")
    if has_next:
        rotate(clock.move(days=89), sealer=sealer, plan=FAST)
    replace_now(clock.now(), alg="ES256", sealer=sealer, plan=FAST)
    ring.reload()
    assert sorted(states()) == ["active", "retired"]
    assert ring.verify_jwt(ring.sign_jwt({}, alg="ES256", typ="JWT"), typ="JWT") == {}
    with pytest.raises(InvalidToken):
        ring.verify_jwt(token, typ="JWT")


def test_policy_refuses_an_overlap_longer_than_a_keys_life() -> None:
    with pytest.raises(ValueError, match="longer"):
        RotationPolicy(signs_for=timedelta(days=1), published_before=timedelta(days=1))


@pytest.mark.django_db(transaction=True)
def test_one_set_of_keys_is_made_when_nodes_start_together(clock: SetClock, sealer: Sealer) -> None:
    def start(_: int) -> bool:
        try:
            return rotate(clock.now(), sealer=sealer, plan=FAST)
        finally:
            connection.close()

    assert at_once(4, start).count(True) == 1
    assert SigningKeyRow.objects.count() == 2


def test_audit_keys_are_not_published_among_the_tokens_keys(
    audit_ring: KeyRing, ring: KeyRing
) -> None:
    audit_kid = audit_ring.active("ES256").kid
    assert ring.verifier(audit_kid) is None
    assert audit_kid not in ring.jwks_bytes().decode()


def test_turn_is_refused_outside_a_transaction(transactional_db: None) -> None:
    del transactional_db
    with pytest.raises(RuntimeError, match="transaction"):
        take_turn("x")
    for turns in (1, 2):
        with transaction.atomic():
            take_turn("x")
        assert Judge.objects.get().turns == turns
