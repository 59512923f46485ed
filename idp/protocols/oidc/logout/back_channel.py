"""Back-channel logout: told through the outbox, signed when delivered (Back-Channel Logout 1.0)."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from idp.clients.client import ClientDirectory
from idp.foundation.clock import Clock
from idp.foundation.keys import KeyRing
from idp.foundation.outbox import enqueue
from idp.sessions.session import Participant, Session

KIND = "oidc.backchannel_logout"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_TOKEN_TTL = 120
"""§2.4 recommends at most two minutes."""

PostForm = Callable[[str, Mapping[str, str]], None]
"""Post a form to an address; raises the outbox's DeliveryFailed. It owns the SSRF guard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackChannelAnnouncer:
    """Implements sessions.LogoutChannel: one message for each client that registered an address."""

    clients: ClientDirectory
    clock: Clock

    def announce(
        self, session: Session, participants: tuple[Participant, ...], *, now: datetime
    ) -> None:
        del session, now
        for participant in participants:
            client = self.clients.get(participant.client_id)
            if client is not None and client.backchannel_logout_uri:
                enqueue(
                    KIND,
                    {
                        "client_id": client.client_id,
                        "sid": participant.sid,
                        "sub": participant.sub,
                    },
                    key=participant.sid,
                    clock=self.clock,
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackChannelDelivery:
    """The outbox's handler: each try signs a fresh token, so that none expires while waiting."""

    issuer: str
    clients: ClientDirectory
    keys: KeyRing
    post: PostForm
    clock: Clock

    def __call__(self, payload: Mapping[str, Any]) -> None:
        client = self.clients.get(str(payload["client_id"]))
        if client is None or not client.backchannel_logout_uri:
            return
        token = self.keys.sign_jwt(
            self._claims(payload, client.client_id),
            alg=client.id_token_signed_response_alg,
            typ="logout+jwt",
        )
        self.post(client.backchannel_logout_uri, {"logout_token": token})

    def _claims(self, payload: Mapping[str, Any], client_id: str) -> dict[str, Any]:
        """§2.4; a nonce is PROHIBITED."""
        now = self.clock.timestamp()
        return {
            "iss": self.issuer,
            "aud": client_id,
            "iat": now,
            "exp": now + LOGOUT_TOKEN_TTL,
            "jti": secrets.token_urlsafe(16),
            "sub": payload["sub"],
            "sid": payload["sid"],
            "events": {EVENT: {}},
        }
