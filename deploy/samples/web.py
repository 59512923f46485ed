"""The little HTTP the samples need: routes, forms, and one state for each browser."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from http.cookies import SimpleCookie
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, quote

MAX_FORM = 65_536
MAX_VISITORS = 5_000
_TRADITIONAL = ("zh-hant", "zh-hk", "zh-mo", "zh-tw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str
    query: str
    form: Mapping[str, str]
    visitor: dict[str, Any] = field(repr=False)
    language: str = "zh-Hans"
    """The tag of what the browser would like best, of those there are."""

    @property
    def arguments(self) -> Mapping[str, str]:
        return dict(parse_qsl(self.query))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int = HTTPStatus.OK
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


Route = Callable[[Request], Response]


class SampleSite:
    """A WSGI application over a dict of routes; each browser has a dict of its own, in memory.

    `cookie` is unique to each site, because ports of one host share cookies. `frame_ancestors` says
    who may load a page in a frame (front-channel logout needs the provider); `leads_to` is where a
    form's answer may redirect to beside the site itself, since browsers hold `form-action` against
    redirects too.
    """

    def __init__(
        self,
        *,
        cookie: str,
        routes: Mapping[str, Route],
        frame_ancestors: str,
        leads_to: str = "",
    ) -> None:
        self._cookie = cookie
        self._routes = routes
        self._frame_ancestors = frame_ancestors
        self._form_action = f"'self' {leads_to}".strip()
        self._visitors: dict[str, dict[str, Any]] = {}
        self._lock = Lock()

    def visitors(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._visitors.values())

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        key, visitor = self._visitor(environ)
        route = self._routes.get(environ["PATH_INFO"])
        if route is None:
            response = Response(status=HTTPStatus.NOT_FOUND, body="<p>404</p>")
        else:
            response = route(_read(environ, visitor))
        return self._send(response, key, start_response)

    def _visitor(self, environ: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
        key = cookies[self._cookie].value if self._cookie in cookies else ""
        with self._lock:
            if key not in self._visitors:
                key = secrets.token_urlsafe(24)
                if len(self._visitors) >= MAX_VISITORS:
                    self._visitors.clear()
                self._visitors[key] = {}
            return key, self._visitors[key]

    def _send(
        self, response: Response, key: str, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        body = response.body.encode()
        policy = (
            "default-src 'none'; style-src 'self'; img-src 'self' data:; "
            f"form-action {self._form_action}; base-uri 'none'; "
            f"frame-ancestors {self._frame_ancestors}"
        )
        start_response(
            f"{int(response.status)} {HTTPStatus(response.status).phrase}",
            [
                *_with_defaults(response.headers),
                ("Content-Length", str(len(body))),
                ("Content-Security-Policy", policy),
                ("X-Content-Type-Options", "nosniff"),
                ("Set-Cookie", f"{self._cookie}={key}; Path=/; HttpOnly; SameSite=Lax"),
            ],
        )
        return [body]


def _with_defaults(headers: tuple[tuple[str, str], ...]) -> Iterable[tuple[str, str]]:
    return {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        **dict(headers),
    }.items()


def redirect(url: str) -> Response:
    return Response(status=HTTPStatus.SEE_OTHER, headers=(("Location", url),))


def icon(colour: str) -> str:
    """The link to a page's icon, within the page itself: a round spot of `colour`, as `#rrggbb`."""
    drawn = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'>"
        f"<circle cx='4' cy='4' r='4' fill='{colour}'/></svg>"
    )
    return f'<link rel="icon" href="data:image/svg+xml,{text(quote(drawn))}">'


def text(value: object) -> str:
    """Escaped for HTML, attributes too."""
    return escape(str(value), quote=True)


def _read(environ: Mapping[str, Any], visitor: dict[str, Any]) -> Request:
    length = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_FORM)
    raw = environ["wsgi.input"].read(length) if length else b""
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=environ.get("QUERY_STRING", ""),
        form=dict(parse_qsl(raw.decode("utf-8", "replace"))),
        visitor=visitor,
        language=_language(environ.get("HTTP_ACCEPT_LANGUAGE", "")),
    )


def _language(accepted: str) -> str:
    """The first of a browser's languages is the one its owner chose."""
    tag = accepted.partition(",")[0].partition(";")[0].strip().lower()
    if tag.startswith(_TRADITIONAL):
        return "zh-Hant"
    return "en" if tag and not tag.startswith("zh") else "zh-Hans"
