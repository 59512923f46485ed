"""One protocol-speaking relying party: what a client may send, rightly or wrongly.

Owns OAuth and OpenID Connect as a client speaks them. Every request can be bent: a parameter set
to None is left out. Leaves HTTP to ``wire``, pages to ``pages``, and judging to the tests.
"""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote

from joserfc import jwt
from joserfc.jwk import ECKey, Key, KeySet, OctKey, OKPKey, RSAKey

from tests.spec.pages import Conduct, forms, walk
from tests.spec.wire import Answer, Browser, Parameters, Wire, unpadded

CALLBACK = "https://portal.example/callback"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@cache
def client_key(kind: str = "EC", name: str = "client-1") -> Key:
    """A key pair of the client's own; ``name`` is its kid."""
    options = {"kid": name, "use": "sig"}
    if kind == "RSA":
        return RSAKey.generate_key(2048, options)
    if kind == "OKP":
        return OKPKey.generate_key("Ed25519", options)
    return ECKey.generate_key("P-256", options)


def key_for(algorithm: str, name: str = "client-1") -> Key:
    kinds = {"RS256": "RSA", "RS384": "RSA", "PS256": "RSA", "EdDSA": "OKP"}
    return client_key(kinds.get(algorithm, "EC"), name)


def signed(claims: Mapping[str, Any], *, algorithm: str, key: Key, **header: Any) -> str:
    header = {"alg": algorithm, **({"kid": key.kid} if key.kid else {}), **header}
    return jwt.encode(header, dict(claims), key, algorithms=[algorithm])


def unsigned(claims: Mapping[str, Any], **header: Any) -> str:
    """A JWT whose algorithm is none: two parts and a dot."""

    def part(value: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', **header})}.{part(dict(claims))}."


def peek(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWT, unverified."""
    header, claims, _ = token.split(".")
    return json.loads(unpadded(header)), json.loads(unpadded(claims))


def s256(verifier: str) -> str:
    """RFC 7636 §4.2: BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


@dataclass(slots=True, kw_only=True)
class Provider:
    """The provider under test, known by its discovery document alone."""

    wire: Wire
    metadata: dict[str, Any] = field(default_factory=dict)

    def discover(self) -> "Provider":
        answer = self.wire.get("/.well-known/openid-configuration")
        assert answer.status == 200, answer
        self.metadata = answer.json()
        return self

    @property
    def issuer(self) -> str:
        return str(self.metadata["issuer"])

    def browser(self, language: str = "en") -> Browser:
        return Browser(wire=self.wire, language=language)

    def keys(self) -> KeySet:
        return KeySet.import_key_set(self.wire.get(self.metadata["jwks_uri"]).json())

    def register(self, **metadata: Any) -> Answer:
        """POST a registration (RFC 7591 §3.1); a member set to None is left out."""
        document = {"redirect_uris": [CALLBACK], "client_name": "测试门户", **metadata}
        return self.wire.post_json(
            self.metadata["registration_endpoint"],
            {name: value for name, value in document.items() if value is not None},
        )

    def party(self, **metadata: Any) -> "RelyingParty":
        answer = self.register(**metadata)
        assert answer.status == 201, (answer.status, answer.body)
        return RelyingParty(provider=self, registered=answer.json())

    def verified(self, token: str, *, algorithm: str = "") -> dict[str, Any]:
        """The claims of a JWT the provider signed, checked against its published keys."""
        header, _ = peek(token)
        assert header["alg"] == (algorithm or header["alg"])
        return dict(jwt.decode(token, self.keys(), algorithms=[header["alg"]]).claims)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What came back to the redirect URI, and what was sent to get it."""

    answer: Answer
    request: Mapping[str, str]
    verifier: str
    parameters: Mapping[str, str]

    @property
    def code(self) -> str:
        assert "code" in self.parameters, (self.parameters, self.answer.text[:1500])
        return self.parameters["code"]

    @property
    def error(self) -> str:
        assert "code" not in self.parameters, self.parameters
        return self.parameters.get("error", "")


@dataclass(slots=True, kw_only=True)
class RelyingParty:
    """A registered client. Its metadata are what registration answered."""

    provider: Provider
    registered: dict[str, Any]
    key: Key | None = None

    @property
    def client_id(self) -> str:
        return str(self.registered["client_id"])

    @property
    def client_secret(self) -> str:
        return str(self.registered.get("client_secret", ""))

    @property
    def redirect_uri(self) -> str:
        return str(self.registered["redirect_uris"][0])

    @property
    def method(self) -> str:
        return str(self.registered.get("token_endpoint_auth_method", "client_secret_basic"))

    def endpoint(self, name: str) -> str:
        return str(self.provider.metadata[f"{name}_endpoint"])

    # The authorization endpoint

    def request(self, verifier: str = "", **changes: str | None) -> dict[str, str]:
        """An authorization request as it should be, but for ``changes``."""
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid",
            "state": secrets.token_urlsafe(12),
            "nonce": secrets.token_urlsafe(12),
            "code_challenge": s256(verifier) if verifier else None,
            "code_challenge_method": "S256" if verifier else None,
            **changes,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def begin(self, browser: Browser, *, post: bool = False, **changes: str | None) -> Answer:
        """The first answer to an authorization request."""
        request = self.request(secrets.token_urlsafe(32), **changes)
        return self.send(browser, request, post=post)

    def send(self, browser: Browser, request: Parameters, *, post: bool = False) -> Answer:
        send = browser.post if post else browser.get
        return send(self.endpoint("authorization"), request)

    def authorize(
        self, browser: Browser, conduct: Conduct, *, post: bool = False, **changes: str | None
    ) -> Authorization:
        """An authorization request, walked to its end."""
        verifier = secrets.token_urlsafe(32)
        request = self.request(verifier, **changes)
        answer = walk(browser, self.send(browser, request, post=post), conduct)
        return Authorization(
            answer=answer, request=request, verifier=verifier, parameters=returned(answer)
        )

    # The token endpoint

    def redeem(self, authorization: Authorization, **changes: str | None) -> Answer:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": authorization.code,
            "redirect_uri": authorization.request.get("redirect_uri"),
            "code_verifier": authorization.verifier,
            **changes,
        }
        return self.token(**form)

    def refresh(self, refresh_token: str, **changes: str | None) -> Answer:
        return self.token(
            **{
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
                **changes,
            }
        )

    def token(self, *, authenticate: bool = True, **form: str | None) -> Answer:
        return self.post("token", form, authenticate=authenticate)

    def tokens(self, browser: Browser, conduct: Conduct, **changes: str | None) -> dict[str, Any]:
        """A whole login: the token response of a fresh authorization."""
        answer = self.redeem(self.authorize(browser, conduct, **changes))
        assert answer.status == 200, answer.body
        return dict(answer.json())

    # The other endpoints

    def userinfo(self, access_token: str, *, method: str = "GET") -> Answer:
        return self.provider.wire.send(
            method,
            self.endpoint("userinfo"),
            headers={"Authorization": f"Bearer {access_token}"},
        )

    def introspect(self, token: str, **form: str | None) -> Answer:
        return self.post("introspection", {"token": token, **form})

    def is_active(self, token: str) -> bool:
        answer = self.introspect(token)
        assert answer.status == 200, (answer.status, answer.body)
        active = answer.json()["active"]
        assert isinstance(active, bool)
        return active

    def revoke(self, token: str, **form: str | None) -> Answer:
        return self.post("revocation", {"token": token, **form})

    def post(
        self, endpoint: str, form: Mapping[str, str | None], *, authenticate: bool = True
    ) -> Answer:
        given = {name: value for name, value in form.items() if value is not None}
        headers: dict[str, str] = {}
        if authenticate:
            added, headers = self.authentication()
            given = {**added, **given}
        return self.provider.wire.post(self.endpoint(endpoint), given, headers=headers)

    def authentication(self) -> tuple[dict[str, str], dict[str, str]]:
        """Form parameters and headers that authenticate this client its registered way."""
        if self.method == "none":
            return {"client_id": self.client_id}, {}
        if self.method == "client_secret_post":
            return {"client_id": self.client_id, "client_secret": self.client_secret}, {}
        if self.method in {"client_secret_jwt", "private_key_jwt"}:
            return {
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": self.assertion(),
            }, {}
        return {}, {"Authorization": basic(self.client_id, self.client_secret)}

    def assertion(self, *, algorithm: str = "", key: Key | None = None, **changes: Any) -> str:
        """A client assertion (OpenID Connect Core 1.0 §9), but for ``changes``."""
        now = int(time.time())  # noqa: TID251 - the client has a clock of its own
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.provider.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.method == "client_secret_jwt":
            key = key or OctKey.import_key(self.client_secret)
            return signed(claims, algorithm=algorithm or "HS256", key=key)
        algorithm = algorithm or self.registered.get("token_endpoint_auth_signing_alg") or "ES256"
        return signed(claims, algorithm=algorithm, key=key or self.key or key_for(algorithm))


def basic(client_id: str, client_secret: str) -> str:
    """RFC 6749 §2.3.1: both form-urlencoded first, then HTTP Basic."""
    pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def returned(answer: Answer) -> dict[str, str]:
    """The authorization response's parameters, from the redirect or from the posted form."""
    if answer.is_redirect:
        return answer.location_parameters()
    if answer.media_type == "text/html":
        for form in forms(answer):
            if {"code", "error"} & set(form.fields) and not form.step:
                return {name: values[0] for name, values in form.fields.items()}
    return {}
