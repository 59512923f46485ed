"""Handlers of the iframe: its page, its script, and which origins its answers are for.

The page may stand in any site's page, since it shows nothing and there is nothing to click; but it
answers none but the origins that the named client registered (§3.2, §6). Listing them in
`frame-ancestors` instead would need one header for every client of a city.
"""

from dataclasses import dataclass
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import Final

from idp.clients.client import ClientDirectory
from idp.protocols.oauth.errors import OAuthError
from idp.protocols.oauth.wire import Handler, WireRequest, WireResponse, error_response
from idp.protocols.oidc.discovery.endpoints import public_document_handler
from idp.protocols.oidc.endpoint import method_not_allowed
from idp.protocols.oidc.session_management.session_state import web_origin

CHECK_SESSION: Final = "/oauth2/check_session"
CHECK_SESSION_SCRIPT: Final = f"{CHECK_SESSION}.js"
CHECK_SESSION_ORIGIN: Final = f"{CHECK_SESSION}_origin"
MAX_AGE: Final = 300
"""Seconds for which a browser may keep page, script and answer."""
_SCRIPT: Final = Path(__file__).with_name("check_session.js")
_PAGE: Final = (
    '<!doctype html><html lang="en" data-cookie="{cookie}"><title>Session</title>'
    '<script src="check_session.js"></script></html>\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSessionFrame:
    """`check_session_iframe`: the page that services embed to notice a changed session.

    `cookie` is the check cookie's name, `embedding` the value of `frame-ancestors`.
    """

    cookie: str
    embedding: str

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method not in {"GET", "HEAD"}:
            return method_not_allowed("GET, HEAD")
        policy = (
            "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; "
            f"form-action 'none'; frame-ancestors {self.embedding}"
        )
        return WireResponse(
            status=HTTPStatus.OK,
            headers=(
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Security-Policy", policy),
                ("Cache-Control", f"public, max-age={MAX_AGE}"),
                ("Referrer-Policy", "no-referrer"),
            ),
            body=_PAGE.format(cookie=escape(self.cookie)).encode(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSessionOrigin:
    """Tell the iframe's script whether an origin is one the client registered: 204, or 403."""

    clients: ClientDirectory

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method not in {"GET", "HEAD"}:
            return method_not_allowed("GET, HEAD")
        try:
            asked = request.query_parameters()
        except OAuthError as problem:
            return error_response(problem)
        client = self.clients.get(asked.get("client_id"))
        is_active = client is not None and client.status == "active"
        origins = {web_origin(uri) for uri in client.redirect_uris} if client else set()
        is_expected = is_active and asked.get("origin") in origins - {"null"}
        return WireResponse(
            status=HTTPStatus.NO_CONTENT if is_expected else HTTPStatus.FORBIDDEN,
            headers=(("Cache-Control", f"public, max-age={MAX_AGE}"),),
        )


@cache
def check_session_script() -> Handler:
    """Serve the iframe's script, which computes and compares `session_state`."""
    script = _SCRIPT.read_bytes()
    return public_document_handler(
        lambda: script, content_type="text/javascript; charset=utf-8", max_age=MAX_AGE
    )
