"""What the request demands of the person: request objects, claims, levels and hints."""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.journey.request import WantedClaim
from idp.protocols.oauth.errors import InvalidRequest, InvalidRequestObject
from idp.protocols.oidc.authorization.parts import Checking
from idp.protocols.oidc.authorization.request import Draft
from idp.protocols.oidc.scopes import PROTOCOL_CLAIMS, SCOPE_CLAIMS
from idp.subjects.assurance.request import MalformedRequest, read_request
from idp.subjects.assurance.vocabulary import VERIFIED
from policies.levels import Level

MAX_CLAIMS_BYTES = 8192
MAX_CLAIMS = 64
TARGETS = ("userinfo", "id_token")


def merge_request_object(draft: Draft, parts: Checking) -> None:
    """RFC 9101 §6, OpenID Connect Core 1.0 §6.1: signed parameters supersede the plain ones.

    A client registered with require_signed_request_object is heard through the object alone
    (RFC 9101 §10.5).
    """
    client, raw, reference = draft.known_client, draft.get("request"), draft.get("request_uri")
    if not raw and not reference:
        if client.require_signed_request_object:
            raise InvalidRequest("This client must send a signed request object.")
        return
    if draft.get("redirect_uri") in client.redirect_uris:
        # The plain redirect URI is registered, so a broken object can be told to the client.
        draft.redirect_uri = draft.get("redirect_uri")
    if raw and reference:
        raise InvalidRequest("request and request_uri exclude each other.", parameter="request_uri")
    raw = raw or parts.request_objects.fetched(reference, client)
    signed = parts.request_objects.read(raw, client)
    _require_same(draft, signed, "client_id")
    _require_same(draft, signed, "response_type")
    values = {name: _as_text(value) for name, value in signed.items() if name not in JWT_CLAIMS}
    plain = {} if client.require_signed_request_object else dict(draft.parameters)
    plain.pop("request", None)
    plain.pop("request_uri", None)
    draft.parameters = {**plain, **values, "client_id": client.client_id}


JWT_CLAIMS = frozenset({"iss", "aud", "exp", "nbf", "iat", "jti", "sub"})


def add_scope_claims(draft: Draft, _parts: Checking) -> None:
    """OpenID Connect Core 1.0 §5.4: a scope value asks for its claims at the UserInfo endpoint."""
    draft.claims = tuple(
        WantedClaim(name=name) for value in draft.scope for name in SCOPE_CLAIMS.get(value, ())
    )


def add_claims_parameter(draft: Draft, _parts: Checking) -> None:
    """OpenID Connect Core 1.0 §5.5."""
    raw = draft.get("claims")
    if not raw:
        return
    wanted: list[WantedClaim] = []
    document = _claims_document(raw)
    for target in TARGETS:
        members = document.get(target, {})
        if not isinstance(members, dict) or len(members) > MAX_CLAIMS:
            raise InvalidRequest(f"claims.{target} must be an object.", parameter="claims")
        for name, options in members.items():
            if name == VERIFIED:
                wanted += _verified(draft, target, options)
                continue
            claim = _wanted(name, target, options)
            if name in PROTOCOL_CLAIMS:
                _demand_of_provider(draft, claim)
            else:
                wanted.append(claim)
    named = {(claim.name, claim.target) for claim in wanted}
    kept = tuple(claim for claim in draft.claims if (claim.name, claim.target) not in named)
    draft.claims = (*kept, *wanted)


def add_acr_values(draft: Draft, _parts: Checking) -> None:
    """OpenID Connect Core 1.0 §3.1.2.1: voluntary; unknown values are passed by.

    The lowest of the values is what must be reached: any of them answers the client.
    """
    if draft.required is not None:
        return
    asked = draft.get("acr_values").split() or draft.known_client.default_acr_values
    levels = [level for level in (Level.parse(value) for value in asked) if level]
    if levels:
        draft.required = min(levels, key=lambda level: (level.ial, level.aal))


def add_hints(draft: Draft, parts: Checking) -> None:
    """OpenID Connect Core 1.0 §3.1.2.1: the hint must be ours, issued to this client."""
    hint = draft.get("id_token_hint")
    if not hint:
        return
    subject = parts.hints.subject_of(hint, draft.known_client)
    if not subject:
        raise InvalidRequest("id_token_hint is not an ID token of ours.", parameter="id_token_hint")
    if draft.expected_subject and draft.expected_subject != subject:
        raise InvalidRequest("id_token_hint and claims name two subjects.", parameter="claims")
    draft.expected_subject = subject


def _require_same(draft: Draft, signed: Mapping[str, Any], name: str) -> None:
    """OpenID Connect Core 1.0 §6.1: these values MUST match those of the plain parameters."""
    outer = draft.get(name)
    if outer and name in signed and signed[name] != outer:
        raise InvalidRequestObject(f"{name} differs from the request object's.", parameter=name)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _claims_document(raw: str) -> dict[str, Any]:
    if len(raw) > MAX_CLAIMS_BYTES:
        raise InvalidRequest("The claims parameter is too long.", parameter="claims")
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as problem:
        raise InvalidRequest("The claims parameter is not JSON.", parameter="claims") from problem
    if not isinstance(document, dict):
        raise InvalidRequest("The claims parameter is not a JSON object.", parameter="claims")
    return document


def _wanted(name: str, target: str, options: object) -> WantedClaim:
    if options is None:
        return WantedClaim(name=name, target=target)
    if not isinstance(options, dict):
        raise InvalidRequest(f"claims.{target} has a malformed member.", parameter="claims")
    values = options.get("values", [options["value"]] if "value" in options else [])
    if not isinstance(values, list) or not isinstance(options.get("essential", False), bool):
        raise InvalidRequest(f"claims.{target} has a malformed member.", parameter="claims")
    return WantedClaim(
        name=name,
        target=target,
        essential=options.get("essential", False),
        values=tuple(_as_text(value) for value in values),
    )


def _verified(draft: Draft, target: str, options: object) -> list[WantedClaim]:
    """Identity Assurance 1.0 §5.3: what is asked for inside, one by one, and how it must be."""
    try:
        request = read_request(options)
    except MalformedRequest as problem:
        raise InvalidRequest(f"claims.{target}: {problem}.", parameter="claims") from problem
    draft.verified_claims = {**draft.verified_claims, target: options}
    return [
        WantedClaim(name=name, target=target, essential=essential)
        for name, essential in request.consent_names.items()
    ]


def _demand_of_provider(draft: Draft, claim: WantedClaim) -> None:
    """`acr`, `sub` and `auth_time` are demands on the login, not data of the person (§5.5.1.1)."""
    if claim.name == "acr" and claim.values:
        levels = [level for level in (Level.parse(value) for value in claim.values) if level]
        if not levels and claim.essential:
            raise InvalidRequest("None of the essential acr values is known.", parameter="claims")
        if levels:
            draft.required = min(levels, key=lambda level: (level.ial, level.aal))
            draft.required_is_essential = claim.essential
            draft.essential_acr = tuple(level.acr for level in levels) if claim.essential else ()
    if claim.name == "sub" and claim.values:
        draft.expected_subject = claim.values[0]
