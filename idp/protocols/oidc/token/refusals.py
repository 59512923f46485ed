"""Every refusal on the token endpoint in the wire's words, whoever noticed: one taxonomy."""

from collections.abc import Mapping
from typing import Final

from authlib.oauth2 import OAuth2Error

from idp.foundation.database import DatabaseUnavailable
from idp.foundation.keys import NoSigningKey
from idp.foundation.storage import StoreUnavailable
from idp.protocols.oauth import errors
from idp.tokens.refusals import GrantRefused, ScopeExceeded, TargetUnknown

OF_AUTHLIB: Final[Mapping[str, type[errors.OAuthError]]] = {
    kind.code: kind
    for kind in (
        errors.InvalidGrant,
        errors.UnauthorizedClient,
        errors.UnsupportedGrantType,
        errors.AccessDenied,
        errors.AuthorizationPending,
        errors.SlowDown,
        errors.ExpiredToken,
    )
}
REFUSALS: Final = (
    errors.OAuthError,
    OAuth2Error,
    GrantRefused,
    ScopeExceeded,
    TargetUnknown,
    StoreUnavailable,
    DatabaseUnavailable,
    NoSigningKey,
)


def as_oauth_error(problem: Exception) -> errors.OAuthError:
    """One of REFUSALS as the error to answer with; `debug` keeps what only the log may know."""
    match problem:
        case errors.OAuthError():
            return problem
        case OAuth2Error():
            kind = OF_AUTHLIB.get(problem.error, errors.InvalidRequest)
            return kind(problem.get_error_description() or INVALID_GRANT)
        case GrantRefused():
            return errors.InvalidGrant(INVALID_GRANT, debug=problem.debug)
        case ScopeExceeded():
            return errors.InvalidScope(str(problem))
        case TargetUnknown():
            return errors.InvalidTarget(str(problem))
        case _:
            return errors.TemporarilyUnavailable("Try again in a moment.", debug=str(problem))


INVALID_GRANT: Final = "The grant is invalid, expired, revoked, or was issued to another client."
