"""A relying party on Authlib: discovery, code flow with PKCE, ID token and logout token checks."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from deploy.samples.problems import LoginFailed, NotBegunHere, Problem

BACKCHANNEL_EVENT = "http://schemas.openid.net/event/backchannel-logout"
ALGORITHMS = ["ES256", "RS256", "PS256"]
MOST_LOGINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Who came back: claims of ID token and UserInfo, and the raw ID token as logout hint."""

    id_token: str = field(repr=False)
    access_token: str = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    userinfo: dict[str, Any] = field(repr=False)


class RelyingParty:
    """One client at one issuer; a public one has no secret.

    Metadata is read on first use, so the provider may start later.
    """

    def __init__(self, *, issuer: str, client_id: str, client_secret: str, scope: str) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._scope = scope
        self._metadata: dict[str, Any] = {}

    def metadata(self) -> dict[str, Any]:
        if not self._metadata:
            with self._client() as client:
                answer = client.request(
                    "GET", f"{self._issuer}/.well-known/openid-configuration", withhold_token=True
                )
            answer.raise_for_status()
            self._metadata = answer.json()
        return self._metadata

    def begin(self, visitor: dict[str, Any], redirect_uri: str, **extra: str) -> str:
        """Where to send the browser; nonce and verifier stay with the visitor, by their state.

        A visitor may have a login under way in each of several tabs.
        """
        nonce, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
        with self._client(redirect_uri) as client:
            url, state = client.create_authorization_url(
                self.metadata()["authorization_endpoint"],
                code_verifier=verifier,
                nonce=nonce,
                **extra,
            )
        logins = visitor.setdefault("logins", {})
        while len(logins) >= MOST_LOGINS:
            logins.pop(next(iter(logins)), None)
        logins[state] = (nonce, verifier)
        return str(url)

    def finish(
        self, visitor: dict[str, Any], redirect_uri: str, arguments: dict[str, str]
    ) -> SignedIn:
        """Redeem the code (OpenID Connect Core 1.0 §3.1.3).

        Raises:
            NotBegunHere: the answer belongs to no login of this browser.
            LoginFailed: an error came back, or something else did not fit.
        """
        nonce, verifier = visitor.get("logins", {}).pop(arguments.get("state"), ("", ""))
        if not verifier:
            raise NotBegunHere(Problem.ELSEWHERE)
        if arguments.get("iss", self._issuer) != self._issuer:
            raise LoginFailed(debug="iss")
        if "error" in arguments:
            is_own_choice = arguments["error"] == "access_denied"
            problem = Problem.DECLINED if is_own_choice else Problem.UNFINISHED
            raise LoginFailed(problem, debug=arguments["error"])
        with self._client(redirect_uri) as client:
            try:
                token = client.fetch_token(
                    self.metadata()["token_endpoint"],
                    code=arguments.get("code", ""),
                    code_verifier=verifier,
                )
            except OAuthError as refused:  # a code that is used up or too old
                raise LoginFailed(Problem.USED_UP, debug=str(refused)) from refused
            claims = self._id_token_claims(token, nonce)
            userinfo = client.get(self.metadata()["userinfo_endpoint"]).json()
        if userinfo.get("sub") != claims["sub"]:
            raise LoginFailed(debug="userinfo sub")
        return SignedIn(
            id_token=token["id_token"],
            access_token=token["access_token"],
            claims=claims,
            userinfo=userinfo,
        )

    def logout_url(self, id_token: str, post_logout_redirect_uri: str, state: str) -> str:
        with self._client() as client:
            return str(
                client.build_request(
                    "GET",
                    self.metadata()["end_session_endpoint"],
                    params={
                        "id_token_hint": id_token,
                        "post_logout_redirect_uri": post_logout_redirect_uri,
                        "state": state,
                    },
                ).url
            )

    def logged_out_sid(self, logout_token: str) -> str:
        """The `sid` of a valid logout token, else LoginFailed (Back-Channel Logout 1.0 §2.6)."""
        claims = self._verified(logout_token)
        is_logout = BACKCHANNEL_EVENT in claims.get("events", {}) and "nonce" not in claims
        if claims.get("iss") != self._issuer or claims.get("aud") != self._client_id:
            raise LoginFailed(debug="not ours")
        if not is_logout or not claims.get("sid"):
            raise LoginFailed(debug="not a logout token")
        return str(claims["sid"])

    def _id_token_claims(self, token: dict[str, Any], nonce: str) -> dict[str, Any]:
        decoded = self._decoded(token["id_token"])
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {"iss": {"values": [self._issuer]}, "aud": {"values": [self._client_id]}},
            {
                "nonce": nonce,
                "client_id": self._client_id,
                "access_token": token["access_token"],
            },
        )
        claims.validate(leeway=30)
        return dict(claims)

    def _verified(self, token: str) -> dict[str, Any]:
        try:
            return dict(self._decoded(token).claims)
        except (JoseError, ValueError) as problem:
            raise LoginFailed(debug="signature") from problem

    def _decoded(self, token: str) -> jwt.Token:
        with self._client() as client:
            answer = client.request("GET", self.metadata()["jwks_uri"], withhold_token=True)
        return jwt.decode(token, KeySet.import_key_set(answer.json()), algorithms=ALGORITHMS)

    def _client(self, redirect_uri: str = "") -> OAuth2Client:
        return OAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret or None,
            # A machine in public keeps no secret: PKCE alone ties the code to it.
            token_endpoint_auth_method="client_secret_basic" if self._client_secret else "none",
            scope=self._scope,
            redirect_uri=redirect_uri or None,
            code_challenge_method="S256",
            timeout=10,
        )
