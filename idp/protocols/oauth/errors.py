"""One class per registered error code, raised low and translated once at a door.

`description` is safe to show to the client, `debug` goes to the log alone.
"""

from typing import ClassVar


class OAuthError(Exception):
    """A protocol refusal (RFC 6749 §5.2, RFC 6750 §3.1, OpenID Connect Core 1.0 §3.1.2.6)."""

    code: ClassVar[str] = "server_error"
    status: ClassVar[int] = 400

    def __init__(self, description: str, *, debug: str = "", parameter: str = "") -> None:
        super().__init__(description)
        self.description = description
        self.debug = debug
        self.parameter = parameter


class InvalidRequest(OAuthError):
    """RFC 6749 §4.1.2.1: a parameter is missing, repeated, malformed or unsupported."""

    code = "invalid_request"


class MissingParameter(InvalidRequest):
    """An `invalid_request` whose parameter is not there at all: a page words that differently."""


class InvalidClient(OAuthError):
    """RFC 6749 §5.2: client authentication failed."""

    code = "invalid_client"
    status = 401


class InvalidGrant(OAuthError):
    """RFC 6749 §5.2: the code or refresh token is invalid, expired, revoked or another client's."""

    code = "invalid_grant"


class UnauthorizedClient(OAuthError):
    """RFC 6749 §5.2: this client may not use this grant or response type."""

    code = "unauthorized_client"


class UnsupportedGrantType(OAuthError):
    """RFC 6749 §5.2."""

    code = "unsupported_grant_type"


class UnsupportedResponseType(OAuthError):
    """RFC 6749 §4.1.2.1."""

    code = "unsupported_response_type"


class InvalidScope(OAuthError):
    """RFC 6749 §5.2: unknown, malformed, or more than was granted."""

    code = "invalid_scope"


class AccessDenied(OAuthError):
    """RFC 6749 §4.1.2.1: the person or the server's policy said no."""

    code = "access_denied"


class ServerError(OAuthError):
    """RFC 6749 §4.1.2.1: an unexpected condition, told to the client by redirect."""

    code = "server_error"
    status = 500


class TemporarilyUnavailable(OAuthError):
    """RFC 6749 §4.1.2.1: overload, or a part this request needs is down."""

    code = "temporarily_unavailable"
    status = 503


class InvalidTarget(OAuthError):
    """RFC 8707 §2: the resource is unknown or malformed."""

    code = "invalid_target"


class InvalidToken(OAuthError):
    """RFC 6750 §3.1: the access token is expired, revoked or malformed."""

    code = "invalid_token"
    status = 401


class InsufficientScope(OAuthError):
    """RFC 6750 §3.1."""

    code = "insufficient_scope"
    status = 403


class LoginRequired(OAuthError):
    """OpenID Connect Core 1.0 §3.1.2.6."""

    code = "login_required"


class InteractionRequired(OAuthError):
    """OpenID Connect Core 1.0 §3.1.2.6."""

    code = "interaction_required"


class ConsentRequired(OAuthError):
    """OpenID Connect Core 1.0 §3.1.2.6."""

    code = "consent_required"


class AccountSelectionRequired(OAuthError):
    """OpenID Connect Core 1.0 §3.1.2.6."""

    code = "account_selection_required"


class UnmetAuthenticationRequirements(OAuthError):
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0 §2."""

    code = "unmet_authentication_requirements"


class InvalidRequestUri(OAuthError):
    """OpenID Connect Core 1.0 §3.1.2.6."""

    code = "invalid_request_uri"


class InvalidRequestObject(OAuthError):
    """OpenID Connect Core 1.0 §3.1.2.6, RFC 9101 §7."""

    code = "invalid_request_object"


class RequestNotSupported(OAuthError):
    """OpenID Connect Core 1.0 §3.1.2.6."""

    code = "request_not_supported"


class RegistrationNotSupported(OAuthError):
    """OpenID Connect Core 1.0 §3.1.2.6."""

    code = "registration_not_supported"


class InvalidRedirectUri(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_client_metadata"


class InvalidSoftwareStatement(OAuthError):
    """RFC 7591 §3.2.2."""

    code = "invalid_software_statement"


class UnsupportedTokenType(OAuthError):
    """RFC 7009 §2.2.1."""

    code = "unsupported_token_type"


class AuthorizationPending(OAuthError):
    """RFC 8628 §3.5."""

    code = "authorization_pending"


class SlowDown(OAuthError):
    """RFC 8628 §3.5."""

    code = "slow_down"


class ExpiredToken(OAuthError):
    """RFC 8628 §3.5."""

    code = "expired_token"
