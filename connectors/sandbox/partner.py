"""A partner's OpenID Provider: a small, strict one, whose tokens go wrong on command.

Owns its client, its key, its codes and its page. By code of its own, down to the JWS, so that the
adapter's libraries are not judged by themselves.
"""

import hashlib
import json
import secrets
from base64 import b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.sandbox.exchange import Incoming, Reply, json_reply, problem
from connectors.sandbox.faults import Fault
from connectors.sandbox.population import SandboxPerson, people

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT: Final = "/partner"
CLIENT_ID: Final = "tongxing"
CLIENT_SECRET: Final = "sandbox-partner-secret"  # noqa: S105 - public on purpose
CODE_TTL: Final = timedelta(seconds=60)
_MOST_CODES: Final = 1000
_HTML: Final = "text/html; charset=utf-8"
# Faults of the ID token, by the name `/control` knows them by.
_SPOILT: Final[Mapping[str, Mapping[str, Any]]] = {
    "wrong_issuer": {"iss": "https://elsewhere.example"},
    "wrong_audience": {"aud": "somebody-else"},
    "second_audience": {"aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID},
    "other_request": {"nonce": "of another login"},
    "unknown_result": {"sub": ""},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grant:
    """One login: what was asked, and who came."""

    person: SandboxPerson
    redirect_uri: str
    nonce: str
    code_challenge: str
    acr: str
    issued_at: datetime
    is_redeemed: bool = False


class Partner:
    """Answers discovery, keys, authorization, token and UserInfo under `/partner`."""

    name = "upstream_oidc"

    def __init__(self) -> None:
        self.base_url = ""
        self._grants: OrderedDict[str, _Grant] = OrderedDict()
        self._tokens: OrderedDict[str, SandboxPerson] = OrderedDict()

    @cached_property
    def _key(self) -> "Ed25519PrivateKey":
        return _new_key()

    def answer(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> Reply:
        """The reply to a server's call."""
        step = incoming.path.removeprefix(ROOT)
        if incoming.method == "GET" and step == "/.well-known/openid-configuration":
            return self._metadata(fault)
        if incoming.method == "GET" and step == "/jwks":
            return json_reply({"keys": [_public(self._key)]})
        if incoming.method == "GET" and step == "/userinfo":
            return self._userinfo(incoming, fault)
        if incoming.method == "POST" and step == "/token":
            return self._token(incoming, fault, now)
        return problem(404, "no such path")

    def page(self, incoming: Incoming, *, now: datetime) -> Reply:
        """The login page: `identifier` (a person's key), `acr`, and `decision`."""
        asked = {name: one[0] for name, one in parse_qs(incoming.query).items()}
        is_known = (
            asked.get("client_id") == CLIENT_ID
            and asked.get("response_type") == "code"
            and asked.get("code_challenge_method") == "S256"
            and urlsplit(asked.get("redirect_uri", "")).scheme in {"http", "https"}
        )
        if not is_known:
            return problem(400, "not a request this partner answers")
        if incoming.method == "GET":
            return _form()
        sent = {name: one[0] for name, one in parse_qs(incoming.body.decode("ascii")).items()}
        back = {"state": asked.get("state", ""), "iss": self._issuer}
        someone = next((one for one in people() if one.key == sent.get("identifier")), None)
        if sent.get("decision") != "allow" or someone is None:
            return _back(asked, {**back, "error": "access_denied"})
        code = secrets.token_urlsafe(24)
        self._grants[code] = _Grant(
            person=someone,
            redirect_uri=asked["redirect_uri"],
            nonce=asked.get("nonce", ""),
            code_challenge=asked.get("code_challenge", ""),
            acr=sent.get("acr", "partner:verified"),
            issued_at=now,
        )
        _bound(self._grants)
        return _back(asked, {**back, "code": code})

    @property
    def _issuer(self) -> str:
        return f"{self.base_url}{ROOT}"

    def _metadata(self, fault: Fault | None) -> Reply:
        issuer = self._issuer
        claimed = "https://elsewhere.example" if _is(fault, "wrong_issuer") else issuer
        return json_reply(
            {
                "issuer": claimed,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "jwks_uri": f"{issuer}/jwks",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["EdDSA"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    def _token(self, incoming: Incoming, fault: Fault | None, now: datetime) -> Reply:
        sent = {name: one[0] for name, one in parse_qs(incoming.body.decode("ascii")).items()}
        if not _is_our_client(incoming.headers.get("authorization", "")):
            return json_reply({"error": "invalid_client"}, status=401)
        if fault is not None and fault.behaviour == "provider_code":
            return json_reply({"error": fault.code}, status=400)
        code = sent.get("code", "")
        grant = self._grants.get(code)
        proof = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        if (
            grant is None
            or grant.is_redeemed
            or now - grant.issued_at > CODE_TTL
            or sent.get("grant_type") != "authorization_code"
            or sent.get("redirect_uri") != grant.redirect_uri
            or grant.code_challenge != _base64url(proof)
        ):
            return json_reply({"error": "invalid_grant"}, status=400)
        self._grants[code] = replace(grant, is_redeemed=True)
        access_token = secrets.token_urlsafe(24)
        self._tokens[access_token] = grant.person
        _bound(self._tokens)
        return json_reply(
            {
                "access_token": access_token,
                "token_type": "Bearer",
                "expires_in": 60,
                "id_token": self._id_token(grant, fault, now),
            }
        )

    def _id_token(self, grant: _Grant, fault: Fault | None, now: datetime) -> str:
        behaviour = fault.behaviour if fault is not None else ""
        stamp = int(now.timestamp())
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "sub": f"partner-{grant.person.key}",
            "aud": CLIENT_ID,
            "iat": stamp,
            "exp": stamp + 300,
            "auth_time": stamp - 5,
            "nonce": grant.nonce,
            "acr": grant.acr,
            "name": grant.person.name,
            **_SPOILT.get(behaviour, {}),
        }
        if behaviour == "expired":
            claims |= {"iat": stamp - 900, "exp": stamp - 600}
        if behaviour == "signed_garbage":
            return "not.a.token"
        key = _new_key() if behaviour == "wrong_signature" else self._key
        key_id = "rotated" if behaviour == "unknown_key" else _public(self._key)["kid"]
        if behaviour == "alg_none":
            return f"{_part({'alg': 'none', 'kid': key_id})}.{_part(claims)}."
        signed = f"{_part({'alg': 'EdDSA', 'kid': key_id})}.{_part(claims)}"
        return f"{signed}.{_base64url(key.sign(signed.encode('ascii')))}"

    def _userinfo(self, incoming: Incoming, fault: Fault | None) -> Reply:
        token = incoming.headers.get("authorization", "").removeprefix("Bearer ")
        someone = self._tokens.get(token)
        if someone is None:
            return json_reply({"error": "invalid_token"}, status=401)
        subject = "somebody-else" if _is(fault, "other_request") else f"partner-{someone.key}"
        return json_reply({"sub": subject, "phone_number": someone.phone})


def _new_key() -> "Ed25519PrivateKey":
    # Late: the library weighs more than the rest of the sandbox, and few need a key.
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate()


def _form() -> Reply:
    options = "".join(
        f'<option value="{escape(someone.key)}">{escape(someone.name)}</option>'
        for someone in people()
    )
    levels = "".join(
        f'<option value="partner:{level}">{level}</option>'
        for level in ("verified", "registered", "in-person")
    )
    body = (
        '<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>合作平台登录(沙箱)</title>'
        '</head><body><main><h1>合作平台登录(沙箱)</h1><form method="post">'
        f'<p><label>谁在登录? <select name="identifier">{options}</select></label></p>'
        f'<p><label>认证级别 <select name="acr">{levels}</select></label></p>'
        '<p><button name="decision" value="allow">登录</button> '
        '<button name="decision" value="deny">取消</button></p></form></main></body></html>'
    )
    return Reply(content_type=_HTML, body=body.encode("utf-8"))


def _back(asked: Mapping[str, str], parameters: Mapping[str, str]) -> Reply:
    target = asked["redirect_uri"]
    glue = "&" if urlsplit(target).query else "?"
    location = f"{target}{glue}{urlencode(parameters)}"
    return Reply(status=303, content_type=_HTML, headers={"Location": location})


def _is_our_client(authorization: str) -> bool:
    try:
        sent = b64decode(authorization.removeprefix("Basic ")).decode("utf-8")
    except ValueError:
        return False
    return secrets.compare_digest(sent.encode(), f"{CLIENT_ID}:{CLIENT_SECRET}".encode())


def _is(fault: Fault | None, behaviour: str) -> bool:
    return fault is not None and fault.behaviour == behaviour


def _public(key: "Ed25519PrivateKey") -> dict[str, str]:
    x = _base64url(key.public_key().public_bytes_raw())
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig", "alg": "EdDSA", "kid": x[:8]}


def _bound(kept: OrderedDict[str, Any]) -> None:
    if len(kept) > _MOST_CODES:
        kept.popitem(last=False)


def _part(value: Mapping[str, Any]) -> str:
    return _base64url(json.dumps(value, ensure_ascii=False).encode("utf-8"))


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
