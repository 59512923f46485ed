"""Validation as an ordered table: each row establishes one fact or refuses (RFC 6749 §4.1.1).

Until a row has established the redirect URI, an error is a page; from then on it is redirected to
the client (RFC 6749 §4.1.2.1).
"""

import re
from collections.abc import Callable

from idp.clients.redirect_uris import is_loopback
from idp.protocols.oauth.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    MissingParameter,
    RegistrationNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from idp.protocols.oidc.authorization.parts import Checking
from idp.protocols.oidc.authorization.request import Draft
from idp.protocols.oidc.authorization.requirements import (
    add_acr_values,
    add_claims_parameter,
    add_hints,
    add_scope_claims,
    merge_request_object,
)

CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
RESPONSE_MODES = frozenset({"query", "form_post"})
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
SCOPE_VALUE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
IGNORED_PROMPTS = frozenset({"create"})
"""Initiating User Registration 1.0: our login page registers too, so nothing else is shown."""
MAX_LENGTHS = {"state": 2048, "nonce": 512, "login_hint": 512, "scope": 2048, "acr_values": 1024}
MAX_RESOURCES = 1


def require_known_client(draft: Draft, parts: Checking) -> None:
    """RFC 6749 §4.1.2.1: an invalid client identifier MUST NOT be redirected."""
    client_id = draft.get("client_id")
    if not client_id:
        raise MissingParameter("The client_id parameter is missing.", parameter="client_id")
    client = parts.clients.get(client_id)
    if client is None:
        raise InvalidRequest("This client_id is not registered.", parameter="client_id")
    if client.status != "active":
        raise UnauthorizedClient("This client is suspended.", parameter="client_id")
    draft.client = client


def require_registered_redirect_uri(draft: Draft, _parts: Checking) -> None:
    """RFC 9700 §2.1: exact string matching, but for the port of a native client's loopback.

    OpenID Connect Core 1.0 §3.1.2.1 makes redirect_uri REQUIRED; plain OAuth may leave it out where
    exactly one is registered (RFC 6749 §3.1.2.3).
    """
    client = draft.known_client
    given = draft.get("redirect_uri")
    if not given:
        if len(client.redirect_uris) != 1 or "openid" in draft.get("scope").split():
            raise MissingParameter(
                "The redirect_uri parameter is missing.", parameter="redirect_uri"
            )
        (given,) = client.redirect_uris
    elif given not in client.redirect_uris and not _is_registered_loopback(given, draft):
        raise InvalidRequest(
            "This redirect_uri is not registered for this client.", parameter="redirect_uri"
        )
    draft.redirect_uri = given


def require_response_mode(draft: Draft, _parts: Checking) -> None:
    """OAuth 2.0 Multiple Response Types §2.1; a bad mode is answered by the default one."""
    mode = draft.get("response_mode") or "query"
    if mode not in RESPONSE_MODES:
        raise InvalidRequest("response_mode must be query or form_post.", parameter="response_mode")
    draft.response_mode = mode


def refuse_unsupported_parameters(draft: Draft, _parts: Checking) -> None:
    """OpenID Connect Core 1.0 §7.2.1, §3.1.2.6: a client describes itself at registration alone."""
    if draft.get("registration"):
        raise RegistrationNotSupported("registration is not supported.", parameter="registration")


def require_bounded_parameters(draft: Draft, _parts: Checking) -> None:
    for name, limit in MAX_LENGTHS.items():
        if len(draft.get(name)) > limit:
            raise InvalidRequest(f"{name} is longer than {limit} characters.", parameter=name)


def require_code_response(draft: Draft, _parts: Checking) -> None:
    """RFC 6749 §3.1.1; RFC 9700 §2.1.2: no tokens in authorization responses."""
    response_type = draft.get("response_type")
    if not response_type:
        raise InvalidRequest("The response_type parameter is missing.", parameter="response_type")
    if response_type != "code":
        raise UnsupportedResponseType("Only response_type=code is supported.")
    if "authorization_code" not in draft.known_client.grant_types:
        raise UnauthorizedClient("This client is not registered for the authorization_code grant.")


def require_granted_scope(draft: Draft, _parts: Checking) -> None:
    """RFC 6749 §3.3. Scope values we do not know are ignored (OpenID Connect Core 1.0 §3.1.2.1)."""
    asked = draft.get("scope").split(" ") if draft.get("scope") else []
    if any(not SCOPE_VALUE.fullmatch(value) for value in asked):
        raise InvalidScope("The scope parameter is malformed.", parameter="scope")
    draft.scope = tuple(dict.fromkeys(v for v in asked if v in draft.known_client.scope))
    if "offline_access" in draft.scope and "refresh_token" not in draft.known_client.grant_types:
        draft.scope = tuple(value for value in draft.scope if value != "offline_access")
    if not asked:
        # RFC 6749 §3.3: a default, or "fail the request indicating an invalid scope".
        raise InvalidScope("The scope parameter is missing.", parameter="scope")
    if not draft.scope:
        raise InvalidScope("None of the scope values is registered for this client.")


def require_code_challenge(draft: Draft, _parts: Checking) -> None:
    """RFC 7636 §4.3, RFC 9700 §2.1.1: S256 always; public clients MUST use PKCE."""
    challenge, method = draft.get("code_challenge"), draft.get("code_challenge_method")
    client = draft.known_client
    if not challenge:
        if method:
            raise InvalidRequest("code_challenge is missing.", parameter="code_challenge")
        if client.is_public or client.require_pkce:
            raise InvalidRequest("This client must use PKCE.", parameter="code_challenge")
        return
    if method != "S256":
        raise InvalidRequest(
            "code_challenge_method must be S256.", parameter="code_challenge_method"
        )
    if not CODE_CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("code_challenge is malformed.", parameter="code_challenge")


def require_known_resource(draft: Draft, parts: Checking) -> None:
    """RFC 8707 §2: an absolute URI without a fragment, and one this client may ask for."""
    for resource in draft.resources:
        if "#" in resource or ":" not in resource:
            raise InvalidTarget("resource must be an absolute URI without a fragment.")
        if resource not in draft.known_client.resources and resource != parts.issuer:
            raise InvalidTarget("This resource is not registered for this client.")
    if len(draft.resources) > MAX_RESOURCES:
        raise InvalidTarget("One authorization serves one resource.")


def require_prompt(draft: Draft, _parts: Checking) -> None:
    """OpenID Connect Core 1.0 §3.1.2.1: none stands alone."""
    prompt = frozenset(draft.get("prompt").split())
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequest("prompt=none cannot be combined.", parameter="prompt")
    if prompt - PROMPTS - IGNORED_PROMPTS:
        raise InvalidRequest("prompt has a value that is not supported.", parameter="prompt")
    draft.prompt = prompt & PROMPTS


def require_max_age(draft: Draft, _parts: Checking) -> None:
    """OpenID Connect Core 1.0 §3.1.2.1: seconds, not negative; the registered default otherwise."""
    given = draft.get("max_age")
    if not given:
        draft.max_age = draft.known_client.default_max_age
    elif given.isascii() and given.isdigit() and len(given) < 10:
        draft.max_age = int(given)
    else:
        raise InvalidRequest("max_age must be a number of seconds.", parameter="max_age")


def _is_registered_loopback(given: str, draft: Draft) -> bool:
    """RFC 8252 §7.3: any port on the loopback literals, for native clients."""
    if draft.known_client.application_type != "native":
        return False
    bare = _without_port(given)
    return bare is not None and any(
        _without_port(uri) == bare for uri in draft.known_client.redirect_uris
    )


def _without_port(uri: str) -> str | None:
    found = re.fullmatch(r"http://([^/:@?#]+|\[[0-9a-f:]+\])(?::\d{1,5})?([/?][^#]*)?", uri)
    if not found or not is_loopback(found[1].strip("[]")):
        return None
    return f"http://{found[1]}{found[2] or ''}"


Check = Callable[[Draft, Checking], None]

CHECKS: tuple[Check, ...] = (
    require_known_client,
    merge_request_object,
    require_registered_redirect_uri,
    require_response_mode,
    refuse_unsupported_parameters,
    require_bounded_parameters,
    require_code_response,
    require_granted_scope,
    require_code_challenge,
    require_known_resource,
    require_prompt,
    require_max_age,
    add_scope_claims,
    add_claims_parameter,
    add_acr_values,
    add_hints,
)
