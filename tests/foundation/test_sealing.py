"""Sealing: the published vectors, and nothing opens anywhere but in its place."""

import pickle
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, transaction

from idp.foundation.sealing import (
    PROVIDERS,
    AesGcmProvider,
    BlindIndex,
    DataKeys,
    KeyDestroyed,
    NoDataKey,
    OpenKey,
    RootKeys,
    SealBroken,
    Sealer,
    Secret,
    Sm4GcmProvider,
    purpose_key,
)
from idp.foundation.sealing.models import DataKey
from tests.clocks import SetClock

SM4_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
PERSON = UUID("0190e0a0-0000-7000-8000-000000000001")
OTHER = UUID("0190e0a0-0000-7000-8000-000000000002")
ROOTS = RootKeys(active="k1", keys={"k1": b"1" * 32})


@pytest.mark.spec("GB/T 32907", "example 1")
def test_sm4_encrypts_the_published_block() -> None:
    cipher = Cipher(algorithms.SM4(SM4_KEY), modes.ECB()).encryptor()  # noqa: S305 - the vector's mode
    assert cipher.update(SM4_KEY).hex() == "681edf34d206965e86b3e94f536e4246"


@pytest.mark.spec("GB/T 32905", "example 1")
def test_sm3_hashes_the_published_message() -> None:
    state = hashes.Hash(hashes.SM3())
    state.update(b"abc")
    assert (
        state.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


@pytest.mark.spec("RFC 8998 §A.1", "SM4-GCM test vector")
def test_sm4_gcm_seals_the_published_text() -> None:
    plaintext = b"".join(bytes([byte]) * 8 for byte in bytes.fromhex("AABBCCDDEEFFEEAA"))
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    nonce = bytes.fromhex("00001234567800000000abcd")
    sealed = Sm4GcmProvider().encrypt_with_nonce(SM4_KEY, nonce, plaintext, aad)
    assert sealed[:12] == nonce
    assert sealed[12:].hex().startswith("17f399f08c67d5ee19d0dc9969c4bb7d")
    assert sealed[-16:].hex() == "83de3541e4c2b58177e065a9bf7b62ec"
    assert Sm4GcmProvider().decrypt(SM4_KEY, sealed, aad) == plaintext


@pytest.mark.spec("NIST SP 800-38D", "AES-256-GCM, test case 16 of the GCM submission")
def test_aes_gcm_opens_the_published_ciphertext() -> None:
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce = bytes.fromhex("cafebabefacedbaddecaf888")
    aad = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    plaintext = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = nonce + AESGCM(key).encrypt(nonce, plaintext, aad)
    assert sealed[-16:].hex() == "76fc6ece0f4e1768cddf8853bb2d551b"
    assert AesGcmProvider().decrypt(key, sealed, aad) == plaintext


@pytest.mark.parametrize("name", PROVIDERS)
def test_provider_refuses_when_anything_was_altered(name: str) -> None:
    provider = PROVIDERS[name]
    key = b"k" * provider.key_bytes
    sealed = provider.encrypt(key, b"content", b"place")
    assert provider.decrypt(key, sealed, b"place") == b"content"
    assert provider.encrypt(key, b"content", b"place") != sealed
    broken = [
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"place"),
        (bytes([sealed[0] ^ 1]) + sealed[1:], b"place"),
        (sealed, b"elsewhere"),
        (sealed[:20], b"place"),
        (b"", b"place"),
    ]
    for altered, aad in broken:
        with pytest.raises(SealBroken):
            provider.decrypt(key, altered, aad)


@pytest.mark.parametrize("name", PROVIDERS)
def test_sealed_value_opens_only_for_its_purpose_and_owner(name: str) -> None:
    sealer = Sealer(ROOTS, provider=name)
    sealed = sealer.seal(b"content", purpose="phone", owner="p1")
    assert sealer.unseal(sealed, purpose="phone", owner="p1") == b"content"
    for purpose, owner in [("email", "p1"), ("phone", "p2"), ("phonep1", ""), ("phon", "ep1")]:
        with pytest.raises(SealBroken):
            sealer.unseal(sealed, purpose=purpose, owner=owner)


@pytest.mark.parametrize(
    "alter",
    [
        lambda _: b"",
        lambda _: b"\x01\x01",
        lambda sealed: b"\x02" + sealed[1:],
        lambda sealed: sealed[:1] + b"\x07" + sealed[2:],
        lambda sealed: sealed[:1] + b"\x02" + sealed[2:],
        lambda sealed: sealed[:3] + b"k9" + sealed[5:],
        lambda sealed: sealed[:3] + b"\xff\xff" + sealed[5:],
        lambda sealed: sealed[:-1],
    ],
    ids=[
        "empty",
        "cut short",
        "version",
        "provider unknown",
        "provider other",
        "key unknown",
        "key no text",
        "tag cut",
    ],
)
def test_unseal_refuses_when_the_form_is_broken(alter: object) -> None:
    assert callable(alter)
    sealer = Sealer(ROOTS)
    with pytest.raises(SealBroken):
        sealer.unseal(alter(sealer.seal(b"content", purpose="phone")), purpose="phone")


def test_old_values_open_when_root_key_and_provider_have_changed() -> None:
    old = Sealer(ROOTS).seal(b"content", purpose="phone")
    roots = RootKeys(active="k2", keys={"k1": b"1" * 32, "k2": b"2" * 32})
    new = Sealer(roots, provider="sm4-gcm")
    assert new.unseal(old, purpose="phone") == b"content"
    with pytest.raises(SealBroken, match="does not hold"):
        Sealer(ROOTS).unseal(new.seal(b"content", purpose="phone"), purpose="phone")


def test_data_key_seals_under_its_own_name() -> None:
    sealer, key = Sealer(ROOTS), OpenKey(key_id="d1", material=b"d" * 32)
    sealed = sealer.seal(b"content", purpose="phone", key=key)
    assert sealer.unseal(sealed, purpose="phone", key=key) == b"content"
    other = OpenKey(key_id="d2", material=b"d" * 32)
    with pytest.raises(SealBroken, match="another data key"):
        sealer.unseal(sealed, purpose="phone", key=other)
    assert "dddd" not in repr(key)


@pytest.mark.parametrize(
    ("active", "keys"),
    [("k2", {"k1": b"1" * 32}), ("k1", {"k1": b"1" * 31})],
    ids=["unknown", "short"],
)
def test_root_keys_are_refused_when_unusable(active: str, keys: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="root key"):
        RootKeys(active=active, keys=keys)


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_blind_index_finds_equal_values_of_one_kind_only(algorithm: str) -> None:
    index = BlindIndex(b"i" * 32, algorithm=algorithm)
    found = index.of("document", "11010519491231002X")
    assert found == BlindIndex(b"i" * 32, algorithm=algorithm).of("document", "11010519491231002X")
    assert len(found) == 32
    assert index.matches("document", "11010519491231002X", found)
    assert not index.matches("phone", "11010519491231002X", found)
    assert found != BlindIndex(b"j" * 32, algorithm=algorithm).of("document", "11010519491231002X")


def test_blind_index_key_is_refused_when_short() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        BlindIndex(b"short")


@pytest.mark.requirement("R13")
def test_secret_shows_nothing_unless_revealed() -> None:
    secret = Secret("110105")
    assert (repr(secret), str(secret), f"{secret}") == ("Secret(***)", "***", "***")
    assert secret.reveal() == "110105"
    assert secret == Secret("110105")
    assert secret != Secret("110106")
    assert secret != "110105"
    assert Secret(b"x") == Secret(b"x")
    assert len({secret, Secret("110105")}) == 1
    assert bool(secret) is True
    assert bool(Secret("")) is False
    with pytest.raises(TypeError, match="not written anywhere"):
        pickle.dumps(secret)


@pytest.mark.storage
@pytest.mark.django_db
class TestDataKeys:
    """One key for each person, and the end of it."""

    def test_field_opens_for_its_owner_only(self, clock: SetClock, sealer: Sealer) -> None:
        keys = DataKeys(sealer, clock=clock)
        keys.create(PERSON)
        keys.create(OTHER)
        sealed = keys.seal_for(PERSON, "phone", b"13800138000")
        assert keys.unseal_for(PERSON, "phone", sealed) == b"13800138000"
        with pytest.raises(SealBroken):
            keys.unseal_for(OTHER, "phone", sealed)
        with pytest.raises(SealBroken):
            keys.unseal_for(PERSON, "email", sealed)

    def test_several_fields_open_with_one_reading(self, clock: SetClock, sealer: Sealer) -> None:
        keys = DataKeys(sealer, clock=clock)
        keys.create(PERSON)
        sealed = keys.seal_for(PERSON, "phone", b"13800138000")
        opened = keys.open(PERSON)
        found = sealer.unseal(sealed, purpose="phone", owner=str(PERSON), key=opened)
        assert found == b"13800138000"

    @pytest.mark.requirement("R13")
    def test_nothing_opens_when_the_key_is_destroyed(self, clock: SetClock, sealer: Sealer) -> None:
        keys = DataKeys(sealer, clock=clock)
        keys.create(PERSON)
        sealed = keys.seal_for(PERSON, "phone", b"13800138000")
        assert keys.destroy(PERSON) is True
        assert keys.destroy(PERSON) is False
        with pytest.raises(KeyDestroyed):
            keys.unseal_for(PERSON, "phone", sealed)
        with pytest.raises(KeyDestroyed):
            keys.seal_for(PERSON, "phone", b"again")
        row = DataKey.objects.get()
        assert (bytes(row.sealed_key), row.destroyed_at) == (b"", clock.now())
        with pytest.raises(IntegrityError), transaction.atomic():
            keys.create(PERSON)

    def test_owner_without_a_key_is_named(self, clock: SetClock, sealer: Sealer) -> None:
        with pytest.raises(NoDataKey):
            DataKeys(sealer, clock=clock).open(PERSON)


@pytest.mark.spec("RFC 5869 §3.2", "info binds the derived key to its purpose")
def test_purpose_keys_share_nothing_when_the_root_is_the_same() -> None:
    keys = {purpose_key(root, purpose) for root in (b"r" * 32, b"s" * 32) for purpose in "ab"}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert purpose_key(b"r" * 32, "a") in keys
