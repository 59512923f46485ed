"""The one writer of clients: dynamic registration, declared clients, suspension and removal.

Each change is one transaction with its audit event and the new version stamp.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from idp.clients.client import Client
from idp.clients.metadata import MetadataRules, described_by_itself, validated_metadata
from idp.clients.models import ClientRow
from idp.clients.reading import read_client
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing import Sealer
from idp.foundation.version import bump

SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})
SECRET_BYTES = 32
"""256 bit: a secret of ours may be stored as a plain SHA-256, never needing a slow hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the registrant is told once, and never again."""

    client: Client
    client_secret: str = field(default="", repr=False)
    registration_access_token: str = field(default="", repr=False)
    issued_at: int = 0


class ChangedMeanwhile(Exception):
    """Somebody else changed the client since it was read; nothing was written."""


class ClientExists(Exception):
    """Another client bears this name; nothing was written."""


class SecretUnknown(Exception):
    """A client that proves itself by keys, or not at all, has no secret to renew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What a member of staff changes, having read the client as of `read_at`."""

    metadata: Mapping[str, Any]
    city: Mapping[str, Any]
    read_at: datetime
    operator: str


class ClientRegistrar:
    def __init__(self, *, rules: MetadataRules, sealer: Sealer, clock: Clock) -> None:
        self._rules = rules
        self._sealer = sealer
        self._clock = clock

    def register(self, given: Mapping[str, Any], *, actor: str = "") -> Registered:
        """A new dynamic client (RFC 7591 §3.2.1).

        Raises:
            MetadataProblem: nothing was written.
        """
        metadata = described_by_itself(given, self._rules)
        registration_token = secrets.token_urlsafe(SECRET_BYTES)
        secret = new_secret() if needs_secret(metadata) else ""
        row = ClientRow(
            client_id=secrets.token_urlsafe(16),
            origin="dynamic",
            created_at=self._clock.now(),
            registration_token_sha256=_sha256(registration_token),
        )
        return Registered(
            client=self._save(row, metadata, secret, event="client.registered", actor=actor),
            client_secret=secret,
            registration_access_token=registration_token,
            issued_at=int(row.created_at.timestamp()),
        )

    def onboard(
        self,
        given: Mapping[str, Any],
        city: Mapping[str, Any],
        *,
        client_id: str = "",
        operator: str,
    ) -> Registered:
        """A new client that an administrator sets up; one without a name gets a random one.

        Raises:
            ClientExists: the name is taken.
            MetadataProblem: nothing was written.
        """
        metadata = described_by_itself(given, self._rules)
        row = ClientRow(
            client_id=client_id or secrets.token_urlsafe(16),
            origin="onboarded",
            settings=dict(city),
            created_at=self._clock.now(),
        )
        secret = new_secret() if needs_secret(metadata) else ""
        with transaction.atomic():
            if ClientRow.objects.filter(client_id=row.client_id).exists():
                raise ClientExists
            return Registered(
                client=self._save(row, metadata, secret, event="client.onboarded", actor=operator),
                client_secret=secret,
                issued_at=int(row.created_at.timestamp()),
            )

    def renew_secret(self, client_id: str, *, read_at: datetime, operator: str) -> Registered:
        """A new secret in place of the old, which opens nothing any more.

        Raises:
            ChangedMeanwhile: the client is not as it was read.
            SecretUnknown: it proves itself without one.
        """
        with transaction.atomic():
            row = _as_read(client_id, read_at)
            if not needs_secret(row.metadata):
                raise SecretUnknown
            secret = new_secret()
            client = self._save(
                row, row.metadata, secret, event="client.secret_renewed", actor=operator
            )
        return Registered(client=client, client_secret=secret)

    def take_over(
        self,
        client_id: str,
        given: Mapping[str, Any],
        city: Mapping[str, Any],
        *,
        secret_sha256: bytes,
    ) -> Client:
        """Create or replace a client that comes with a secret of its own, of which we have a hash.

        Raises:
            MetadataProblem: nothing was written.
        """
        metadata = validated_metadata(given, self._rules)
        row = self._declared(client_id)
        row.settings, row.secret_sha256, row.sealed_secret = dict(city), secret_sha256, b""
        return self._save(row, metadata, None, event="client.imported", actor="")

    def declare(
        self, client_id: str, given: Mapping[str, Any], city: Mapping[str, Any], *, secret: str = ""
    ) -> Client:
        """Create or replace a declared client; idempotent.

        Raises:
            MetadataProblem: nothing was written.
        """
        metadata = validated_metadata(given, self._rules)
        row = self._declared(client_id)
        row.settings = dict(city)
        return self._save(row, metadata, secret, event="client.declared", actor="")

    def _declared(self, client_id: str) -> ClientRow:
        return ClientRow.objects.filter(client_id=client_id).first() or ClientRow(
            client_id=client_id, origin="declared", created_at=self._clock.now()
        )

    def replace(self, client_id: str, given: Mapping[str, Any]) -> Client:
        """RFC 7592 §2.2: the new metadata replaces all of the old; secrets stay."""
        metadata = described_by_itself(given, self._rules)
        row = ClientRow.objects.get(client_id=client_id)
        return self._save(row, metadata, None, event="client.updated", actor=client_id)

    def amend(self, client_id: str, amendment: Amendment) -> Client:
        """Change some members; those of the amendment replace the old, None removes one.

        Raises:
            ChangedMeanwhile: the client is not as it was read.
            MetadataProblem: nothing was written.
        """
        with transaction.atomic():
            row = _as_read(client_id, amendment.read_at)
            merged = {**row.metadata, **amendment.metadata}
            given = {name: value for name, value in merged.items() if value is not None}
            row.settings = {**row.settings, **amendment.city}
            return self._save(
                row,
                validated_metadata(given, self._rules),
                None,
                event="client.amended",
                actor=amendment.operator,
            )

    def remove(
        self, client_id: str, *, read_at: datetime | None = None, operator: str = ""
    ) -> None:
        """RFC 7592 §2.3, or by an operator who read the client as of `read_at`.

        Raises:
            ChangedMeanwhile: the client is not as it was read.
        """
        with transaction.atomic():
            if read_at is not None:
                _as_read(client_id, read_at)
            ClientRow.objects.filter(client_id=client_id).delete()
            self._tell("client.removed", client_id, actor=operator or client_id)

    def set_status(self, client_id: str, status: str, *, actor: str = "") -> None:
        """Suspend or reinstate; in force everywhere within the snapshot's staleness bound."""
        with transaction.atomic():
            ClientRow.objects.filter(client_id=client_id).update(
                status=status, updated_at=self._clock.now()
            )
            self._tell(f"client.{status}", client_id, actor=actor)

    def owner_of(self, client_id: str, registration_access_token: str) -> Client | None:
        """The client whose registration access token this is (RFC 7592 §3), else None."""
        row = ClientRow.objects.filter(client_id=client_id).first()
        known = bytes(row.registration_token_sha256) if row else b""
        if row and known and hmac.compare_digest(known, _sha256(registration_access_token)):
            return read_client(row)
        return None

    def _save(
        self,
        row: ClientRow,
        metadata: Mapping[str, Any],
        secret: str | None,
        *,
        event: str,
        actor: str,
    ) -> Client:
        row.updated_at = self._clock.now()
        row.metadata = dict(metadata)
        if secret is not None:
            row.secret_sha256 = _sha256(secret) if secret else b""
            row.sealed_secret = (
                self._sealer.seal(secret.encode(), purpose=f"client-secret:{row.client_id}")
                if secret
                else b""
            )
        with transaction.atomic():
            row.save()
            self._tell(event, row.client_id, actor=actor)
        return read_client(row)

    def _tell(self, event: str, client_id: str, *, actor: str) -> None:
        record(
            AuditEvent(type=event, outcome="success", actor=actor, client_id=client_id),
            clock=self._clock,
        )
        bump()


def needs_secret(metadata: Mapping[str, Any]) -> bool:
    """Whether a client of this metadata has a secret of its own."""
    by_secret = metadata["token_endpoint_auth_method"] in SECRET_METHODS
    return by_secret or _signs_with_secret(metadata)


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def _as_read(client_id: str, read_at: datetime) -> ClientRow:
    """The row, held until the transaction ends; raises ChangedMeanwhile where it is another."""
    row = ClientRow.objects.select_for_update().filter(client_id=client_id).first()
    if row is None or row.updated_at != read_at:
        raise ChangedMeanwhile
    return row


def _signs_with_secret(metadata: Mapping[str, Any]) -> bool:
    """Request objects signed with HS256 need a secret too."""
    return str(metadata.get("request_object_signing_alg", "")).startswith("HS")


def _sha256(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()
