"""How an authorization is answered: by redirect or form post, always with `iss` (RFC 9207 §2)."""

from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from idp.journey.outcome import DoorAnswer
from idp.protocols.oauth.wire import NO_STORE, WireResponse


def answer(
    *, redirect_uri: str, response_mode: str, fields: tuple[tuple[str, str], ...]
) -> DoorAnswer:
    """RFC 6749 §4.1.2; OAuth 2.0 Form Post Response Mode §2. Empty values are left out."""
    present = tuple((name, value) for name, value in fields if value)
    if response_mode == "form_post":
        return DoorAnswer(url=redirect_uri, fields=present)
    # RFC 6749 §3.1.2: a query of the redirect URI "MUST be retained when adding additional query
    # parameters".
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return DoorAnswer(url=f"{redirect_uri}{joint}{urlencode(present)}")


def redirect(url: str, set_cookies: tuple[str, ...] = ()) -> WireResponse:
    """303: the browser follows with GET and never repeats a body (RFC 9700 §4.12)."""
    cookies = tuple(("Set-Cookie", cookie) for cookie in set_cookies)
    return WireResponse(
        status=HTTPStatus.SEE_OTHER,
        headers=(("Location", url), *NO_STORE, ("Referrer-Policy", "no-referrer"), *cookies),
    )


def origin_of(uri: str) -> str:
    """What the CSP's form-action must allow: the origin, or the scheme of a private-use URI."""
    parts = urlsplit(uri)
    if parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:"
