"""The WSGI application: hot paths by a dict on the path, everything else by Django.

What every request goes through stands in `Application.__call__`, in order: a name, the proxy's
word, the size limit, the endpoint, one access line.
"""

import os
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import django
import structlog
from django.db import close_old_connections

from deploy.access_log import AccessLog, Line, RequestIds
from deploy.forwarded import Forwarding
from deploy.health import live, ready
from deploy.house import ECHOED, Endpoint, Environ, House, StartResponse
from deploy.postgresql.held import HELD
from deploy.unreachable import RETRY_AFTER, UNREACHABLE
from idp.conf import ProviderSettings
from idp.foundation.clock import Clock, SystemClock

_log = structlog.get_logger(__name__)
_HSTS_SECONDS = 63_072_000  # two years, as in deploy.settings.production
_SERVER_ERRORS = 500
_FAILED = b'{"error":"server_error"}'
_UNAVAILABLE = b'{"error":"temporarily_unavailable"}'


class Application:
    """One process's front door."""

    def __init__(
        self, house: House, *, pages: Endpoint, access_log: AccessLog, clock: Clock
    ) -> None:
        """Take the wired house and Django's handler for all that is not hot."""
        self._clock = clock
        self._endpoints = {
            **house.hot_paths,
            "/healthz/live": live,
            "/healthz/ready": ready(house.probes),
        }
        self._prefixes = tuple(house.hot_prefixes.items())
        self._pages = pages
        self._access_log = access_log
        self._forwarding = Forwarding(house.settings)
        self._ids = RequestIds()
        self._protecting = _protecting(house.settings)
        self._body_limit = house.settings.limits.body_bytes

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        started = self._clock.monotonic()
        request_id = self._ids.next()
        environ["tongxing.request_id"] = request_id
        self._forwarding.apply(environ)
        path = environ["PATH_INFO"]
        endpoint = self._endpoints.get(path) or self._below(path)
        protecting = self._protecting if endpoint else ()  # Django's middleware has its own
        answered = 500

        def begin(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            nonlocal answered
            answered = int(status[:3])
            told = [*headers, *protecting, ("X-Request-Id", environ.get(ECHOED, request_id))]
            return start_response(status, told, *exc_info)

        try:
            return self._dispatch(endpoint, environ, begin)
        except UNREACHABLE:
            _log.exception("unreachable", request_id=request_id, path=path[:200])
            return _wait(begin)
        except Exception:  # noqa: BLE001 - the outermost handler of a request
            _log.exception("request_failed", request_id=request_id, path=path[:200])
            return _fail(begin)
        finally:
            if endpoint and (HELD.is_any or answered >= _SERVER_ERRORS):
                # At the end of its requests Django gives connections back, and looks whether one
                # still serves; in front of it nobody would.
                close_old_connections()
            now, seconds = self._clock.now(), self._clock.monotonic() - started
            method = environ["REQUEST_METHOD"]
            self._access_log.add(Line(now, method, path, answered, seconds, request_id))

    def _dispatch(
        self, endpoint: Endpoint | None, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        if endpoint is None:
            return self._pages(environ, start_response)
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} and not self._accept_body(environ):
            return _refuse_body(start_response)
        return endpoint(environ, start_response)

    def _below(self, path: str) -> Endpoint | None:
        """An endpoint that serves every address under its own."""
        for prefix, endpoint in self._prefixes:
            if path.startswith(prefix):
                return endpoint
        return None

    def _accept_body(self, environ: Environ) -> bool:
        """Bound the body, and give one without a length its length."""
        length = environ.get("CONTENT_LENGTH") or ""
        if length:
            return length.isdecimal() and int(length) <= self._body_limit
        body: bytes = environ["wsgi.input"].read(self._body_limit + 1)
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        return len(body) <= self._body_limit


def _protecting(settings: ProviderSettings) -> tuple[tuple[str, str], ...]:
    """Headers of every answer that Django's middleware does not see."""
    headers = (("X-Content-Type-Options", "nosniff"),)
    if not settings.is_https:
        return headers
    return (*headers, ("Strict-Transport-Security", f"max-age={_HSTS_SECONDS}"))


def _refuse_body(start_response: StartResponse) -> list[bytes]:
    body = b'{"error":"invalid_request","error_description":"The request body is too large."}'
    start_response("413 Content Too Large", _json_headers(body))
    return [body]


def _fail(start_response: StartResponse) -> list[bytes]:
    start_response("500 Internal Server Error", _json_headers(_FAILED))
    return [_FAILED]


def _wait(start_response: StartResponse) -> list[bytes]:
    """What a room needs cannot be reached, and it had no words of its own for that."""
    headers = [*_json_headers(_UNAVAILABLE), ("Retry-After", str(RETRY_AFTER))]
    start_response("503 Service Unavailable", headers)
    return [_UNAVAILABLE]


def _json_headers(body: bytes) -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-store"),
        ("Content-Length", str(len(body))),
    ]


def create_application() -> Application:
    """Set Django up, refuse what the profile refuses, wire the house."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.development")
    django.setup(set_prefix=False)
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    from deploy.composition import house
    from deploy.logging import configure
    from deploy.production import require_safe

    configure()
    require_safe(settings.PROVIDER)
    wired = house()
    wired.listen()
    return Application(wired, pages=WSGIHandler(), access_log=AccessLog(), clock=SystemClock())


def __getattr__(name: str) -> Any:
    """Make `application` when a server first asks for it, so that importing costs nothing."""
    if name == "application":
        globals()["application"] = create_application()
        return globals()["application"]
    raise AttributeError(name)
