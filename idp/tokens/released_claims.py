"""The values of the claims a grant releases, read at the moment they are asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
from django.core.exceptions import ObjectDoesNotExist

from idp.clients.client import Client
from idp.clients.purposes import CONSENT, STATUTORY_DUTY
from idp.foundation.clock import Clock
from idp.foundation.sealing.data_keys import KeyDestroyed
from idp.subjects.assurance.answer import Allowed
from idp.subjects.assurance.request import AssuranceRequest, read_request
from idp.subjects.assurance.vocabulary import EVIDENCE, VERIFIED, consent_name, is_lawful
from idp.tokens.grant import Grant
from idp.tokens.masking import mask_claim, split
from idp.tokens.refusals import GrantRefused

RESERVED = frozenset(
    {
        *(
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "nbf",
            "jti",
            "auth_time",
            "nonce",
            "acr",
            "amr",
            "azp",
        ),
        *("sid", "at_hash", "c_hash", "s_hash"),
    }
)
"""Claims about the token or the authentication: never a person's claim of the same name."""


LEGACY_ID = "legacy_id"
"""Told to a client registered as a source's successor, beside `sub`, which stays our own."""
OWN = "own"
"""The ground of clients that are ours: nobody else is told anything."""


class ClaimsSource(Protocol):
    """The part of subjects.ClaimsReader used here."""

    def read(
        self, person_id: UUID, names: Collection[str], *, now: datetime, is_statutory: bool = False
    ) -> Mapping[str, object]: ...

    def verified(
        self, person_id: UUID, request: AssuranceRequest, allowed: Allowed, *, now: datetime
    ) -> object: ...


class Discloser(Protocol):
    """The part of subjects.Disclosures used here."""

    def note(
        self, person_id: UUID, client_id: str, claims: Collection[str], *, basis: str, now: datetime
    ) -> None: ...


class References(Protocol):
    """The part of subjects.SubjectIdentifiers used here."""

    def reference(self, evidence_id: UUID, *, sector: str) -> str: ...


class LegacyIds(Protocol):
    """The part of subjects.Aliases used here."""

    def of(self, person_id: UUID, source: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedClaims:
    source: ClaimsSource
    references: References
    legacy_ids: LegacyIds
    disclosures: Discloser
    clock: Clock

    def read(self, client: Client, grant: Grant, target: str) -> dict[str, object]:
        """The claims granted in a target ("userinfo", "id_token") that are known now.

        Statutory ones only where the client has the basis. That they are told is on record before.

        Raises:
            GrantRefused: the person was erased.
        """
        granted = grant.userinfo_claims if target == "userinfo" else grant.id_token_claims
        is_successor = bool(client.legacy_source) and target == "userinfo"
        if not granted and not is_successor:
            return {}
        names, masked = split(granted)
        now = self.clock.now()
        try:
            old = self.legacy_ids.of(grant.person_id, client.legacy_source) if is_successor else ""
            found = self.source.read(
                grant.person_id,
                names,
                now=now,
                is_statutory=client.legal_basis == STATUTORY_DUTY,
            )
            verified = self._verified(client, grant, target, now)
        except (ObjectDoesNotExist, KeyDestroyed) as problem:
            raise GrantRefused("the person was erased") from problem
        if masked:
            found = {n: mask_claim(n, v) if n in masked else v for n, v in found.items()}
        released = {
            name: value
            for name, value in found.items()
            if name not in RESERVED and value is not None
        }
        if old:
            # The client's own id of the person, from the platform it was with before.
            released[LEGACY_ID] = old
        self._note(client, grant, [*released, *_names_within(verified)], now)
        return released if verified is None else {**released, VERIFIED: verified}

    def note_old_id(self, client: Client, person_id: UUID) -> None:
        """Record that a client is told its old id of a person outside their claims."""
        basis, now = OWN if client.skips_consent else CONSENT, self.clock.now()
        self.disclosures.note(person_id, client.client_id, (LEGACY_ID,), basis=basis, now=now)

    def _note(self, client: Client, grant: Grant, names: Collection[str], now: datetime) -> None:
        """By ground: what a law gives stands apart from what the person agreed to."""
        by_law = {name for name in names if is_lawful(name, client.lawful_claims)}
        agreed = OWN if client.skips_consent else CONSENT
        for basis, told in ((STATUTORY_DUTY, by_law), (agreed, set(names) - by_law)):
            if told:
                self.disclosures.note(grant.person_id, client.client_id, told, basis=basis, now=now)

    def _verified(self, client: Client, grant: Grant, target: str, now: datetime) -> object:
        """OpenID Connect for Identity Assurance 1.0: read anew each time, so never out of date."""
        asked = orjson.loads(grant.verified_claims).get(target) if grant.verified_claims else None
        if asked is None:
            return None
        names = grant.userinfo_claims if target == "userinfo" else grant.id_token_claims
        sector = client.subject_sector if client.subject_type == "pairwise" else ""
        allowed = Allowed(
            names=frozenset(names),
            lawful=client.lawful_claims,
            refer=lambda evidence_id: self.references.reference(evidence_id, sector=sector),
        )
        return self.source.verified(grant.person_id, read_request(asked), allowed, now=now)


def _names_within(verified: Any) -> tuple[str, ...]:
    """What a `verified_claims` tells, by the names of consent; evidence where some is told."""
    if verified is None:
        return ()
    answers = verified if isinstance(verified, list) else [verified]
    names = {consent_name(name) for each in answers for name in each["claims"]}
    if any(EVIDENCE in each["verification"] for each in answers):
        names.add(consent_name(EVIDENCE))
    return tuple(sorted(names)) or (VERIFIED,)
