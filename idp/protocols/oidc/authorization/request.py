"""The authorization request, parsed once: a draft the checks fill in, and what outlives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from idp.clients.client import Client
from idp.journey.request import WantedClaim
from policies.levels import Level


@dataclass(slots=True, kw_only=True)
class Draft:
    """What is known of the request so far. Each check reads what earlier ones established.

    `client` and `redirect_uri` are trusted once the first rows of the table have passed; until then
    an error is a page, never a redirect (RFC 6749 §4.1.2.1).
    """

    parameters: Mapping[str, str]
    resources: tuple[str, ...] = ()
    client: Client | None = None
    redirect_uri: str = ""
    response_mode: str = "query"
    scope: tuple[str, ...] = ()
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    claims: tuple[WantedClaim, ...] = ()
    verified_claims: Mapping[str, Any] = field(default_factory=dict)
    required: Level | None = None
    required_is_essential: bool = False
    essential_acr: tuple[str, ...] = ()
    expected_subject: str = ""

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")

    @property
    def known_client(self) -> Client:
        """The client, for checks behind require_known_client."""
        if self.client is None:
            raise AssertionError("the table establishes the client first")
        return self.client


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """What this door must remember while a person walks: enough to answer, nothing personal.

    `verified_claims` is the request for them by target, as JSON; "" where there is none.
    """

    client_id: str
    redirect_uri: str
    redirect_uri_given: bool
    response_mode: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_challenge: str = ""
    resources: tuple[str, ...] = ()
    expected_subject: str = ""
    essential_acr: tuple[str, ...] = ()
    verified_claims: str = ""

    def dump(self) -> bytes:
        return orjson.dumps(
            [
                self.client_id,
                self.redirect_uri,
                self.redirect_uri_given,
                self.response_mode,
                self.state,
                self.nonce,
                self.code_challenge,
                self.resources,
                self.expected_subject,
                self.essential_acr,
                self.verified_claims,
            ]
        )

    @classmethod
    def load(cls, raw: bytes) -> "Continuation":
        stored = orjson.loads(raw)
        return cls(
            client_id=stored[0],
            redirect_uri=stored[1],
            redirect_uri_given=stored[2],
            response_mode=stored[3],
            state=stored[4],
            nonce=stored[5],
            code_challenge=stored[6],
            resources=tuple(stored[7]),
            expected_subject=stored[8],
            essential_acr=tuple(stored[9]),
            verified_claims=stored[10],
        )
