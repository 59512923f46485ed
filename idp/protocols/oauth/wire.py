"""The wire's values: one parsed request, one response. Framework-free.

Parsing is strict here and nowhere else: repeated parameters, bad UTF-8 and oversized bodies
are refused before any handler runs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_plus

import orjson

from idp.protocols.oauth.errors import InvalidRequest, OAuthError

MAX_BODY_BYTES = 65_536
MAX_PARAMETERS = 64
REPEATABLE = frozenset({"resource"})
"""RFC 8707 §2: `resource` may appear more than once; RFC 6749 §3.1 forbids it to all others."""

Parameters = Mapping[str, str]
_NO_COOKIES: Final[Parameters] = MappingProxyType({})


class WireRequest(NamedTuple):
    """One HTTP request as the doors see it: below a view nobody sees the framework's.

    The wire's values are named tuples: as frozen as the house's dataclasses, and made in a
    fraction of their time, several times a request.
    """

    method: str
    path: str
    query: str = ""
    content_type: str = ""
    body: bytes = b""
    authorization: str = ""
    accept: str = ""
    accept_language: str = ""
    cookies: Parameters = _NO_COOKIES
    remote_address: str = ""
    origin: str = ""
    user_agent: str = ""

    def __repr__(self) -> str:
        return f"WireRequest({self.method} {self.path})"  # the rest may hold secrets

    def query_parameters(self) -> "Form":
        return parse_form(self.query.encode("ascii", "replace"))

    def form_parameters(self) -> "Form":
        """The body's parameters. RFC 6749 §3.2: the client MUST use POST with a form body."""
        media_type = self.content_type.split(";", 1)[0].strip().lower()
        if media_type != "application/x-www-form-urlencoded":
            raise InvalidRequest("The body must be application/x-www-form-urlencoded.")
        return parse_form(self.body)


class Form(NamedTuple):
    """Decoded parameters: `single` by name; `resource` keeps all its values, in order."""

    single: Parameters
    resources: tuple[str, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.single.get(name, default)


class WireResponse(NamedTuple):
    """One HTTP answer, before it is given its length."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


Handler = Callable[[WireRequest], WireResponse]

NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON = (("Content-Type", "application/json"),)


def parse_form(raw: bytes) -> Form:
    """Decode `application/x-www-form-urlencoded`.

    Raises:
        InvalidRequest: RFC 6749 §3.1 "Request and response parameters MUST NOT be included
            more than once"; also for bad UTF-8, bad syntax, or more than 64 parameters.
    """
    single: dict[str, str] = {}
    resources: list[str] = []
    seen: set[str] = set()
    for name, value in _pairs(raw):
        if name in REPEATABLE:
            resources.append(value)
            continue
        if name in seen:
            raise InvalidRequest(f"The parameter {_shown(name)} is repeated.")
        seen.add(name)
        if "\x00" in value:
            raise InvalidRequest(f"The parameter {_shown(name)} holds a NUL.")
        if value:
            # RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were
            # omitted from the request."
            single[name] = value
    return Form(single=single, resources=tuple(resources))


def _pairs(raw: bytes) -> Iterator[tuple[str, str]]:
    """Names and values, decoded: what `urllib.parse.parse_qsl` does, without its generality."""
    try:
        parts = raw.decode("ascii").split("&")
        if len(parts) > MAX_PARAMETERS:
            raise InvalidRequest("There are too many parameters.")
        for part in parts:
            name, _, value = part.partition("=")
            if "%" in part or "+" in part:
                name = unquote_plus(name, errors="strict")
                value = unquote_plus(value, errors="strict")
            if part:
                yield name, value
    except UnicodeDecodeError as problem:
        raise InvalidRequest("The parameters are not valid UTF-8 form data.") from problem


def json_response(
    document: Any, *, status: int = HTTPStatus.OK, headers: Iterable[tuple[str, str]] = NO_STORE
) -> WireResponse:
    return WireResponse(status=status, headers=(*JSON, *headers), body=orjson.dumps(document))


def error_response(problem: OAuthError) -> WireResponse:
    """RFC 6749 §5.2; a failed client authentication also names the scheme (RFC 7235)."""
    document = {"error": problem.code, "error_description": ascii_only(problem.description)}
    headers: tuple[tuple[str, str], ...] = NO_STORE
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers = (*headers, ("WWW-Authenticate", 'Basic realm="tongxing", charset="UTF-8"'))
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = (*headers, ("Retry-After", "2"))
    return json_response(document, status=problem.status, headers=headers)


def _shown(name: str) -> str:
    """A name the sender chose, safe to show: no sentence can be made of it in any language."""
    return "".join(c for c in name[:40] if c.isascii() and (c.isalnum() or c in "_-.")) or "?"


def ascii_only(text: str) -> str:
    """RFC 6749 §5.2: error_description MUST stay within %x20-21 / %x23-5B / %x5D-7E."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "'" for c in text)
