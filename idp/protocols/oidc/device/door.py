"""The device's door: what a person's journey came to, told to the machine that waits."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from idp.clients.client import Client, ClientDirectory
from idp.journey.outcome import DoorAnswer, Granted, JourneyOutcome
from idp.subjects.subject_identifiers import known_as
from idp.tokens.codes import AuthorizationCode
from idp.tokens.device_codes import DeviceCodes, DeviceRequest

DOOR = "device"
ALLOWED = "/oauth2/device/allowed"
REFUSED = "/oauth2/device/refused"


class Subjects(Protocol):
    def sub(self, person_id: UUID, *, subject_type: str, sector: str) -> str: ...


ClientSid = Callable[[UUID, str], str]
"""Session id, client id → the `sid` this client knows the session by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDoor:
    """Implements journey.outcome.Door. The continuation is the key of the device's record."""

    codes: DeviceCodes
    clients: ClientDirectory
    subjects: Subjects
    client_sid: ClientSid

    def conclude(
        self, continuation: bytes, outcome: JourneyOutcome, *, now: datetime
    ) -> DoorAnswer:
        """Approve or refuse, once; the person is told when the request expired meanwhile."""
        at = int(now.timestamp())
        asked = self.codes.get(continuation.decode())
        if asked is None or not asked.is_pending:
            return DoorAnswer(url=REFUSED)
        client = self.clients.get(asked.client_id)
        approved = None
        if isinstance(outcome, Granted) and client is not None and client.status == "active":
            approved = self._approved(client, asked, outcome, at)
        won = self.codes.conclude(asked, approved=approved, now=at)
        return DoorAnswer(url=ALLOWED if won and approved else REFUSED)

    def _approved(
        self, client: Client, asked: DeviceRequest, granted: Granted, at: int
    ) -> AuthorizationCode:
        return AuthorizationCode(
            grant_id=uuid4(),
            client_id=client.client_id,
            redirect_uri="",
            redirect_uri_given=False,
            code_challenge="",
            nonce="",
            scope=granted.scope,
            resources=asked.resources,
            person_id=granted.person_id,
            session_id=granted.session_id,
            sub=self.subjects.sub(
                known_as(granted.person_id, granted.aliases, client.subject_place),
                subject_type=client.subject_type,
                sector=client.subject_sector,
            ),
            sid=self.client_sid(granted.session_id, client.client_id),
            authenticated_at=int(granted.authenticated_at.timestamp()),
            acr=granted.level.acr,
            amr=granted.amr,
            userinfo_claims=granted.userinfo_claims,
            id_token_claims=granted.id_token_claims,
            consent_id=granted.consent_id,
            issued_at=at,
        )
