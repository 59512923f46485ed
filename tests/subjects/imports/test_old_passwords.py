"""Passwords of old platforms: kept, wrapped, and renewed at the next login."""

import base64
import hashlib
from typing import Any

import bcrypt
import pytest
from cryptography.hazmat.primitives import hashes

from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.legacy_passwords import (
    HashError,
    ShapeError,
    compiled,
    digest_of,
    is_kept_as_it_came,
    read_digest,
)
from idp.subjects.models import Authenticator
from idp.subjects.passwords import Passwords
from tests.subjects.imports.conftest import Office

PASSWORD = "made-up-old-word"
SOMEBODY = TypedIdentifier(kind="username", value="somebody")
PBKDF2 = "pbkdf2_sha256$1000$c2FsdHk$gMWmqz6uNnLUNUm/dBxV5wnNlyhsk8d7DvU9kpXYEd4="


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sm3(text: str) -> str:
    state = hashes.Hash(hashes.SM3())
    state.update(text.encode())
    return state.finalize().hex()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("md5(password)", md5(PASSWORD)),
        ("md5(md5(password)+salt)", md5(md5(PASSWORD) + "s4")),
        ("sha1( salt + password )", hashlib.sha1(f"s4{PASSWORD}".encode()).hexdigest()),  # noqa: S324 - an old platform's
        ("sm3(salt+password+salt)", sm3(f"s4{PASSWORD}s4")),
        ("sha256(password+salt)", hashlib.sha256(f"{PASSWORD}s4".encode()).hexdigest()),
        ("sha512(password)", hashlib.sha512(PASSWORD.encode()).hexdigest()),
    ],
)
def test_shape_gives_what_the_old_platform_kept_when_written_so(shape: str, expected: str) -> None:
    assert digest_of(shape, PASSWORD, "s4") == expected
    assert read_digest(expected.upper(), shape) == expected


def test_sm3_is_the_standards_when_its_vector_is_hashed() -> None:
    assert digest_of("sm3(password)", "abc", "").startswith("66c7f0f462eeedd9d1f2d46bdc10e4e2")


@pytest.mark.parametrize(
    "shape",
    [
        "",
        "md5",
        "md5()",
        "md5(salt)",
        "md5(password",
        "md5(password)+salt",
        "crypt(password)",
        "md5(password+)",
        "md5(password;salt)",
        "md5(" * 10 + "password" + ")" * 10,
        "md5(" + "salt+" * 40 + "password)",
    ],
)
def test_shape_is_refused_when_it_cannot_be_read(shape: str) -> None:
    with pytest.raises(ShapeError):
        compiled(shape)


def test_digest_is_read_when_it_is_base64() -> None:
    assert read_digest("CY9rzUYh03PK3k6DJie09g==", "md5(password)") == md5("test")
    with pytest.raises(HashError, match="neither"):
        read_digest("é", "md5(password)")


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ("$2b$04$" + "a" * 53, True),
        ("$2b$31$" + "a" * 53, False),
        (PBKDF2, True),
        ("pbkdf2_sm3$1$s$AAAA", True),
        ("pbkdf2_md5$1$s$AAAA", False),
        ("pbkdf2_sha256$999999999$s$AAAA", False),
        ("pbkdf2_sha256$1$s$?", False),
        ("pbkdf2_sha256$1$s$", False),
        ("a" * 32, False),
    ],
)
def test_hash_is_kept_when_it_says_itself_how_it_was_made(text: str, is_kept: bool) -> None:  # noqa: FBT001 - a table
    assert is_kept_as_it_came(text) is is_kept


def kept_hash() -> str:
    return Authenticator.objects.get(kind="password").hash


def old_forms() -> list[Any]:
    slow = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    derived = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"grain", 1000)
    stretched = f"pbkdf2_sha256$1000$grain${base64.b64encode(derived).decode()}"
    return [
        pytest.param({"password_hash": slow}, slow, id="bcrypt"),
        pytest.param({"password_hash": stretched}, stretched, id="PBKDF2"),
        pytest.param(
            {"password_hash": md5(md5(PASSWORD) + "s4"), "password_salt": "s4"},
            "pending",
            id="salted MD5",
        ),
    ]


@pytest.mark.storage
@pytest.mark.parametrize(("row", "kept"), old_forms())
def test_hash_is_renewed_when_its_person_signs_in(
    office: Office, row: dict[str, Any], kept: str
) -> None:
    office.take_over({"id": "a", "username": "somebody", **row})
    assert kept_hash() == kept
    assert office.people.check_password(SOMEBODY, "another-word") is None
    assert kept_hash() == kept, "a wrong password renews nothing"
    assert office.people.check_password(SOMEBODY, PASSWORD) is not None
    assert kept_hash().startswith("$argon2id$")
    assert bytes(Authenticator.objects.get(kind="password").sealed_secret) == b""
    assert office.people.check_password(SOMEBODY, PASSWORD) is not None
    assert office.wrapping.wrap_some() == 0


@pytest.mark.storage
def test_weak_hash_is_wrapped_in_the_background_when_it_waits(office: Office) -> None:
    weak = md5(md5(PASSWORD) + "s4")
    office.take_over(
        {"id": "a", "username": "somebody", "password_hash": weak, "password_salt": "s4"},
        {"id": "b", "username": "nobody", "password_hash": weak, "password_salt": "s4"},
    )
    erased = Authenticator.objects.get(person=office.people.find(SOMEBODY)).person_id
    assert office.wrapping.wrap_some(limit=1) == 1
    assert office.wrapping.wrap_some() == 1
    assert office.wrapping.wrap_some() == 0
    held = Authenticator.objects.get(person_id=erased)
    assert held.hash.startswith("wrapped$$argon2id$")
    opened = office.fields.of(erased).unseal("authenticator.password", held.sealed_secret)
    assert weak not in opened, "of the weak digest nothing is left"
    assert Passwords().is_outdated(held.hash)
    assert office.people.check_password(SOMEBODY, "another-word") is None
    assert office.people.check_password(SOMEBODY, PASSWORD) == erased
    assert Authenticator.objects.get(person_id=erased).hash.startswith("$argon2id$")


def test_weak_hash_is_forgotten_when_its_person_was_erased(office: Office) -> None:
    weak = md5(md5(PASSWORD) + "s4")
    office.take_over(
        {"id": "a", "username": "somebody", "password_hash": weak, "password_salt": "s4"}
    )
    office.fields.destroy_all([Authenticator.objects.get().person_id])
    assert office.wrapping.wrap_some() == 1
    assert not Authenticator.objects.exists()


def test_bcrypt_looks_at_72_bytes_when_a_password_is_longer() -> None:
    long = "长" * 40
    kept = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    assert Passwords().is_right(kept, long)
    assert not Passwords().is_right(kept, "x" + long)
