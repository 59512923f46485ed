"""The one way out: every call this product makes to another host goes through `OutboundClient`.

Owns timeouts, size caps, content-type checks, retries and the circuit breaker. Which addresses
may be reached is `connectors.addresses`', how they are reached `connectors.dialing`'s, what an
answer is `connectors.exchange`'s. Nothing here logs a URL: paths, queries and bodies carry people.
"""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlencode

import httpcore2
import httpx2

from connectors.addresses import AddressPolicy
from connectors.breaker import CircuitBreaker
from connectors.dialing import DEADLINE, Clock, GuardedTransport, Resolver, resolve
from connectors.dialing_awaited import GuardedAsyncTransport
from connectors.errors import (
    OutboundAnswerRejected,
    OutboundCircuitOpen,
    OutboundFailed,
    OutboundTimeout,
)
from connectors.exchange import (
    DEFAULT_MAX_BYTES,
    DEFAULT_TIMEOUT,
    OutboundRequest,
    OutboundResponse,
    Timeouts,
    parse_json,
    require_believable,
    require_callable_url,
    require_ok,
    require_readable,
    whole,
)

__all__ = [
    "DEFAULT_MAX_BYTES",
    "FORM",
    "JSON_TYPES",
    "OutboundClient",
    "OutboundRequest",
    "OutboundResponse",
    "Timeouts",
    "parse_json",
    "require_believable",
    "require_callable_url",
    "require_ok",
]

FORM = "application/x-www-form-urlencoded"
JSON_TYPES = ("application/json", "application/jwk-set+json")
_ATTEMPTS = 2
_RETRIED_STATUS = frozenset({502, 503, 504})

Fields = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A call that may be made: where it goes, and until when it has."""

    request: OutboundRequest
    target: httpx2.URL = field(repr=False)
    service: str
    deadline: float

    def sent(self) -> httpx2.Request:
        """The request as the transport takes it; one for each try."""
        request, timeouts = self.request, self.request.timeouts
        return httpx2.Request(
            request.method,
            self.target,
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
                DEADLINE: self.deadline,
            },
        )


class _Body:
    """A body as it arrives, no longer than is read."""

    def __init__(self, answer: httpx2.Response, *, most: int) -> None:
        self.taken = bytearray()
        self._status = answer.status_code
        self._most = most

    def take(self, chunk: bytes) -> None:
        self.taken += chunk
        if len(self.taken) > self._most:
            raise OutboundAnswerRejected("the answer is too large", status=self._status)


@contextmanager
def _told_plainly(host: str) -> Iterator[None]:
    """The libraries' errors, and the network's, as ours."""
    try:
        yield
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


def _tries(request: OutboundRequest) -> int:
    return _ATTEMPTS if request.is_idempotent else 1


class OutboundClient:
    """Calls other hosts under an address policy. Safe to share between threads.

    Redirects are not followed (a 3xx is an answer like any other), cookies and proxies of the
    environment are not used, compressed answers are not asked for and not believed.
    `clock` counts monotonic seconds. `transport` replaces the network for `send`; the policy
    then judges the scheme alone.
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
        self._awaited = GuardedAsyncTransport(policy, clock=clock, resolver=resolver, tls=tls)

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
        call = self._begin(request)
        try:
            for _ in range(_tries(request) - 1):
                try:
                    response = self._once(call)
                except OutboundFailed:
                    continue
                if response.status not in _RETRIED_STATUS:
                    break
            else:
                response = self._once(call)
        except (OutboundTimeout, OutboundFailed):
            self._record(call.service, is_success=False)
            raise
        return self._end(call, response)

    async def asend(self, request: OutboundRequest) -> OutboundResponse:
        """`send`, awaited: hundreds of calls can wait in one thread. Raises as `send` does."""
        call = self._begin(request)
        try:
            for _ in range(_tries(request) - 1):
                try:
                    response = await self._once_awaited(call)
                except OutboundFailed:
                    continue
                if response.status not in _RETRIED_STATUS:
                    break
            else:
                response = await self._once_awaited(call)
        except (OutboundTimeout, OutboundFailed):
            self._record(call.service, is_success=False)
            raise
        return self._end(call, response)

    def close(self) -> None:
        """Release what the transport holds."""
        self._transport.close()

    def _begin(self, request: OutboundRequest) -> _Call:
        target = require_callable_url(request.url, self._policy)
        service = f"{target.scheme}://{target.netloc.decode('ascii')}"
        if self._breaker is not None and not self._breaker.admits(service):
            raise OutboundCircuitOpen(service)
        deadline = self._clock() + request.timeouts.total
        return _Call(request=request, target=target, service=service, deadline=deadline)

    def _end(self, call: _Call, response: OutboundResponse) -> OutboundResponse:
        self._record(call.service, is_success=response.status < 500)
        require_believable(response, call.request)
        return response

    def _record(self, service: str, *, is_success: bool) -> None:
        if self._breaker is None:
            return
        if is_success:
            self._breaker.record_success(service)
        else:
            self._breaker.record_failure(service)

    def _once(self, call: _Call) -> OutboundResponse:
        with _told_plainly(call.target.host):
            answer = self._transport.handle_request(call.sent())
            try:
                require_readable(answer, max_bytes=call.request.max_bytes)
                body = _Body(answer, most=call.request.max_bytes)
                for chunk in cast("httpx2.SyncByteStream", answer.stream):
                    body.take(chunk)
            finally:
                answer.close()
        return whole(answer, bytes(body.taken))

    async def _once_awaited(self, call: _Call) -> OutboundResponse:
        with _told_plainly(call.target.host):
            answer = await self._awaited.handle_async_request(call.sent())
            try:
                require_readable(answer, max_bytes=call.request.max_bytes)
                body = _Body(answer, most=call.request.max_bytes)
                async for chunk in cast("httpx2.AsyncByteStream", answer.stream):
                    body.take(chunk)
            finally:
                await answer.aclose()
        return whole(answer, bytes(body.taken))
