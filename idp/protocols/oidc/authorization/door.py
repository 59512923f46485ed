"""The OIDC door: from a journey's outcome to a code, or the error, for the client that asked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from idp.clients.client import ClientDirectory
from idp.foundation.randomness import random_token, random_uuid
from idp.journey.outcome import DoorAnswer, Granted, JourneyOutcome, Refused
from idp.protocols.oidc.authorization.request import Continuation
from idp.protocols.oidc.authorization.response import answer
from idp.protocols.oidc.session_management.session_state import session_state
from idp.subjects.subject_identifiers import known_as
from idp.tokens.codes import AuthorizationCode, AuthorizationCodes
from policies.levels import Level


class Subjects(Protocol):
    def sub(self, person_id: UUID, *, subject_type: str, sector: str) -> str: ...


class SessionIdentifiers(Protocol):
    def __call__(self, session_id: UUID, client_id: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcDoor:
    """Implements journey.outcome.Door; `conclude` is also the end of the silent path."""

    issuer: str
    clients: ClientDirectory
    codes: AuthorizationCodes
    subjects: Subjects
    client_sid: SessionIdentifiers
    browser_state: Callable[[UUID | None], str]

    def conclude(
        self, continuation: bytes, outcome: JourneyOutcome, *, now: datetime
    ) -> DoorAnswer:
        asked = Continuation.load(continuation)
        if isinstance(outcome, Refused):
            return self._refused(asked, outcome)
        client = self.clients.get(asked.client_id)
        if client is None or client.status != "active":
            return self._error(asked, "unauthorized_client", "This client is suspended.")
        sub = self.subjects.sub(
            known_as(outcome.person_id, outcome.aliases, client.subject_place),
            subject_type=client.subject_type,
            sector=client.subject_sector,
        )
        if asked.expected_subject and asked.expected_subject != sub:
            # OpenID Connect Core 1.0 §3.1.2.1, §5.5.1: never answer for another person than asked.
            return self._error(asked, "login_required", "Another person is signed in.")
        code = self.codes.issue(self._code(asked, outcome, sub, now))
        state = self._session_state(asked, outcome.session_id) if "openid" in outcome.scope else ""
        return self._answer(asked, (("code", code), ("session_state", state)))

    def _code(
        self, asked: Continuation, granted: Granted, sub: str, now: datetime
    ) -> AuthorizationCode:
        return AuthorizationCode(
            grant_id=random_uuid(),
            client_id=asked.client_id,
            redirect_uri=asked.redirect_uri,
            redirect_uri_given=asked.redirect_uri_given,
            code_challenge=asked.code_challenge,
            nonce=asked.nonce,
            scope=granted.scope,
            resources=asked.resources,
            person_id=granted.person_id,
            session_id=granted.session_id,
            sub=sub,
            sid=self.client_sid(granted.session_id, asked.client_id),
            authenticated_at=int(granted.authenticated_at.timestamp()),
            acr=told_acr(granted.level, asked.essential_acr),
            amr=granted.amr,
            userinfo_claims=granted.userinfo_claims,
            id_token_claims=granted.id_token_claims,
            verified_claims=asked.verified_claims,
            consent_id=granted.consent_id,
            issued_at=int(now.timestamp()),
        )

    def _refused(self, asked: Continuation, refused: Refused) -> DoorAnswer:
        """Session Management 1.0 §2: an error response SHOULD tell the session state too.

        It is known where a silent request looked: a session was found, or nobody is signed in.
        """
        is_known = refused.session_id is not None or refused.error == "login_required"
        state = self._session_state(asked, refused.session_id) if is_known else ""
        fields = (("error", refused.error), ("error_description", refused.description))
        return self._answer(asked, (*fields, ("session_state", state)))

    def _session_state(self, asked: Continuation, session_id: UUID | None) -> str:
        return session_state(
            asked.client_id, asked.redirect_uri, browser_state=self.browser_state(session_id)
        )

    def _error(self, asked: Continuation, error: str, description: str) -> DoorAnswer:
        return self._answer(asked, (("error", error), ("error_description", description)))

    def _answer(self, asked: Continuation, fields: tuple[tuple[str, str], ...]) -> DoorAnswer:
        return answer(
            redirect_uri=asked.redirect_uri,
            response_mode=asked.response_mode,
            fields=(*fields, ("state", asked.state), ("iss", self.issuer)),
        )


def told_acr(reached: Level, wanted: tuple[str, ...]) -> str:
    """The level reached; with essential values, one of them that it satisfies, the highest.

    OpenID Connect Core 1.0 §5.5.1.1: the server "MUST return an acr Claim Value that matches one
    of the requested values".
    """
    levels = [level for level in map(Level.parse, wanted) if level and reached.satisfies(level)]
    return max(levels, key=lambda level: (level.ial, level.aal), default=reached).acr


def unguessable_handle() -> str:
    """Names a parked cross-site POST: 128 random bits."""
    return random_token(16)
