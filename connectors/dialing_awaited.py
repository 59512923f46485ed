"""Opens connections only to addresses that were checked, without a thread that waits.

Owns the awaited twin of `connectors.dialing`, under the same policy and with the same promise: the
name is resolved once, and the socket goes to an address of that very answer.
"""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence

import httpcore2
import httpx2

from connectors.addresses import Address, AddressPolicy
from connectors.dialing import (
    DEADLINE,
    Clock,
    Resolver,
    address_in,
    remaining,
    require_permitted,
    resolve,
)


class _TimedAsyncStream(httpcore2.AsyncNetworkStream):
    """A stream whose every operation also ends with the exchange's deadline."""

    def __init__(
        self, stream: httpcore2.AsyncNetworkStream, *, deadline: float, clock: Clock
    ) -> None:
        self._stream = stream
        self._deadline = deadline
        self._clock = clock

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as the base has it
        bounded = remaining(timeout, self._deadline, self._clock, httpcore2.ReadTimeout)
        return await self._stream.read(max_bytes, bounded)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as the base has it
        bounded = remaining(timeout, self._deadline, self._clock, httpcore2.WriteTimeout)
        await self._stream.write(buffer, bounded)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as the base has it
    ) -> httpcore2.AsyncNetworkStream:
        bounded = remaining(timeout, self._deadline, self._clock, httpcore2.ConnectTimeout)
        secured = await self._stream.start_tls(ssl_context, server_hostname, bounded)
        return _TimedAsyncStream(secured, deadline=self._deadline, clock=self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _GuardedAsyncBackend(httpcore2.AsyncNetworkBackend):
    """Connects to the checked addresses of a host, in order, until one answers."""

    def __init__(self, guard: "GuardedAsyncTransport", *, deadline: float) -> None:
        self._guard = guard
        self._deadline = deadline

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as the base has it
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        clock = self._guard.clock
        failure: httpcore2.NetworkError | httpcore2.TimeoutException | None = None
        bounded = remaining(timeout, self._deadline, clock, httpcore2.ConnectTimeout)
        for address in await self._guard.permitted_addresses(host, port, within=bounded):
            bounded = remaining(timeout, self._deadline, clock, httpcore2.ConnectTimeout)
            try:
                stream = await httpcore2.AnyIOBackend().connect_tcp(
                    str(address), port, bounded, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedAsyncStream(stream, deadline=self._deadline, clock=clock)
        raise failure or httpcore2.ConnectError(f"{host}: no address")


class _OneAsyncResponse(httpx2.AsyncByteStream):
    """The body of the one response of a connection; closing it closes the connection."""

    def __init__(
        self, body: AsyncIterable[bytes], connection: httpcore2.AsyncHTTPConnection
    ) -> None:
        self._body = body
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        await self._connection.aclose()


class GuardedAsyncTransport(httpx2.AsyncBaseTransport):
    """One connection per exchange, dialed under an `AddressPolicy`, on the running event loop."""

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        clock: Clock,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.clock = clock
        self._policy = policy
        self._resolver = resolver
        self._tls = tls

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        connection = httpcore2.AsyncHTTPConnection(
            url.origin,
            ssl_context=self._tls_context() if url.scheme == b"https" else None,
            network_backend=_GuardedAsyncBackend(self, deadline=request.extensions[DEADLINE]),
        )
        exchange = httpcore2.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.read(),
            extensions=dict(request.extensions),
        )
        try:
            answer = await connection.handle_async_request(exchange)
        except BaseException:
            await connection.aclose()
            raise
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_OneAsyncResponse(answer.aiter_stream(), connection),
        )

    async def permitted_addresses(
        self, host: str, port: int, *, within: float
    ) -> Sequence[Address]:
        """The addresses of `host`, found `within` seconds, when every one may be reached.

        The system's resolver has no awaited form that is as thorough: it runs on the loop's few
        threads, and one that is stuck holds one of them, not the loop.

        Raises:
            OutboundRefused: an address is outside the policy.
            OutboundFailed: there is none.
            httpcore2.ConnectTimeout: the resolver took longer.
        """
        if literal := address_in(host):
            return require_permitted(literal, self._policy, host=host)
        looked_up = asyncio.get_running_loop().run_in_executor(None, self._resolver, host, port)
        try:
            addresses = await asyncio.wait_for(looked_up, within)
        except TimeoutError:
            raise httpcore2.ConnectTimeout(f"{host}: the resolver took too long") from None
        return require_permitted(addresses, self._policy, host=host)

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = httpcore2.default_ssl_context()
        return self._tls
