"""The tokens room, wired: issue, rotation, revocation, verification."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from deploy.composition.clients import ClientsRoom
from deploy.composition.ground import Ground
from deploy.composition.people import HallRooms
from idp.clients.client import Client
from idp.conf import Secret
from idp.foundation.clock import Clock
from idp.foundation.sealing import purpose_key
from idp.subjects.disclosures import Disclosures
from idp.subjects.families import subject_aliases
from idp.subjects.subject_identifiers import known_as
from idp.tokens.access_tokens import AccessTokens
from idp.tokens.codes import AuthorizationCodes
from idp.tokens.device_codes import DeviceCodes
from idp.tokens.grant import Grant
from idp.tokens.id_tokens import IdTokens
from idp.tokens.issuance import Issuance, SubjectForAudience
from idp.tokens.ledger import GrantLedger
from idp.tokens.redemption import Redemptions
from idp.tokens.released_claims import ReleasedClaims
from idp.tokens.revocation import Revocation
from idp.tokens.rotation import Rotations
from idp.tokens.session_end import GrantRevoker
from idp.tokens.verification import AccessTokenVerifier


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRoom:
    codes: AuthorizationCodes
    device_codes: DeviceCodes
    issuance: Issuance
    ledger: GrantLedger
    revocation: Revocation
    rotations: Rotations
    verifier: AccessTokenVerifier
    released: ReleasedClaims
    disclosures: Disclosures
    session_end: GrantRevoker


def open_tokens(ground: Ground, clients: ClientsRoom, hall: HallRooms) -> TokensRoom:
    settings, clock, lifetimes = ground.settings, ground.clock, ground.settings.lifetimes
    ledger = GrantLedger(ground.database)
    revocation = Revocation(ledger=ledger, store=ground.store, news=ground.revocations, clock=clock)
    rotations = Rotations(
        key=Secret(purpose_key(settings.root_key.reveal(), "refresh-token-successors")),
        ledger=ledger,
        revocation=revocation,
        lifetimes=lifetimes,
        clock=clock,
    )
    codes = AuthorizationCodes(ground.store, ttl=lifetimes.code_ttl)
    redemptions = Redemptions(
        codes=codes, ledger=ledger, revocation=revocation, lifetimes=lifetimes, clock=clock
    )
    disclosures = Disclosures(ground.database, clock=clock)
    released = _released(hall, disclosures, clock)
    return TokensRoom(
        codes=codes,
        device_codes=DeviceCodes(
            store=ground.store,
            ttl=lifetimes.device_code_ttl,
            interval=lifetimes.device_poll_interval,
        ),
        issuance=_issuance(
            ground, _subject_for_audience(clients, hall), redemptions, rotations, released
        ),
        ledger=ledger,
        revocation=revocation,
        rotations=rotations,
        verifier=AccessTokenVerifier(
            issuer=settings.issuer,
            keys=ground.keys,
            store=ground.store,
            revocations=ground.revocations,
        ),
        released=released,
        disclosures=disclosures,
        session_end=GrantRevoker(revocation=revocation, clock=clock),
    )


def _released(hall: HallRooms, disclosures: Disclosures, clock: Clock) -> ReleasedClaims:
    subjects = hall.subjects
    return ReleasedClaims(
        source=subjects.claims,
        references=subjects.subjects,
        legacy_ids=subjects.aliases,
        disclosures=disclosures,
        clock=clock,
    )


def _issuance(
    ground: Ground,
    subject_for_audience: SubjectForAudience,
    redemptions: Redemptions,
    rotations: Rotations,
    released: ReleasedClaims,
) -> Issuance:
    issuer, lifetimes = ground.settings.issuer, ground.settings.lifetimes
    return Issuance(
        issuer=issuer,
        clock=ground.clock,
        access_tokens=AccessTokens(
            issuer=issuer, keys=ground.keys, store=ground.store, lifetimes=lifetimes
        ),
        id_tokens=IdTokens(issuer=issuer, keys=ground.keys, lifetimes=lifetimes, released=released),
        redemptions=redemptions,
        rotations=rotations,
        subject_for_audience=subject_for_audience,
        keys=ground.keys,
        counted=ground.counted,
    )


def _subject_for_audience(clients: ClientsRoom, hall: HallRooms) -> SubjectForAudience:
    def subject(grant: Grant, client: Client, audience: str) -> str:
        """A resource knows people by the sector of its owner, whoever asked for the token.

        An owner without department and redirect URIs has the resource's host for its sector.
        """
        registered = clients.directory.owner_of(audience) or clients.directory.get(audience)
        owner = registered or client
        sector = owner.subject_sector or urlsplit(audience).hostname or ""
        is_public = owner.subject_type == "public"
        place = (owner.subject_type, owner.client_id if is_public else sector)
        return hall.subjects.subjects.sub(
            known_as(grant.person_id, subject_aliases(grant.person_id), place),
            subject_type=owner.subject_type,
            sector=sector,
        )

    return subject
