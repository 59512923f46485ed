"""What every OAuth endpoint does first: POST only, the body alone, cross-origin answers.

What the parameters mean is each endpoint's.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import structlog

from idp.protocols.oauth.errors import InvalidRequest, OAuthError
from idp.protocols.oauth.wire import (
    MAX_BODY_BYTES,
    Form,
    WireRequest,
    WireResponse,
    error_response,
    json_response,
)

_LOG: Final = structlog.get_logger(__name__)
ALLOW_ANY_ORIGIN = (("Access-Control-Allow-Origin", "*"),)
"""Without credentials: a page elsewhere gains nothing a program could not do (Fetch §3.2)."""


class TooLarge(OAuthError):
    """RFC 9110 §15.5.14."""

    code = "invalid_request"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class TooManyRequests(OAuthError):
    """RFC 6585 §4."""

    code = "temporarily_unavailable"
    status = HTTPStatus.TOO_MANY_REQUESTS


def read_form(request: WireRequest) -> Form:
    """The body's parameters; those of the query are never read (RFC 6749 §2.3.1).

    Raises:
        TooLarge: more than 64 KiB.
        InvalidRequest: another content type, a repeated parameter, bad UTF-8.
    """
    if len(request.body) > MAX_BODY_BYTES:
        raise TooLarge("The body is too large.")
    return request.form_parameters()


def method_not_allowed(allowed: str) -> WireResponse:
    problem = InvalidRequest(f"Use {allowed}.")
    response = error_response(problem)
    return response._replace(
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        headers=(*response.headers, ("Allow", allowed)),
    )


def preflight(methods: str) -> WireResponse:
    """The answer to a browser's question before a cross-origin request (Fetch §4.8)."""
    return WireResponse(
        status=HTTPStatus.NO_CONTENT,
        headers=(
            *ALLOW_ANY_ORIGIN,
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", "Authorization, Content-Type"),
            ("Access-Control-Max-Age", "3600"),
        ),
    )


def note_refusal(request: WireRequest, problem: OAuthError) -> None:
    """Say in the log what the client must not learn: `debug`, beside the code it was given."""
    _LOG.info(
        "protocol.refused",
        path=request.path,
        error=problem.code,
        debug=problem.debug or problem.description,
        remote_address=request.remote_address,
    )


def answered(answer: Callable[[WireRequest], object], request: WireRequest) -> WireResponse:
    """Run a POST endpoint's `answer` and translate its refusals, once."""
    if request.method != "POST":
        return method_not_allowed("POST")
    try:
        return json_response(answer(request))
    except OAuthError as problem:
        note_refusal(request, problem)
        return error_response(problem)
