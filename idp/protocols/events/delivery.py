"""The outbox's handler of events: a Security Event Token, pushed to its receiver (RFC 8935)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.clients.client import ClientDirectory
from idp.foundation.keys import KeyRing
from idp.subjects.assurance.vocabulary import TRUST_FRAMEWORK

ASSURANCE_LEVEL_CHANGE: Final = (
    "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change"
)
ACCOUNT_DISABLED: Final = "https://schemas.openid.net/secevent/risc/event-type/account-disabled"
ACCOUNT_PURGED: Final = "https://schemas.openid.net/secevent/risc/event-type/account-purged"
ACCOUNT_ENABLED: Final = "https://schemas.openid.net/secevent/risc/event-type/account-enabled"
SUBJECT_RETIRED: Final = "urn:tongxing:event-type:subject-retired"
SUBJECT_RESTORED: Final = "urn:tongxing:event-type:subject-restored"
_OF_ACCOUNTS: Final = {
    "enabled": ACCOUNT_ENABLED,
    "disabled": ACCOUNT_DISABLED,
    "purged": ACCOUNT_PURGED,
}
MEDIA_TYPE: Final = "application/secevent+jwt"
TYPE: Final = "secevent+jwt"

PostToken = Callable[[str, str], None]
"""Push a token to an address; raises the outbox's DeliveryFailed. It owns the SSRF guard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDelivery:
    """Signed like the client's ID tokens, but never to be taken for one: `typ`, and no `exp`."""

    issuer: str
    clients: ClientDirectory
    keys: KeyRing
    post: PostToken

    def __call__(self, payload: Mapping[str, Any]) -> None:
        client = self.clients.get(str(payload["client_id"]))
        if client is None or not client.event_delivery_uri:
            return
        token = self.keys.sign_jwt(
            self._claims(payload), alg=client.id_token_signed_response_alg, typ=TYPE
        )
        self.post(client.event_delivery_uri, token)

    def _claims(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """RFC 8417 §2.2; RFC 9493 §3.2.4 (`iss_sub`)."""
        return {
            "iss": self.issuer,
            "aud": payload["client_id"],
            "iat": payload["at"],
            "jti": payload["jti"],
            "txn": payload["txn"],
            "sub_id": {"format": "iss_sub", "iss": self.issuer, "sub": payload["sub"]},
            "events": self._events(payload),
        }

    def _events(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """CAEP 1.0 §3.4; RISC 1.0 §2.2 to §2.4, with our extension where two became one.

        RFC 8417 §2.2: "a SET MAY contain multiple event identifiers" for one logical event, so a
        receiver that knows the registered one alone still understands.
        """
        if "account" in payload:
            account: dict[str, Any] = {_OF_ACCOUNTS[payload["account"]]: {}}
            survivor = payload.get("survivor")
            if not survivor:
                return account
            name = SUBJECT_RESTORED if payload["account"] == "enabled" else SUBJECT_RETIRED
            subject = {"format": "iss_sub", "iss": self.issuer, "sub": survivor}
            return {**account, name: {"survivor": subject, "event_timestamp": payload["at"]}}
        previous, current = payload["previous"], payload["current"]
        return {
            ASSURANCE_LEVEL_CHANGE: {
                "namespace": TRUST_FRAMEWORK,
                "current_level": f"ial{current}",
                "previous_level": f"ial{previous}",
                "change_direction": "increase" if current > previous else "decrease",
                "initiating_entity": "system",
                "event_timestamp": payload["at"],
            }
        }
