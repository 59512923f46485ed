"""From WSGI to the doors' wire values and back: a thin skin around framework-free handlers."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from deploy.house import Endpoint, Environ, StartResponse
from idp.protocols.oauth.wire import Handler, WireRequest, WireResponse

_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def endpoint(handler: Handler) -> Endpoint:
    """Serve a handler as WSGI. Bodies were bounded before (`deploy.wsgi`)."""

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return respond(handler(wire_request(environ)), environ, start_response)

    return serve


def document(handler: Handler) -> Endpoint:
    """Serve a published document: it depends on the method alone, so nothing else is read.

    The handler gives the same answer again while the document stands; its headers are made ready
    once for each.
    """
    made: tuple[WireResponse, list[tuple[str, str]]] | None = None

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        nonlocal made
        method = environ["REQUEST_METHOD"]
        answer = handler(WireRequest(method, environ["PATH_INFO"]))
        if method != "GET":
            return respond(answer, environ, start_response)
        ready = made
        if ready is None or ready[0] is not answer:
            ready = made = (answer, _headers(answer))
        start_response(_STATUS_LINES[answer.status], ready[1])
        return [answer.body]

    return serve


def wire_request(environ: Environ) -> WireRequest:
    """What a door sees of a request."""
    length = environ.get("CONTENT_LENGTH")
    get = environ.get
    return WireRequest(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=get("QUERY_STRING", ""),
        content_type=get("CONTENT_TYPE", ""),
        body=environ["wsgi.input"].read(int(length)) if length else b"",
        authorization=get("HTTP_AUTHORIZATION", ""),
        accept=get("HTTP_ACCEPT", ""),
        accept_language=get("HTTP_ACCEPT_LANGUAGE", ""),
        cookies=_cookies(get("HTTP_COOKIE", "")),
        remote_address=get("REMOTE_ADDR", ""),
        origin=get("HTTP_ORIGIN", ""),
        user_agent=get("HTTP_USER_AGENT", ""),
    )


def respond(
    answer: WireResponse, environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """Send a wire response; HEAD gets the headers of GET (RFC 9110 §9.3.2)."""
    start_response(_STATUS_LINES[answer.status], _headers(answer))
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]


def _headers(answer: WireResponse) -> list[tuple[str, str]]:
    return [*answer.headers, ("Content-Length", str(len(answer.body)))]


def _cookies(header: str) -> Mapping[str, str]:
    """The first of each name; RFC 6265 §5.4 puts the most specific path first."""
    found: dict[str, str] = {}
    for pair in header.split(";") if header else ():
        name, mark, value = pair.partition("=")
        if mark:
            found.setdefault(name.strip(), value.strip().strip('"'))
    return found
