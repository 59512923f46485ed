"""The old shape's door: what a journey came to, as a code or an error at the client's address."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

import orjson

from idp.clients.client import Client, ClientDirectory
from idp.foundation.randomness import random_uuid
from idp.journey.outcome import DoorAnswer, Granted, JourneyOutcome, Refused
from idp.protocols.ixiamen.vocabulary import DOOR
from idp.protocols.oauth.redirects import with_parameters
from idp.tokens.codes import AuthorizationCode, AuthorizationCodes


class Subjects(Protocol):
    def sub(self, person_id: UUID, *, subject_type: str, sector: str) -> str: ...


ClientSid = Callable[[UUID, str], str]
"""Session id, client id → the `sid` this client knows the session by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What this door remembers while a person walks."""

    client_id: str
    redirect_uri: str
    state: str = field(repr=False)
    scope: tuple[str, ...] = ()

    def dump(self) -> bytes:
        return orjson.dumps([self.client_id, self.redirect_uri, self.state, self.scope])

    @classmethod
    def load(cls, raw: bytes) -> "Asked":
        client_id, redirect_uri, state, scope = orjson.loads(raw)
        return cls(client_id=client_id, redirect_uri=redirect_uri, state=state, scope=tuple(scope))


def may_enter(client: Client | None) -> bool:
    """Whether this client speaks the old shape: registered for it, confidential, not suspended."""
    return (
        client is not None
        and client.status == "active"
        and DOOR in client.legacy_doors
        and not client.is_public
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class IxiamenDoor:
    """Implements journey.outcome.Door."""

    clients: ClientDirectory
    codes: AuthorizationCodes
    subjects: Subjects
    client_sid: ClientSid

    def conclude(
        self, continuation: bytes, outcome: JourneyOutcome, *, now: datetime
    ) -> DoorAnswer:
        asked = Asked.load(continuation)
        if isinstance(outcome, Refused):
            return refusal(asked, outcome.error, outcome.description)
        client = self.clients.get(asked.client_id)
        if client is None or not may_enter(client):
            return refusal(asked, "unauthorized_client", "This client is suspended.")
        code = self.codes.issue(self._code(client, asked, outcome, int(now.timestamp())))
        fields = (("code", code), ("state", asked.state))
        return DoorAnswer(url=with_parameters(asked.redirect_uri, fields))

    def _code(
        self, client: Client, asked: Asked, granted: Granted, issued_at: int
    ) -> AuthorizationCode:
        return AuthorizationCode(
            grant_id=random_uuid(),
            client_id=client.client_id,
            redirect_uri=asked.redirect_uri,
            redirect_uri_given=True,
            code_challenge="",
            nonce="",
            scope=asked.scope,
            resources=(),
            person_id=granted.person_id,
            session_id=granted.session_id,
            sub=self.subjects.sub(
                granted.person_id, subject_type=client.subject_type, sector=client.subject_sector
            ),
            sid=self.client_sid(granted.session_id, client.client_id),
            authenticated_at=int(granted.authenticated_at.timestamp()),
            acr=granted.level.acr,
            amr=granted.amr,
            userinfo_claims=granted.userinfo_claims,
            id_token_claims=(),
            consent_id=granted.consent_id,
            issued_at=issued_at,
        )


def refusal(asked: Asked, error: str, description: str) -> DoorAnswer:
    """RFC 6749 §4.1.2.1, with the client's state passed through."""
    fields = (("error", error), ("error_description", description), ("state", asked.state))
    return DoorAnswer(url=with_parameters(asked.redirect_uri, fields))
