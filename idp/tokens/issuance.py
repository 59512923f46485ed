"""Issues tokens: for a code, for a refresh token, for a client itself, for an approved device.

Owns the order judge → sign, and what a client may narrow. Wire errors are the doors'.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from idp.clients.client import Client
from idp.foundation.audit import CountedAudit, CountedEvent
from idp.foundation.clock import Clock
from idp.foundation.keys import KeyRing
from idp.tokens.access_tokens import OPAQUE, AccessToken, AccessTokens
from idp.tokens.codes import AuthorizationCode
from idp.tokens.grant import Grant
from idp.tokens.id_tokens import IdTokens
from idp.tokens.redemption import Redemptions
from idp.tokens.refusals import ScopeExceeded
from idp.tokens.rotation import Rotations
from idp.tokens.targets import chosen_audience

PERSON_SCOPES = frozenset({"openid", "profile", "email", "phone", "address", "offline_access"})
"""Scopes that speak of a person: meaningless for a client acting for itself."""

SubjectForAudience = Callable[[Grant, Client, str], str]
"""The `sub` of a grant's person as the audience (a resource) knows them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What a token response says. `id_token` and `refresh_token` are "" where there is none."""

    access_token: AccessToken
    scope: str
    id_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """Every method raises GrantRefused or one of its kinds, and StoreUnavailable."""

    issuer: str
    clock: Clock
    access_tokens: AccessTokens
    id_tokens: IdTokens
    redemptions: Redemptions
    rotations: Rotations
    subject_for_audience: SubjectForAudience
    keys: KeyRing
    counted: CountedAudit

    def redeem(
        self, client: Client, code: AuthorizationCode, *, presented: str, resources: tuple[str, ...]
    ) -> Issued:
        """The tokens of a code (RFC 6749 §4.1.4, OpenID Connect Core 1.0 §3.1.3.3)."""
        audience = chosen_audience(self.issuer, client, code.resources, resources)
        redeemed = self.redemptions.redeem(client, code, presented=presented)
        return self._under(
            client, redeemed.grant, audience, refresh_token=redeemed.refresh_token, nonce=code.nonce
        )

    def refresh(
        self, client: Client, presented: str, *, scope: str, resources: tuple[str, ...]
    ) -> Issued:
        """New tokens for a refresh token (RFC 6749 §6); `scope` and `resources` may narrow."""
        if scope or resources:
            # What may refuse is looked at before the token is used up.
            peeked = self.rotations.peek(client, presented)
            if peeked is not None:
                narrowed_scope(peeked.scope, scope)
                chosen_audience(self.issuer, client, peeked.resources, resources)
        rotated = self.rotations.rotate(client, presented)
        grant = rotated.grant
        audience = chosen_audience(self.issuer, client, grant.resources, resources)
        return self._under(
            client,
            grant,
            audience,
            scope=narrowed_scope(grant.scope, scope),
            refresh_token=rotated.refresh_token,
        )

    def for_client(self, client: Client, *, scope: str, resources: tuple[str, ...]) -> Issued:
        """A token for the client itself (RFC 6749 §4.4): no store trip, no transaction."""
        allowed = client.scope - PERSON_SCOPES
        asked = scope.split()
        if not allowed.issuperset(asked):
            raise ScopeExceeded("The scope exceeds what the client is registered for.")
        granted = " ".join(dict.fromkeys(asked)) if asked else " ".join(sorted(allowed))
        audience = chosen_audience(self.issuer, client, (), resources)
        token = self.access_tokens.issue(
            client,
            sub=client.client_id,
            scope=granted,
            audience=audience,
            grant=None,
            now=self.clock.timestamp(),
        )
        self.counted.count(self._counted(client))
        return Issued(access_token=token, scope=granted)

    def _counted(self, client: Client) -> CountedEvent:
        """Counted by client and key: the one audit that is not written with its change."""
        is_opaque = client.access_token_format == OPAQUE
        algorithm = client.access_token_signed_response_alg
        key = "" if is_opaque else self.keys.active(algorithm).kid
        return CountedEvent(type="token.issued", outcome="ok", client_id=client.client_id, key=key)

    def _under(
        self,
        client: Client,
        grant: Grant,
        audience: str,
        *,
        refresh_token: str,
        nonce: str = "",
        scope: tuple[str, ...] | None = None,
    ) -> Issued:
        now = self.clock.timestamp()
        granted = grant.scope if scope is None else scope
        is_ours = audience == self.issuer
        token = self.access_tokens.issue(
            client,
            sub=grant.sub if is_ours else self.subject_for_audience(grant, client, audience),
            scope=" ".join(scope_for(granted, is_ours=is_ours)),
            audience=audience,
            grant=grant,
            now=now,
        )
        id_token = ""
        if "openid" in granted:
            id_token = self.id_tokens.issue(
                client, grant, access_token=token.value, nonce=nonce, now=now
            )
        return Issued(
            access_token=token,
            scope=" ".join(granted),
            id_token=id_token,
            refresh_token=refresh_token,
        )


def scope_for(granted: tuple[str, ...], *, is_ours: bool) -> tuple[str, ...]:
    """RFC 9068 §2.2.3: every scope value "MUST have meaning for the resources" in `aud`.

    What speaks of a person means something at our UserInfo endpoint alone.
    """
    return granted if is_ours else tuple(name for name in granted if name not in PERSON_SCOPES)


def narrowed_scope(granted: tuple[str, ...], asked: str) -> tuple[str, ...]:
    """RFC 6749 §6: the scope "MUST NOT include any scope not originally granted".

    Raises:
        ScopeExceeded: it does.
    """
    if not asked:
        return granted
    wanted = tuple(dict.fromkeys(asked.split()))
    if not set(granted).issuperset(wanted):
        raise ScopeExceeded("The scope exceeds what was granted.")
    return wanted
