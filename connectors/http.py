"""The one way out: every call this product makes to another host goes through `OutboundClient`.

Owns timeouts, size caps, content-type checks, retries and the circuit breaker. Which addresses
may be reached is `connectors.addresses`', how they are reached `connectors.dialing`'s. Nothing
here logs a URL: paths, queries and bodies carry people.
"""

import json
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlencode

import httpcore2
import httpx2

from connectors.addresses import AddressPolicy
from connectors.breaker import CircuitBreaker
from connectors.dialing import DEADLINE, Clock, GuardedTransport, Resolver, resolve
from connectors.errors import (
    OutboundAnswerRejected,
    OutboundCircuitOpen,
    OutboundFailed,
    OutboundRefused,
    OutboundTimeout,
)

FORM = "application/x-www-form-urlencoded"
JSON_TYPES = ("application/json", "application/jwk-set+json")
DEFAULT_TIMEOUT = 10.0
DEFAULT_MAX_BYTES = 256 * 1024
_ATTEMPTS = 2
_RETRIED_STATUS = frozenset({502, 503, 504})

# A name as DNS has it (international ones in punycode), or an address; `raw_host` has no brackets.
_HOST = re.compile(rb"[0-9A-Za-z._:-]+")

Fields = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to connect, to wait for the next byte, and for the whole exchange with retries."""

    connect: float = 3.0
    read: float = 8.0
    total: float = DEFAULT_TIMEOUT

    @classmethod
    def within(cls, total: float) -> "Timeouts":
        """Timeouts for an exchange that must end within `total` seconds."""
        return cls(connect=min(cls().connect, total), read=total, total=total)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRequest:
    """One call out.

    Attributes:
        accepts: media types believed in the answer, without parameters; empty means any.
        is_idempotent: sending it twice does no more than once, so it may be retried.
        max_bytes: the largest answer body that is read.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    accepts: tuple[str, ...] = ()
    is_idempotent: bool = False
    max_bytes: int = DEFAULT_MAX_BYTES
    timeouts: Timeouts = Timeouts()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundResponse:
    """A whole answer of any status; header names are lower case, repeated ones joined."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def media_type(self) -> str:
        """The content type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class OutboundClient:
    """Calls other hosts under an address policy. Safe to share between threads.

    Redirects are not followed (a 3xx is an answer like any other), cookies and proxies of the
    environment are not used, compressed answers are not asked for and not believed.
    `clock` counts monotonic seconds. `transport` replaces the network; the policy then judges the
    scheme alone.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        clock: Clock,
        transport: httpx2.BaseTransport | None = None,
        breaker: CircuitBreaker | None = None,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._clock = clock
        self._breaker = breaker
        self._transport = transport or GuardedTransport(
            policy, clock=clock, resolver=resolver, tls=tls
        )

    def get_json(
        self,
        url: str,
        *,
        max_bytes: int = DEFAULT_MAX_BYTES,
        timeout: float = DEFAULT_TIMEOUT,
        headers: Mapping[str, str] | None = None,
    ) -> object:
        """Fetch a JSON document; `timeout` is total seconds. A failed connection is tried twice.

        Raises:
            OutboundError: refused, timed out, failed, not 200, too large, not JSON.
        """
        request = OutboundRequest(
            method="GET",
            url=url,
            headers={"Accept": ", ".join(JSON_TYPES), **(headers or {})},
            accepts=JSON_TYPES,
            is_idempotent=True,
            max_bytes=max_bytes,
            timeouts=Timeouts.within(timeout),
        )
        return parse_json(require_ok(self.send(request)))

    def get_text(
        self,
        url: str,
        *,
        accepts: tuple[str, ...],
        max_bytes: int = DEFAULT_MAX_BYTES,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> str:
        """Fetch a UTF-8 document of one of the media types `accepts` (a signed request object).

        Raises:
            OutboundError: refused, timed out, failed, not 200, too large, of another type.
        """
        request = OutboundRequest(
            method="GET",
            url=url,
            headers={"Accept": ", ".join(accepts)},
            accepts=accepts,
            is_idempotent=True,
            max_bytes=max_bytes,
            timeouts=Timeouts.within(timeout),
        )
        try:
            return require_ok(self.send(request)).body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise OutboundAnswerRejected("the answer is not UTF-8") from error

    def post_form(
        self,
        url: str,
        data: Fields,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = DEFAULT_MAX_BYTES,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> OutboundResponse:
        """Send a form once and return the answer whatever its status; the caller judges it.

        Raises:
            OutboundError: refused, timed out, failed, too large.
        """
        return self.send(
            OutboundRequest(
                method="POST",
                url=url,
                headers={"Content-Type": FORM, **(headers or {})},
                body=urlencode(data).encode("ascii"),
                max_bytes=max_bytes,
                timeouts=Timeouts.within(timeout),
            )
        )

    def send(self, request: OutboundRequest) -> OutboundResponse:
        """Make one call, with one more try where the request is idempotent and time is left.

        Raises:
            OutboundRefused: the URL or an address of its host is outside the policy.
            OutboundCircuitOpen: the service is resting.
            OutboundTimeout: `timeouts` ran out.
            OutboundFailed: no connection, or it broke.
            OutboundAnswerRejected: the answer is too large, encoded, or of another media type.
        """
        target = require_callable_url(request.url, self._policy)
        service = f"{target.scheme}://{target.netloc.decode('ascii')}"
        if self._breaker is not None and not self._breaker.admits(service):
            raise OutboundCircuitOpen(service)
        deadline = self._clock() + request.timeouts.total
        try:
            response = self._attempts(request, target, deadline=deadline)
        except (OutboundTimeout, OutboundFailed):
            self._record(service, is_success=False)
            raise
        self._record(service, is_success=response.status < 500)
        require_believable(response, request)
        return response

    def close(self) -> None:
        """Release what the transport holds."""
        self._transport.close()

    def _record(self, service: str, *, is_success: bool) -> None:
        if self._breaker is None:
            return
        if is_success:
            self._breaker.record_success(service)
        else:
            self._breaker.record_failure(service)

    def _attempts(
        self, request: OutboundRequest, target: httpx2.URL, *, deadline: float
    ) -> OutboundResponse:
        for _ in range(_ATTEMPTS - 1 if request.is_idempotent else 0):
            try:
                response = self._once(request, target, deadline=deadline)
            except OutboundFailed:
                continue
            if response.status not in _RETRIED_STATUS:
                return response
        return self._once(request, target, deadline=deadline)

    def _once(
        self, request: OutboundRequest, target: httpx2.URL, *, deadline: float
    ) -> OutboundResponse:
        timeouts = request.timeouts
        sent = httpx2.Request(
            request.method,
            target,
            headers={
                "User-Agent": "tongxing",
                "Accept-Encoding": "identity",
                "Connection": "close",
                **request.headers,
            },
            content=request.body or None,
            extensions={
                "timeout": {
                    "connect": timeouts.connect,
                    "read": timeouts.read,
                    "write": timeouts.read,
                    "pool": timeouts.connect,
                },
                DEADLINE: deadline,
            },
        )
        host = target.host
        try:
            answer = self._transport.handle_request(sent)
            return _read(answer, max_bytes=request.max_bytes)
        except (httpcore2.TimeoutException, httpx2.TimeoutException) as error:
            raise OutboundTimeout(host) from error
        except (
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpx2.TransportError,
            ssl.SSLError,
            OSError,
        ) as error:
            raise OutboundFailed(f"{host}: {type(error).__name__}") from error


def require_callable_url(url: str, policy: AddressPolicy) -> httpx2.URL:
    """The parsed `url`, when its scheme and shape may be called at all.

    Raises:
        OutboundRefused: not an absolute URL, not https (unless permitted), or with credentials.
    """
    try:
        target = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        raise OutboundRefused("not a URL") from error
    if target.scheme != "https" and not (target.scheme == "http" and policy.permits_http):
        raise OutboundRefused(f"scheme {target.scheme!r} is not permitted")
    if _HOST.fullmatch(target.raw_host) is None:
        raise OutboundRefused("a URL without a proper host")
    if target.userinfo:
        raise OutboundRefused(f"{target.host}: credentials in a URL")
    return target.copy_with(fragment=None) if target.fragment else target


def require_believable(response: OutboundResponse, request: OutboundRequest) -> None:
    """Refuse a body in a media type that was not asked for; error answers may be of any type.

    Raises:
        OutboundAnswerRejected: it is.
    """
    if request.accepts and response.is_success and response.media_type not in request.accepts:
        raise OutboundAnswerRejected(f"media type {response.media_type!r}", status=response.status)


def require_ok(response: OutboundResponse) -> OutboundResponse:
    """The response, when its status is 200.

    Raises:
        OutboundAnswerRejected: it is another.
    """
    if response.status != 200:
        raise OutboundAnswerRejected(f"status {response.status}", status=response.status)
    return response


def parse_json(response: OutboundResponse) -> object:
    """The JSON value of the body, which must be UTF-8 (RFC 8259 §8.1).

    Raises:
        OutboundAnswerRejected: it is no JSON.
    """
    try:
        parsed: object = json.loads(response.body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise OutboundAnswerRejected("the answer is not JSON", status=response.status) from error
    return parsed


def _read(answer: httpx2.Response, *, max_bytes: int) -> OutboundResponse:
    headers = answer.headers
    try:
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise OutboundAnswerRejected("an encoded body", status=answer.status_code)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > max_bytes:
            raise OutboundAnswerRejected("the answer is too large", status=answer.status_code)
        body = bytearray()
        for chunk in cast("httpx2.SyncByteStream", answer.stream):
            body += chunk
            if len(body) > max_bytes:
                raise OutboundAnswerRejected("the answer is too large", status=answer.status_code)
    finally:
        answer.close()
    return OutboundResponse(
        status=answer.status_code,
        headers={name.lower(): value for name, value in headers.items()},
        body=bytes(body),
    )
