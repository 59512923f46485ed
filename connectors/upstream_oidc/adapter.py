"""Logs a person in at a partner's OpenID Provider, and says who that is and how far it is proven.

Owns the order of one login and the keeping of the partner's metadata and keys. What may hang on the
answer (linking, a level's decay) is the subjects room's.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from joserfc.jwk import KeySet

from connectors.contract import RedirectStart, UpstreamIdentity
from connectors.errors import ConnectorError, OutboundAnswerRejected
from connectors.http import JSON_TYPES, OutboundClient, OutboundRequest, OutboundResponse, Timeouts
from connectors.signatures import is_same
from connectors.upstream_oidc import wire
from connectors.upstream_oidc.settings import UpstreamOidcSettings

_LONGEST_CODE = 4096


class LoginRefused(ConnectorError):
    """The partner, or the way back from it, refused this login; `code` says which, for the log."""

    description = "The login at the partner did not succeed."

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The partner's metadata and keys, and when they were read."""

    metadata: wire.Metadata
    keys: KeySet
    read_at: datetime


class UpstreamOidc:
    """A `RedirectLogin`. Safe to share between threads."""

    def __init__(
        self,
        settings: UpstreamOidcSettings,
        client: OutboundClient,
        *,
        new_token: Callable[[], str] = lambda: secrets.token_urlsafe(32),
    ) -> None:
        self._settings = settings
        self._client = client
        self._new_token = new_token
        self._known: _Known | None = None
        self._lock = Lock()

    @property
    def provider(self) -> str:
        """What the partner is called here."""
        return self._settings.provider

    def start(self, return_to: str, *, now: datetime) -> RedirectStart:
        """Begin one login whose answer comes to `return_to`.

        Raises:
            ConnectorError: the partner's metadata cannot be read.
        """
        metadata = self._partner(now=now).metadata
        kept = {
            "state": self._new_token(),
            "nonce": self._new_token(),
            "code_verifier": self._new_token(),
            "return_to": return_to,
        }
        url, _ = self._oauth(return_to).create_authorization_url(
            metadata.authorization_endpoint,
            state=kept["state"],
            nonce=kept["nonce"],
            code_verifier=kept["code_verifier"],
        )
        return RedirectStart(url=url, kept=kept)

    def finish(
        self, parameters: Mapping[str, str], *, kept: Mapping[str, str], now: datetime
    ) -> UpstreamIdentity:
        """Redeem what came back, against what `start` said to keep.

        Raises:
            ConnectorError: the answer is forged, stale or refused.
        """
        partner = self._partner(now=now)
        code = self._code_of(parameters, kept, partner.metadata)
        token = self._redeemed(code, kept, partner.metadata)
        expected = wire.Expected(
            nonce=kept["nonce"], access_token=str(token.get("access_token", "")), now=now
        )
        claims = self._believed(token, partner, expected, now=now)
        return self._identity(self._completed(claims, token, partner.metadata), now=now)

    def _code_of(
        self, parameters: Mapping[str, str], kept: Mapping[str, str], metadata: wire.Metadata
    ) -> str:
        if not kept.get("state") or not is_same(parameters.get("state", ""), kept["state"]):
            raise LoginRefused("wrong_state")
        # RFC 9207 §2.4: an answer of another server, or of none where one was promised, is refused.
        issuer = parameters.get("iss", "")
        if (issuer or metadata.names_itself) and not is_same(issuer, self._settings.issuer):
            raise LoginRefused("mixed_up")
        if parameters.get("error"):
            raise LoginRefused(parameters["error"][:80])
        code = parameters.get("code", "")
        if not code or len(code) > _LONGEST_CODE:
            raise LoginRefused("no_code")
        return code

    def _redeemed(
        self, code: str, kept: Mapping[str, str], metadata: wire.Metadata
    ) -> Mapping[str, Any]:
        try:
            token = self._oauth(kept["return_to"]).fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=kept["code_verifier"],
            )
        except OAuth2Error as error:
            raise LoginRefused(str(error.error)[:80]) from error
        except ValueError as error:
            raise OutboundAnswerRejected("the token answer is not in its form") from error
        return dict(token)

    def _believed(
        self, token: Mapping[str, Any], partner: _Known, expected: wire.Expected, *, now: datetime
    ) -> Mapping[str, Any]:
        id_token = token.get("id_token")
        try:
            return wire.read_id_token(id_token, partner.keys, self._settings, expected)
        except wire.UnknownKey:
            # Keys rotate: read them once more, and believe no key that is not there either.
            renewed = self._partner(now=now, is_fresh=True)
            return wire.read_id_token(id_token, renewed.keys, self._settings, expected)

    def _completed(
        self, claims: Mapping[str, Any], token: Mapping[str, Any], metadata: wire.Metadata
    ) -> Mapping[str, Any]:
        """The claims, with those of UserInfo where the ID token lacks what is taken over."""
        missing = set(self._settings.claims) - set(claims)
        if not missing or not metadata.userinfo_endpoint or not token.get("access_token"):
            return claims
        answer = self._client.get_json(
            metadata.userinfo_endpoint,
            timeout=self._settings.timeout,
            headers={"Authorization": f"Bearer {token['access_token']}"},
        )
        # Core §5.3.2: "the UserInfo Response values MUST NOT be used" when `sub` differs.
        if not isinstance(answer, dict) or answer.get("sub") != claims["sub"]:
            raise OutboundAnswerRejected("UserInfo is somebody else's")
        return {**{name: answer[name] for name in missing if name in answer}, **claims}

    def _identity(self, claims: Mapping[str, Any], *, now: datetime) -> UpstreamIdentity:
        at = claims.get("auth_time", claims["iat"])
        return UpstreamIdentity(
            provider=self._settings.provider,
            subject=claims["sub"],
            claims={
                ours: claims[theirs]
                for theirs, ours in self._settings.claims.items()
                if isinstance(claims.get(theirs), str)
            },
            authenticated_at=min(datetime.fromtimestamp(at, UTC), now),
            identity_level=self._settings.level_of(str(claims.get("acr", ""))),
        )

    def _partner(self, *, now: datetime, is_fresh: bool = False) -> _Known:
        ttl = timedelta(seconds=self._settings.metadata_ttl)
        with self._lock:
            known = self._known
        if known is not None and not is_fresh and now - known.read_at < ttl:
            return known
        timeout = self._settings.timeout
        address = f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        metadata = wire.metadata_of(self._client.get_json(address, timeout=timeout), self._settings)
        keys = wire.keys_of(self._client.get_json(metadata.jwks_uri, timeout=timeout))
        known = _Known(metadata=metadata, keys=keys, read_at=now)
        with self._lock:
            self._known = known
        return known

    def _oauth(self, return_to: str) -> OAuth2Client:
        settings = self._settings
        return OAuth2Client(
            _Session(self._client, timeout=settings.timeout),
            client_id=settings.client_id,
            client_secret=settings.client_secret.reveal(),
            scope=settings.scope,
            redirect_uri=return_to,
            code_challenge_method="S256",
        )


class _Session:
    """What Authlib's client needs of an HTTP session, over our one way out."""

    def __init__(self, client: OutboundClient, *, timeout: float) -> None:
        self._client = client
        self._timeout = timeout

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: Any
    ) -> "_Answer":
        url, signed, body = auth.prepare("POST", url, dict(headers), urlencode(data))
        # Never declared idempotent: a code is redeemed once.
        return _Answer(
            self._client.send(
                OutboundRequest(
                    method="POST",
                    url=url,
                    headers=signed,
                    body=body.encode("ascii"),
                    accepts=JSON_TYPES,
                    timeouts=Timeouts.within(self._timeout),
                )
            )
        )


class _Answer:
    """An answer as Authlib's client reads it."""

    def __init__(self, response: OutboundResponse) -> None:
        self._response = response
        self.status_code = response.status

    def json(self) -> object:
        parsed: object = json.loads(self._response.body.decode("utf-8"))
        return parsed

    def raise_for_status(self) -> None:
        if not self._response.is_success:
            raise OutboundAnswerRejected(f"status {self.status_code}", status=self.status_code)
