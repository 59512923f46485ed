"""Clients are written once, read from a snapshot, and their secrets are told once."""

import hashlib
from typing import Any

import pytest

from idp.clients.directory import SnapshotDirectory
from idp.clients.metadata import MetadataProblem
from idp.clients.models import ClientRow
from idp.clients.registrar import ClientRegistrar
from idp.foundation.audit.models import AuditRow
from idp.foundation.sealing import Sealer
from idp.foundation.version import current
from policies.levels import Level

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
GOOD: dict[str, Any] = {"redirect_uris": ["https://portal.example/cb"], "client_name": "门户"}


@pytest.mark.spec("RFC 7591 §3.2.1", "a client secret is told once and kept as a hash")
def test_registration_keeps_only_the_hash_and_the_seal_of_the_secret(
    registrar: ClientRegistrar, sealer: Sealer
) -> None:
    registered = registrar.register(GOOD)
    row = ClientRow.objects.get(client_id=registered.client.client_id)
    secret = registered.client_secret.encode()
    assert bytes(row.secret_sha256) == hashlib.sha256(secret).digest()
    assert secret not in bytes(row.sealed_secret)
    purpose = f"client-secret:{row.client_id}"
    assert sealer.unseal(bytes(row.sealed_secret), purpose=purpose) == secret
    assert registered.client_secret not in repr(registered)


def test_registration_tells_no_secret_to_a_public_client(registrar: ClientRegistrar) -> None:
    registered = registrar.register({**GOOD, "token_endpoint_auth_method": "none"})
    assert registered.client_secret == ""
    assert registered.client.is_public


def test_registration_writes_nothing_when_refused(registrar: ClientRegistrar) -> None:
    with pytest.raises(MetadataProblem):
        registrar.register({"redirect_uris": ["nonsense"]})
    assert not ClientRow.objects.exists()
    assert not AuditRow.objects.exists()


@pytest.mark.requirement("R15")
def test_registration_is_audited_and_moves_the_configuration_in_its_transaction(
    registrar: ClientRegistrar,
) -> None:
    before = current()
    registered = registrar.register(GOOD)
    assert current() == before + 1
    event = AuditRow.objects.get()
    assert (event.type, event.client_id) == ("client.registered", registered.client.client_id)


@pytest.mark.spec("RFC 7592 §3", "the registration access token opens its own client alone")
def test_registration_token_opens_its_own_client_alone(registrar: ClientRegistrar) -> None:
    one, other = registrar.register(GOOD), registrar.register(GOOD)
    token = one.registration_access_token
    assert registrar.owner_of(one.client.client_id, token) == one.client
    assert registrar.owner_of(other.client.client_id, token) is None
    assert registrar.owner_of("nobody", token) is None
    declared = registrar.declare("declared", GOOD, {})
    assert registrar.owner_of(declared.client_id, "") is None


def test_declared_client_takes_what_the_city_decides(registrar: ClientRegistrar) -> None:
    city = {
        "minimum_acr": "urn:tongxing:acr:ial2:aal2",
        "department": "public-security",
        "channels": ["kiosk"],
        "statutory_claims": ["document_number"],
        "skips_consent": True,
    }
    client = registrar.declare("hall", {**GOOD, "client_name#en": "Hall"}, city, secret="s" * 43)
    assert client.minimum_level == Level(ial=2, aal=2)
    assert client.subject_sector == "public-security"
    assert client.channels == {"kiosk"}
    assert client.name_in("en") == "Hall"
    assert client.name_in("zh-hant") == "门户"
    again = registrar.declare("hall", GOOD, {}, secret="s" * 43)
    assert again.minimum_level == Level(ial=1, aal=1)
    assert ClientRow.objects.count() == 1


@pytest.mark.spec("OpenID Connect Core 1.0 §8.1", "the sector is the host of sector_identifier_uri")
def test_sector_is_read_off_the_registered_addresses(registrar: ClientRegistrar) -> None:
    plain = registrar.register(GOOD).client
    named = registrar.register({**GOOD, "sector_identifier_uri": "https://city.example/s"}).client
    assert (plain.subject_sector, named.subject_sector) == ("portal.example", "city.example")


def test_replacing_metadata_keeps_the_secret(registrar: ClientRegistrar) -> None:
    registered = registrar.register(GOOD)
    client_id = registered.client.client_id
    changed = registrar.replace(client_id, {"redirect_uris": ["https://new.example/cb"]})
    assert changed.redirect_uris == {"https://new.example/cb"}
    assert changed.secret_sha256 == registered.client.secret_sha256


def test_directory_sees_new_clients_at_once_and_changes_after_a_reload(
    registrar: ClientRegistrar,
) -> None:
    directory = SnapshotDirectory()
    assert directory.get("nobody") is None
    client = registrar.register(GOOD).client
    assert directory.get(client.client_id) == client
    registrar.set_status(client.client_id, "suspended")
    directory.reload()
    suspended = directory.get(client.client_id)
    assert suspended is not None
    assert suspended.status == "suspended"
    registrar.remove(client.client_id)
    directory.reload()
    assert directory.get(client.client_id) is None


@pytest.mark.parametrize(
    "client_id", ["", "\x00", "é", "x" * 500], ids=["empty", "NUL", "é", "long"]
)
def test_directory_does_not_ask_the_database_for_impossible_names(
    client_id: str, django_assert_num_queries: Any
) -> None:
    directory = SnapshotDirectory()
    directory.reload()
    with django_assert_num_queries(0 if client_id else 1):
        assert directory.get(client_id) is None


def test_directory_asks_once_for_a_client_that_is_not_there(django_assert_num_queries: Any) -> None:
    directory = SnapshotDirectory()
    directory.reload()
    with django_assert_num_queries(1):
        assert directory.get("ghost") is None
        assert directory.get("ghost") is None


def test_secret_is_made_for_a_client_that_signs_requests_with_it(
    registrar: ClientRegistrar,
) -> None:
    given = {
        **GOOD,
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": "https://portal.example/jwks",
        "request_object_signing_alg": "HS256",
    }
    assert registrar.register(given).client_secret
