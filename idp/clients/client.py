"""The client as every room sees it: one frozen value, held in a snapshot.

Metadata names are those of RFC 7591 §2 and OpenID Connect Dynamic Client Registration 1.0 §2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from idp.clients.purposes import STATUTORY_DUTY, Purpose
from policies.levels import LOWEST, Level

LEGACY_DOORS = frozenset({"ixiamen"})
"""The shapes of older platforms that a client may be registered for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered client. `status` is "active" or "suspended".

    `secret_sha256` judges client_secret_basic/_post; `sealed_secret` serves client_secret_jwt
    alone, which needs the secret itself. `metadata` keeps every registered value, for the
    registration read-back. `subject_sector` is the pairwise sector (department, or the host of its
    redirect URIs).
    `legacy_doors` are the shapes of older platforms it may speak; `legacy_source` is the platform
    whose ids of people it goes on using.
    `provisions` are the roles of staff whose accounts it may keep over SCIM.
    `event_delivery_uri` receives Security Event Tokens (RFC 8935).
    `legal_basis` is "consent" or "statutory_duty" (PIPL 13), the latter as soon as one of its
    `purposes` is; what a law gives then is in `statutory_claims`. Names and addresses by language
    are keyed by a page's language, "" where no language was named.
    """

    client_id: str
    status: str = "active"
    client_name: Mapping[str, str] = field(default_factory=dict)
    logo_uri: str = ""
    client_uri: str = ""
    department: str = ""
    application_type: str = "web"
    redirect_uris: frozenset[str] = frozenset()
    post_logout_redirect_uris: frozenset[str] = frozenset()
    response_types: frozenset[str] = frozenset({"code"})
    grant_types: frozenset[str] = frozenset({"authorization_code"})
    scope: frozenset[str] = frozenset()
    token_endpoint_auth_method: str = "client_secret_basic"
    token_endpoint_auth_signing_alg: str = ""
    secret_sha256: bytes = field(default=b"", repr=False)
    sealed_secret: bytes = field(default=b"", repr=False)
    secret_expires_at: int = 0
    jwks: Mapping[str, Any] | None = None
    jwks_uri: str = ""
    subject_type: str = "public"
    subject_sector: str = ""
    id_token_signed_response_alg: str = "RS256"
    userinfo_signed_response_alg: str = ""
    request_object_signing_alg: str = ""
    require_signed_request_object: bool = False
    request_uris: frozenset[str] = frozenset()
    access_token_format: str = "jwt"
    access_token_signed_response_alg: str = "ES256"
    access_token_ttl: int = 0
    default_max_age: int | None = None
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    minimum_level: Level = LOWEST
    initiate_login_uri: str = ""
    frontchannel_logout_uri: str = ""
    frontchannel_logout_session_required: bool = False
    backchannel_logout_uri: str = ""
    backchannel_logout_session_required: bool = False
    event_delivery_uri: str = ""
    require_pkce: bool = False
    resources: frozenset[str] = frozenset()
    is_resource_server: bool = False
    classification: str = "general"
    channels: frozenset[str] = frozenset({"web"})
    legal_basis: str = "consent"
    statutory_claims: frozenset[str] = frozenset()
    purposes: tuple[Purpose, ...] = ()
    skips_consent: bool = False
    legacy_doors: frozenset[str] = frozenset()
    legacy_source: str = ""
    provisions: frozenset[str] = frozenset()
    contacts: tuple[str, ...] = ()
    tos_uri: Mapping[str, str] = field(default_factory=dict)
    policy_uri: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_public(self) -> bool:
        return self.token_endpoint_auth_method == "none"

    @property
    def subject_place(self) -> tuple[str, str]:
        """Who shares what it knows of people: a pairwise client its sector, a public one nobody."""
        is_public = self.subject_type == "public"
        return self.subject_type, self.client_id if is_public else self.subject_sector

    @property
    def lawful_claims(self) -> frozenset[str]:
        """The claims that a law gives it, whatever anybody ticks."""
        return self.statutory_claims if self.legal_basis == STATUTORY_DUTY else frozenset()

    def name_in(self, language: str) -> str:
        """The registered name in a page's language ("zh-hans", "zh-hant", "en")."""
        return self.client_name.get(language) or self.client_name.get("") or self.client_id

    def policy_in(self, language: str) -> str:
        """Where the client says what it does with data, in a page's language."""
        return self.policy_uri.get(language) or self.policy_uri.get("", "")

    def terms_in(self, language: str) -> str:
        """Where the client states its terms, in a page's language."""
        return self.tos_uri.get(language) or self.tos_uri.get("", "")


class ClientDirectory(Protocol):
    """Where doors and steps find clients: an in-process snapshot with a stated staleness (1 s)."""

    def get(self, client_id: str) -> Client | None: ...
