"""A grant as a value: what a person gave a client, and how its id is written into tokens."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from idp.tokens.codes import AuthorizationCode

OFFLINE_ACCESS = "offline_access"
GRANT_ID_LENGTH = 22
"""A UUID in base64url without padding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Instants are microseconds since the epoch, but `authenticated_at`: seconds (auth_time).

    `verified_claims` is the request for them, as JSON by target; what of it may be answered stands
    in the two lists of claims.
    """

    id: UUID
    client_id: str
    person_id: UUID
    session_id: UUID | None
    consent_id: UUID | None
    sub: str
    sid: str
    scope: tuple[str, ...]
    userinfo_claims: tuple[str, ...]
    id_token_claims: tuple[str, ...]
    verified_claims: str
    resources: tuple[str, ...]
    authenticated_at: int
    acr: str
    amr: tuple[str, ...]
    created_at: int
    expires_at: int
    revoked_at: int | None = None

    @property
    def offline(self) -> bool:
        """OpenID Connect Core 1.0 §11: whether it outlives the session it was given in."""
        return OFFLINE_ACCESS in self.scope


def grant_of_code(code: AuthorizationCode, *, created_at: int, expires_at: int) -> Grant:
    """The grant a redeemed code becomes."""
    return Grant(
        id=code.grant_id,
        client_id=code.client_id,
        person_id=code.person_id,
        session_id=code.session_id,
        consent_id=code.consent_id,
        sub=code.sub,
        sid=code.sid,
        scope=code.scope,
        userinfo_claims=code.userinfo_claims,
        id_token_claims=code.id_token_claims,
        verified_claims=code.verified_claims,
        resources=code.resources,
        authenticated_at=code.authenticated_at,
        acr=code.acr,
        amr=code.amr,
        created_at=created_at,
        expires_at=expires_at,
    )


def write_grant_id(grant_id: UUID) -> str:
    return urlsafe_b64encode(grant_id.bytes)[:GRANT_ID_LENGTH].decode()


def read_grant_id(written: str) -> UUID:
    """Raises ValueError when it is not one of ours."""
    return UUID(bytes=urlsafe_b64decode(written + "=="))
