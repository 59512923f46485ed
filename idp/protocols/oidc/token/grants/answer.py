"""A token response (RFC 6749 §5.1), and the tokens room's refusals in the wire's words."""

from collections.abc import Callable
from typing import Any

from idp.protocols.oauth.errors import InvalidGrant, InvalidScope, InvalidTarget
from idp.tokens.issuance import Issued
from idp.tokens.refusals import GrantRefused, ScopeExceeded, TargetUnknown


def token_response(issue: Callable[[], Issued]) -> dict[str, Any]:
    """Issue, and say it as JSON members.

    Raises:
        InvalidGrant, InvalidScope, InvalidTarget: as the tokens room refused.
    """
    try:
        issued = issue()
    except GrantRefused as problem:
        raise InvalidGrant(
            "The grant is invalid, expired, revoked, or was issued to another client.",
            debug=problem.debug,
        ) from problem
    except ScopeExceeded as problem:
        raise InvalidScope(str(problem)) from problem
    except TargetUnknown as problem:
        raise InvalidTarget(str(problem)) from problem
    document = {
        "access_token": issued.access_token.value,
        "token_type": "Bearer",
        "expires_in": issued.access_token.expires_in,
        "scope": issued.scope,
    }
    if issued.refresh_token:
        document["refresh_token"] = issued.refresh_token
    if issued.id_token:
        document["id_token"] = issued.id_token
    return document
