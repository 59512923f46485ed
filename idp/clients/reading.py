"""From a stored row to the frozen Client that every room reads."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from idp.clients.client import Client
from idp.clients.models import ClientRow
from idp.clients.purposes import STATUTORY_DUTY, read_purposes, statutory_claims
from policies.levels import LOWEST, Level

DEFAULT_SCOPE = "openid profile email phone address offline_access"
LANGUAGE_TAGS = {"zh-hans": "zh-hans", "zh-cn": "zh-hans", "zh-hant": "zh-hant", "en": "en"}
PLAIN = (
    "logo_uri",
    "client_uri",
    "application_type",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "jwks",
    "jwks_uri",
    "subject_type",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "request_object_signing_alg",
    "access_token_format",
    "access_token_signed_response_alg",
    "default_max_age",
    "require_auth_time",
    "initiate_login_uri",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "event_delivery_uri",
    "require_pkce",
)
SETS = (
    "redirect_uris",
    "post_logout_redirect_uris",
    "request_uris",
    "response_types",
    "grant_types",
    "resources",
)
CITY_PLAIN = (
    "department",
    "classification",
    "legal_basis",
    "skips_consent",
    "is_resource_server",
    "access_token_ttl",
    "legacy_source",
)


def read_client(row: ClientRow) -> Client:
    """Every default stands in Client; a row says only what was registered or decided."""
    metadata, city = row.metadata, row.settings
    values: dict[str, Any] = {name: metadata[name] for name in PLAIN if name in metadata}
    values |= {name: frozenset(metadata[name]) for name in SETS if name in metadata}
    values |= {name: city[name] for name in CITY_PLAIN if name in city}
    purposes = read_purposes(city.get("purposes", ()))
    by_law = statutory_claims(purposes)
    if by_law:
        values["legal_basis"] = STATUTORY_DUTY
    if "channels" in city:
        values["channels"] = frozenset(city["channels"])
    for name in ("legacy_doors", "provisions"):
        if name in city:
            values[name] = frozenset(city[name])
    return Client(
        client_id=row.client_id,
        status=row.status,
        client_name=_by_language(metadata, "client_name"),
        policy_uri=_by_language(metadata, "policy_uri"),
        tos_uri=_by_language(metadata, "tos_uri"),
        scope=frozenset((metadata.get("scope") or DEFAULT_SCOPE).split()),
        secret_sha256=bytes(row.secret_sha256),
        sealed_secret=bytes(row.sealed_secret),
        subject_sector=city.get("department") or sector_of(metadata),
        default_acr_values=tuple(metadata.get("default_acr_values", ())),
        contacts=tuple(metadata.get("contacts", ())),
        require_signed_request_object=metadata.get("require_signed_request_object", False),
        minimum_level=Level.parse(city.get("minimum_acr", "")) or LOWEST,
        statutory_claims=frozenset(city.get("statutory_claims", ())) | by_law,
        purposes=purposes,
        metadata=metadata,
        **values,
    )


def sector_of(metadata: Mapping[str, Any]) -> str:
    """OpenID Connect Core 1.0 §8.1: sector_identifier_uri's host, else the redirect URIs'."""
    uri = metadata.get("sector_identifier_uri") or next(iter(metadata.get("redirect_uris", [])), "")
    return urlsplit(uri).hostname or ""


def _by_language(metadata: Mapping[str, Any], name: str) -> dict[str, str]:
    """OpenID Connect Registration 1.0 §2.1: `name#tag` members beside the plain one."""
    said = {"": metadata[name]} if metadata.get(name) else {}
    for member, value in metadata.items():
        base, _, tag = member.partition("#")
        language = LANGUAGE_TAGS.get(tag.lower())
        if base == name and language:
            said[language] = value
    return said
