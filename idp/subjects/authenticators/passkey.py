"""Passkeys (Web Authentication Level 3) by fido2: discoverable, user-verified, one origin.

A passkey may be synced to other devices: then it is worth level 2. Level 3 needs a key whose maker
attests that it never leaves its hardware, under a root that the deployment names.
"""

import struct
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509 import Certificate, load_der_x509_certificate
from fido2.attestation.base import AttestationVerifier, InvalidAttestation
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from idp.subjects.authenticators.challenges import Challenges
from idp.subjects.authenticators.kinds import (
    Added,
    Kind,
    NotProven,
    NotTaken,
    Offer,
    Proof,
    Refusal,
    Shown,
)
from idp.subjects.authenticators.levels import proven_by
from idp.subjects.authenticators.records import AuthenticatorStore, NewRow
from idp.subjects.families import is_of

_FLAGS = AuthenticatorData.FLAG
_CONVEYED: Final = AttestationConveyancePreference.DIRECT
_NONE: Final = AttestationConveyancePreference.NONE
_REQUIRED: Final = UserVerificationRequirement.REQUIRED
_NO_CHALLENGE: Final = bytes(32)
_MALFORMED: Final = (
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    AttributeError,
    AssertionError,
    RecursionError,
    struct.error,
    UnsupportedAlgorithm,
)
"""What fido2 raises for bytes that are no answer of an authenticator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """Where passkeys are good: the issuer's host and its one origin.

    `roots` are makers' certificates in DER whose attestation is believed.
    """

    host: str
    origin: str
    name: str
    roots: tuple[bytes, ...] = field(default=(), repr=False)


class PasskeyKind:
    """Implements `AuthenticatorKind`; the answers are what a browser's `toJSON()` gives."""

    def __init__(
        self, *, party: RelyingParty, records: AuthenticatorStore, challenges: Challenges
    ) -> None:
        self._party = party
        self._records = records
        self._challenges = challenges
        self._trusted = _TrustedMakers(party.roots) if party.roots else None
        self._server = Fido2Server(
            PublicKeyCredentialRpEntity(id=party.host, name=party.name),
            attestation=_CONVEYED if party.roots else _NONE,
            verify_origin=lambda origin: bool(origin == party.origin),
            verify_attestation=lambda *_: None,  # judged below: an unknown maker is no refusal
        )

    def request_options(
        self, bound_to: str, *, now: datetime, person_id: UUID | None = None
    ) -> str:
        """What `navigator.credentials.get` is asked for, as JSON; of one person, or of anybody."""
        challenge = self._challenges.new(bound_to, now=now)
        if person_id is None:
            before, after = self._anybody
            return f"{before}{websafe_encode(challenge)}{after}"
        return self._asked(self._descriptors(person_id), challenge)

    def _asked(
        self, descriptors: Sequence[PublicKeyCredentialDescriptor] | None, challenge: bytes
    ) -> str:
        options, _ = self._server.authenticate_begin(
            descriptors, user_verification=_REQUIRED, challenge=challenge
        )
        return orjson.dumps(dict(options)["publicKey"], default=dict).decode()

    @cached_property
    def _anybody(self) -> tuple[str, str]:
        """What is asked of anybody, before and after its challenge: on every login page."""
        before, _, after = self._asked(None, _NO_CHALLENGE).partition(websafe_encode(_NO_CHALLENGE))
        return before, after

    def creation_options(self, person_id: UUID, *, name: str, bound_to: str, now: datetime) -> str:
        """What `navigator.credentials.create` is asked for, as JSON."""
        options, _ = self._server.register_begin(
            PublicKeyCredentialUserEntity(id=person_id.bytes, name=name, display_name=name),
            self._descriptors(person_id),
            resident_key_requirement=ResidentKeyRequirement.REQUIRED,
            user_verification=_REQUIRED,
            challenge=self._challenges.new(bound_to, now=now),
        )
        return orjson.dumps(dict(options)["publicKey"], default=dict).decode()

    def check(self, shown: Shown) -> Proof:
        try:
            response = AuthenticationResponse.from_dict(orjson.loads(shown.answer))
            row = self._records.by_handle(Kind.PASSKEY, _handle(response.raw_id))
            challenge = response.response.client_data.challenge
            auth_data = response.response.authenticator_data
        except _MALFORMED as problem:
            raise NotProven(Refusal.MALFORMED, person_id=shown.person_id) from problem
        if row is None or (shown.person_id and not is_of(shown.person_id, row.person_id)):
            raise NotProven(Refusal.UNKNOWN, person_id=shown.person_id)
        if not self._challenges.use(challenge, shown.bound_to, now=shown.now):
            raise NotProven(Refusal.EXPIRED, person_id=row.person_id)
        secret = self._records.secret_of(row)
        credential = AttestedCredentialData(websafe_decode(secret["credential"]))
        handle = response.response.user_handle
        try:
            self._server.authenticate_complete(_state(challenge), [credential], response)
        except _MALFORMED as problem:
            raise NotProven(Refusal.WRONG, person_id=row.person_id) from problem
        if handle is not None and handle != row.person_id.bytes:
            raise NotProven(Refusal.WRONG, person_id=row.person_id)
        self._count(row, auth_data, now=shown.now)
        return Proof(
            person_id=row.person_id,
            kind=Kind.PASSKEY,
            amr=proven_by(Kind.PASSKEY, is_hardware_bound=row.is_hardware_bound),
            authenticator_id=row.id,
        )

    def add(self, offer: Offer) -> Added:
        try:
            response = RegistrationResponse.from_dict(orjson.loads(offer.answer))
            challenge = response.response.client_data.challenge
        except _MALFORMED as problem:
            raise NotTaken(Refusal.MALFORMED) from problem
        if not self._challenges.use(challenge, offer.bound_to, now=offer.now):
            raise NotTaken(Refusal.EXPIRED)
        try:
            data = self._server.register_complete(_state(challenge), response)
        except _MALFORMED as problem:
            raise NotTaken(Refusal.WRONG) from problem
        is_eligible = bool(data.flags & _FLAGS.BE)
        credential = data.credential_data
        if credential is None or (data.flags & _FLAGS.BS and not is_eligible):
            raise NotTaken(Refusal.WRONG)
        is_bound = not is_eligible and self._is_attested(response)
        new = NewRow(
            person_id=offer.person_id,
            kind=Kind.PASSKEY,
            now=offer.now,
            label=offer.label,
            secret={"credential": websafe_encode(credential), **_transports(offer.answer)},
            columns={
                "handle": _handle(credential.credential_id),
                "counter": data.counter,
                "aaguid": uuid.UUID(bytes=bytes(credential.aaguid)),
                "is_backup_eligible": is_eligible,
                "is_backed_up": bool(data.flags & _FLAGS.BS),
                "is_hardware_bound": is_bound,
            },
        )
        row = self._records.keep(new)
        return Added(
            authenticator_id=row.id, amr=proven_by(Kind.PASSKEY, is_hardware_bound=is_bound)
        )

    def _count(self, row: Any, data: AuthenticatorData, *, now: datetime) -> None:
        """WebAuthn Level 3 §7.2: backup eligibility never changes, the counter only grows."""
        is_eligible = bool(data.flags & _FLAGS.BE)
        is_backed_up = bool(data.flags & _FLAGS.BS)
        if is_eligible != row.is_backup_eligible or (is_backed_up and not is_eligible):
            raise NotProven(Refusal.WRONG, person_id=row.person_id)
        is_counting = bool(data.counter or row.counter)
        if (is_counting and data.counter <= row.counter) or not self._records.used(
            row, now=now, counter=data.counter, is_backed_up=is_backed_up
        ):
            raise NotProven(Refusal.CLONED, person_id=row.person_id)

    def _is_attested(self, response: RegistrationResponse) -> bool:
        """Whether a maker we believe says what holds this key."""
        if self._trusted is None:
            return False
        answer = response.response
        try:
            self._trusted.verify_attestation(answer.attestation_object, answer.client_data.hash)
        except (InvalidAttestation, *_MALFORMED):
            return False
        return True

    def _descriptors(self, person_id: UUID) -> list[PublicKeyCredentialDescriptor]:
        rows = self._records.all_of(person_id, Kind.PASSKEY)
        secrets = [self._records.secret_of(row) for row in rows]
        return [
            PublicKeyCredentialDescriptor(
                type=PublicKeyCredentialType.PUBLIC_KEY,
                id=AttestedCredentialData(websafe_decode(each["credential"])).credential_id,
                transports=each.get("transports"),
            )
            for each in secrets
        ]


class _TrustedMakers(AttestationVerifier):
    """Believes what one of the named roots signed."""

    def __init__(self, roots: tuple[bytes, ...]) -> None:
        super().__init__()
        self._roots = {_subject(root): root for root in roots}

    def ca_lookup(self, attestation_result: Any, auth_data: AuthenticatorData) -> bytes | None:
        del auth_data
        path = attestation_result.trust_path
        return self._roots.get(_issuer(path[-1])) if path else None


def _subject(certificate: bytes) -> bytes:
    return _certificate(certificate).subject.public_bytes()


def _issuer(certificate: bytes) -> bytes:
    return _certificate(certificate).issuer.public_bytes()


def _certificate(der: bytes) -> Certificate:
    return load_der_x509_certificate(der)


def _handle(credential_id: bytes) -> bytes:
    return sha256(credential_id).digest()


def _state(challenge: bytes) -> Mapping[str, Any]:
    """What fido2 compares the answer with: a challenge that was found to be ours."""
    return {"challenge": websafe_encode(challenge), "user_verification": _REQUIRED}


def _transports(answer: str) -> dict[str, list[str]]:
    """How the browser says this passkey is reached; it only shortens the next prompt."""
    told = orjson.loads(answer).get("response", {}).get("transports", [])
    known = {"usb", "nfc", "ble", "hybrid", "internal", "smart-card"}
    return {"transports": [each for each in told if each in known]} if told else {}
