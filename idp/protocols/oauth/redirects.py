"""Sending a browser on, and the origin it is sent to: the same behind every door."""

from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from idp.protocols.oauth.wire import NO_STORE, WireResponse


def redirect(url: str, set_cookies: tuple[str, ...] = ()) -> WireResponse:
    """303: the browser follows with GET and never repeats a body (RFC 9700 §4.12)."""
    cookies = tuple(("Set-Cookie", cookie) for cookie in set_cookies)
    return WireResponse(
        status=HTTPStatus.SEE_OTHER,
        headers=(("Location", url), *NO_STORE, ("Referrer-Policy", "no-referrer"), *cookies),
    )


def with_parameters(uri: str, fields: tuple[tuple[str, str], ...]) -> str:
    """A redirect URI with an answer's parameters; empty ones are left out.

    RFC 6749 §3.1.2: a query of it "MUST be retained when adding additional query parameters".
    """
    joint = "&" if urlsplit(uri).query else "?"
    return f"{uri}{joint}{urlencode(tuple((name, value) for name, value in fields if value))}"


def origin_of(uri: str) -> str:
    """What the CSP's form-action must allow: the origin, or the scheme of a private-use URI."""
    parts = urlsplit(uri)
    if parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"
