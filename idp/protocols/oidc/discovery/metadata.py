"""The metadata document, one for both well-known addresses (Discovery 1.0 §3, RFC 8414 §2)."""

from collections.abc import Mapping
from typing import Any

from idp.conf import ProviderSettings
from idp.protocols.oidc.authorization.request_objects import REQUEST_OBJECT_ALGORITHMS
from idp.protocols.oidc.discovery.assurance import assurance_metadata
from idp.protocols.oidc.scopes import CLAIMS_SUPPORTED, SCOPES_SUPPORTED
from idp.subjects.authenticators.assembly import attestation_roots, kinds_in_use
from idp.subjects.authenticators.levels import reachable_aal
from idp.subjects.level_rules import POPULATION, SMS_CODE, conditions_met

AUTHENTICATION_METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "none",
)
ASSERTION_ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "HS256")
GRANT_TYPES = (
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "urn:ietf:params:oauth:grant-type:device_code",
)
LOGOUT = {
    "frontchannel_logout_supported": True,
    "frontchannel_logout_session_supported": True,
    "backchannel_logout_supported": True,
    "backchannel_logout_session_supported": True,
}
"""Front-Channel Logout 1.0 §3, Back-Channel Logout 1.0 §2.1."""
BASIC_METHODS = frozenset({SMS_CODE, POPULATION})
"""What proves a person's identity where nothing else is said."""


def server_metadata(
    settings: ProviderSettings, *, methods: frozenset[str] = BASIC_METHODS
) -> dict[str, Any]:
    """Everything a client needs to know; computed once at start-up.

    `methods` are the checks that the configured connectors offer: which levels can be reached, and
    what `verified_claims` can tell, follows from them.
    """
    document: dict[str, Any] = {
        "issuer": settings.issuer,
        **_endpoints(settings),
        "scopes_supported": list(SCOPES_SUPPORTED),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": _subject_types(settings),
        **_algorithms(settings),
        "claim_types_supported": ["normal"],
        "claims_supported": list(CLAIMS_SUPPORTED),
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "require_signed_request_object": False,
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "display_values_supported": ["page"],
        "ui_locales_supported": ["zh-Hans", "zh-Hant", "en"],
        "authorization_response_iss_parameter_supported": True,
        **LOGOUT,
        **assurance_metadata(
            methods,
            aal=highest_aal(settings),
            collected=conditions_met(attended=settings.authentication.attended_windows),
        ),
    }
    if settings.service_documentation:
        document["service_documentation"] = settings.service_documentation
    return document


def _algorithms(settings: ProviderSettings) -> Mapping[str, list[str]]:
    signing = list(settings.signing_algorithms)
    confidential = [method for method in AUTHENTICATION_METHODS if method != "none"]
    return {
        "id_token_signing_alg_values_supported": signing,
        "userinfo_signing_alg_values_supported": signing,
        "request_object_signing_alg_values_supported": list(REQUEST_OBJECT_ALGORITHMS),
        "token_endpoint_auth_methods_supported": list(AUTHENTICATION_METHODS),
        "token_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": list(AUTHENTICATION_METHODS),
        "revocation_endpoint_auth_signing_alg_values_supported": list(ASSERTION_ALGORITHMS),
    }


def _endpoints(settings: ProviderSettings) -> Mapping[str, str]:
    return {
        "authorization_endpoint": settings.address("/oauth2/authorize"),
        "token_endpoint": settings.address("/oauth2/token"),
        "userinfo_endpoint": settings.address("/oauth2/userinfo"),
        "jwks_uri": settings.address("/oauth2/jwks"),
        "registration_endpoint": settings.address("/oauth2/register"),
        "introspection_endpoint": settings.address("/oauth2/introspect"),
        "revocation_endpoint": settings.address("/oauth2/revoke"),
        "device_authorization_endpoint": settings.address("/oauth2/device_authorization"),
        "end_session_endpoint": settings.address("/oauth2/logout"),
        "check_session_iframe": settings.address("/oauth2/check_session"),
    }


def _subject_types(settings: ProviderSettings) -> list[str]:
    """The first is the default: pairwise in production, so departments cannot join data."""
    if settings.profile == "production":
        return ["pairwise", "public"]
    return ["public", "pairwise"]


def highest_aal(settings: ProviderSettings) -> int:
    """What the authenticators that are switched on reach together."""
    has_attestation = bool(attestation_roots(settings))
    return reachable_aal(kinds_in_use(settings), with_attestation=has_attestation)
