"""Client metadata: what a registration may say (RFC 7591 §2, OpenID Connect Registration 1.0 §2).

Authlib's claims classes judge the registered members; this module adds the rules they leave to the
server: schemes, correspondence of grant and response types, keys, algorithms.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authlib.oauth2 import rfc7591, rfc9101
from authlib.oidc import registration, rpinitiated
from joserfc.errors import JoseError

from idp.clients.redirect_uris import (
    UnacceptableUri,
    require_acceptable_redirect_uri,
    require_acceptable_web_uri,
)

CLAIMS_CLASSES = (
    rfc7591.ClientMetadataClaims,
    registration.ClientMetadataClaims,
    rpinitiated.ClientMetadataClaims,
    rfc9101.ClientMetadataClaims,
)
OWN_MEMBERS = (
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "event_delivery_uri",
    "require_pkce",
    "access_token_format",
    "access_token_signed_response_alg",
    "resources",
)
"""Front- and Back-Channel Logout 1.0; the last five are ours, named in the integrators' guide."""

STRING_LISTS = (
    "redirect_uris",
    "grant_types",
    "response_types",
    "contacts",
    "default_acr_values",
    "request_uris",
    "post_logout_redirect_uris",
    "resources",
)
BOOLEANS = (
    "require_auth_time",
    "frontchannel_logout_session_required",
    "backchannel_logout_session_required",
    "require_pkce",
    "require_signed_request_object",
)
WEB_URIS = (
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "jwks_uri",
    "sector_identifier_uri",
    "initiate_login_uri",
    "frontchannel_logout_uri",
    "backchannel_logout_uri",
    "event_delivery_uri",
)
LOCALIZED = frozenset({"client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri"})
SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*")
MAX_MEMBER_CHARACTERS = 4096
DEFAULT_PORTS = {"https": 443, "http": 80}
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
MANAGEMENT_SCOPES = "tongxing."
"""How the scopes of the management API begin."""
ENCRYPTION = re.compile(r".*_encrypt(ed_response|ion)_(alg|enc)")


class MetadataProblem(ValueError):
    """A member that cannot be accepted; `member` names it, the words say why."""

    def __init__(self, member: str, why: str) -> None:
        super().__init__(f"{member}: {why}")
        self.member = member


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataRules:
    """What this deployment supports (its server metadata), and whether http URIs are taken."""

    server_metadata: Mapping[str, Any]
    http_allowed: bool

    @property
    def reached_without_tls(self) -> bool:
        return str(self.server_metadata["issuer"]).startswith("http:")


def validated_metadata(given: Mapping[str, Any], rules: MetadataRules) -> dict[str, Any]:
    """The members we accept, with defaults filled in.

    RFC 7591 §2: "The authorization server MUST ignore any client metadata sent by the
    client that it does not understand".

    Raises:
        MetadataProblem: naming the first member that cannot be accepted.
    """
    metadata = {name: value for name, value in given.items() if value is not None}
    _require_types(metadata)
    _require_public_keys(metadata)
    accepted = _judged_by_authlib(metadata, rules)
    accepted |= {name: metadata[name] for name in OWN_MEMBERS if name in metadata}
    accepted |= {name: value for name, value in metadata.items() if _is_localized(name)}
    _fill_defaults(accepted, rules)
    for check in CHECKS:
        check(accepted, rules)
    return accepted


def described_by_itself(given: Mapping[str, Any], rules: MetadataRules) -> dict[str, Any]:
    """The members we accept from the client's own mouth, not from the operators'.

    OpenID Connect Core 1.0 §4: initiate_login_uri "MUST use the https scheme". A provider without
    TLS has portals without TLS beside it, and operators may declare those of their own machine.

    Raises:
        MetadataProblem: naming the first member that cannot be accepted.
    """
    metadata = validated_metadata(given, rules)
    starts_in_the_clear = metadata.get("initiate_login_uri", "").startswith("http:")
    if starts_in_the_clear and not rules.reached_without_tls:
        raise MetadataProblem("initiate_login_uri", "the URI must use the https scheme")
    if holds_management_scopes(metadata):
        raise MetadataProblem("scope", "scopes of the management API are declared by operators")
    return metadata


def holds_management_scopes(metadata: Mapping[str, Any]) -> bool:
    """Whether it asks for scopes that only a declared client with a role may hold."""
    return any(each.startswith(MANAGEMENT_SCOPES) for each in metadata.get("scope", "").split())


def _require_types(metadata: Mapping[str, Any]) -> None:
    for name in STRING_LISTS:
        value = metadata.get(name)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(item, str) for item in value)
        ):
            raise MetadataProblem(name, "must be an array of strings")
    for name in BOOLEANS:
        if not isinstance(metadata.get(name, False), bool):
            raise MetadataProblem(name, "must be true or false")
    if "jwks" in metadata and not _is_key_set(metadata["jwks"]):
        raise MetadataProblem("jwks", "must be a JWK Set (RFC 7517 §5)")
    structured = {*STRING_LISTS, *BOOLEANS, "jwks", "default_max_age"}
    for name, value in metadata.items():
        if _is_known(name) and name not in structured and not isinstance(value, str):
            raise MetadataProblem(name, "must be a string")
        if isinstance(value, str) and len(value) > MAX_MEMBER_CHARACTERS:
            raise MetadataProblem(name, f"is longer than {MAX_MEMBER_CHARACTERS} characters")


def _is_key_set(value: object) -> bool:
    keys = value.get("keys") if isinstance(value, dict) else None
    return isinstance(keys, list) and all(isinstance(key, dict) for key in keys)


def _require_public_keys(metadata: Mapping[str, Any]) -> None:
    """OpenID Connect Registration 1.0 §2: the JWK Set MUST NOT contain private or symmetric keys.

    Judged before any library reads the keys.
    """
    keys = metadata.get("jwks", {}).get("keys", [])
    if any(key.get("kty") == "oct" or PRIVATE_MEMBERS & set(key) for key in keys):
        raise MetadataProblem("jwks", "must hold public keys only")


def _is_known(name: str) -> bool:
    return any(name in c.REGISTERED_CLAIMS for c in CLAIMS_CLASSES) or name in OWN_MEMBERS


def _is_localized(name: str) -> bool:
    base, mark, tag = name.partition("#")
    return bool(mark) and base in LOCALIZED and bool(re.fullmatch(r"[A-Za-z0-9-]{2,20}", tag))


def _judged_by_authlib(metadata: Mapping[str, Any], rules: MetadataRules) -> dict[str, Any]:
    accepted: dict[str, Any] = {}
    # Redirect URIs are judged by our own rules: Authlib refuses private-use schemes without a host.
    judged = {name: value for name, value in metadata.items() if name != "redirect_uris"}
    for claims_class in CLAIMS_CLASSES:
        options: dict[str, Any] = {}
        if hasattr(claims_class, "get_claims_options"):
            options = claims_class.get_claims_options(dict(rules.server_metadata))
        options.pop("scope", None)  # resource servers bring scopes of their own
        claims = claims_class(dict(judged), {}, options, dict(rules.server_metadata))
        try:
            claims.validate()
        except (JoseError, ValueError) as problem:
            member = str(getattr(problem, "claim", "")) or "metadata"
            raise MetadataProblem(member, "this value is not supported here") from problem
        accepted |= claims.get_registered_claims()
    if "redirect_uris" in metadata:
        accepted["redirect_uris"] = metadata["redirect_uris"]
    return accepted


def _fill_defaults(metadata: dict[str, Any], rules: MetadataRules) -> None:
    metadata.setdefault("grant_types", ["authorization_code"])
    metadata.setdefault(
        "response_types", ["code"] if "authorization_code" in metadata["grant_types"] else []
    )
    metadata.setdefault("subject_type", rules.server_metadata["subject_types_supported"][0])


def _require_redirect_uris(metadata: Mapping[str, Any], rules: MetadataRules) -> None:
    uris = metadata.get("redirect_uris", [])
    if not uris and "authorization_code" in metadata["grant_types"]:
        raise MetadataProblem("redirect_uris", "at least one is required for authorization_code")
    for uri in uris:
        try:
            require_acceptable_redirect_uri(
                uri,
                application_type=metadata["application_type"],
                http_allowed=rules.http_allowed,
            )
        except UnacceptableUri as problem:
            raise MetadataProblem("redirect_uris", str(problem)) from problem


def _require_web_uris(metadata: Mapping[str, Any], rules: MetadataRules) -> None:
    named = [(name, metadata[name]) for name in WEB_URIS if metadata.get(name)]
    named += [
        (name, value)
        for name, value in metadata.items()
        if _is_localized(name) and not name.startswith("client_name")
    ]
    for name, uri in named:
        try:
            require_acceptable_web_uri(uri, http_allowed=rules.http_allowed)
        except UnacceptableUri as problem:
            raise MetadataProblem(name, str(problem)) from problem
    if "#" in metadata.get("sector_identifier_uri", ""):
        raise MetadataProblem("sector_identifier_uri", "must not include a fragment")


def _require_request_uris(metadata: Mapping[str, Any], rules: MetadataRules) -> None:
    """OpenID Connect Registration 1.0 §2: https; a fragment may carry the contents' hash."""
    for uri in metadata.get("request_uris", []):
        try:
            require_acceptable_web_uri(uri.partition("#")[0], http_allowed=rules.http_allowed)
        except UnacceptableUri as problem:
            raise MetadataProblem("request_uris", str(problem)) from problem


def _require_corresponding_types(metadata: Mapping[str, Any], _rules: MetadataRules) -> None:
    """RFC 7591 §2.1: grant types and response types must be consistent with each other."""
    has_code_grant = "authorization_code" in metadata["grant_types"]
    if has_code_grant != ("code" in metadata["response_types"]):
        raise MetadataProblem("response_types", "code goes with the authorization_code grant type")
    if "client_credentials" in metadata["grant_types"] and (
        metadata["token_endpoint_auth_method"] == "none"
    ):
        # RFC 6749 §4.4: it "MUST only be used by confidential clients."
        raise MetadataProblem("grant_types", "client_credentials needs client authentication")


def _require_key_material(metadata: Mapping[str, Any], _rules: MetadataRules) -> None:
    """RFC 7591 §2: `jwks` and `jwks_uri` MUST NOT both be present; private_key_jwt needs one."""
    if metadata.get("jwks") and metadata.get("jwks_uri"):
        raise MetadataProblem("jwks", "jwks and jwks_uri must not both be present")
    if metadata["token_endpoint_auth_method"] == "private_key_jwt" and not (
        metadata.get("jwks") or metadata.get("jwks_uri")
    ):
        raise MetadataProblem(
            "token_endpoint_auth_method", "private_key_jwt needs jwks or jwks_uri"
        )


def _require_supported_signatures(metadata: Mapping[str, Any], rules: MetadataRules) -> None:
    if metadata["id_token_signed_response_alg"] == "none":
        raise MetadataProblem("id_token_signed_response_alg", "none is not supported")
    if metadata.get("access_token_format", "jwt") not in {"jwt", "opaque"}:
        raise MetadataProblem("access_token_format", "must be jwt or opaque")
    supported = rules.server_metadata["id_token_signing_alg_values_supported"]
    if metadata.get("access_token_signed_response_alg", "ES256") not in supported:
        raise MetadataProblem("access_token_signed_response_alg", "is not supported")


def _require_own_front_channel(metadata: Mapping[str, Any], _rules: MetadataRules) -> None:
    """Front-Channel Logout 1.0 §2.

    "The domain, port, and scheme of this URL MUST be the same as that of a registered Redirection
    URI value."
    """
    address = metadata.get("frontchannel_logout_uri")
    if address and _origin(address) not in map(_origin, metadata.get("redirect_uris", [])):
        raise MetadataProblem("frontchannel_logout_uri", "must share a redirect URI's origin")


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)


def _refuse_encryption(metadata: Mapping[str, Any], _rules: MetadataRules) -> None:
    """What is echoed is promised: a client that asked for encryption must not be told yes."""
    for name in metadata:
        if ENCRYPTION.fullmatch(name):
            raise MetadataProblem(name, "encryption is not supported here")


def _require_scope_syntax(metadata: Mapping[str, Any], _rules: MetadataRules) -> None:
    if metadata.get("scope") and not SCOPE.fullmatch(metadata["scope"]):
        raise MetadataProblem("scope", "must be space-separated scope values (RFC 6749 §3.3)")


def _require_sane_max_age(metadata: Mapping[str, Any], _rules: MetadataRules) -> None:
    age = metadata.get("default_max_age")
    if age is not None and (isinstance(age, bool) or not isinstance(age, int) or age < 0):
        raise MetadataProblem("default_max_age", "must be a whole number of seconds")


Check = Callable[[Mapping[str, Any], MetadataRules], None]

CHECKS: tuple[Check, ...] = (
    _require_redirect_uris,
    _require_web_uris,
    _require_request_uris,
    _require_own_front_channel,
    _require_corresponding_types,
    _require_key_material,
    _require_supported_signatures,
    _refuse_encryption,
    _require_scope_syntax,
    _require_sane_max_age,
)
