"""Opens connections only to addresses that were checked: the acting half of the SSRF guard.

Owns resolving, pinning and the deadline of one exchange. The name is resolved once and the socket
goes to an address of that very answer, so a second, different DNS answer (rebinding) has no
effect; TLS verification, SNI and the Host header keep the name.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread

import httpcore2
import httpx2

from connectors.addresses import Address, AddressPolicy
from connectors.errors import OutboundFailed, OutboundRefused, OutboundTimeout

Clock = Callable[[], float]
Resolver = Callable[[str, int], Sequence[Address]]

DEADLINE = "tongxing_deadline"  # the request extension that carries it, on the clock's scale
_SocketOptions = Iterable[httpcore2.SOCKET_OPTION]


def resolve(host: str, port: int) -> Sequence[Address]:
    """The addresses of `host` in the system's order of preference, IPv6 and IPv4 alike.

    Raises:
        OutboundFailed: the name has no address, or the resolver did not answer.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OutboundFailed(f"{host}: no address") from error
    # A scope id cannot be an IPv6Network member and marks link-local, which is never permitted.
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return tuple(ip_address(text) for text in texts)


class _TimedStream(httpcore2.NetworkStream):
    """A stream whose every operation also ends with the exchange's deadline.

    Timeouts alone bound one read each: a peer that drips a byte a second would hold us for ever.
    """

    def __init__(self, stream: httpcore2.NetworkStream, *, deadline: float, clock: Clock) -> None:
        self._stream = stream
        self._deadline = deadline
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        bounded = remaining(timeout, self._deadline, self._clock, httpcore2.ReadTimeout)
        return self._stream.read(max_bytes, bounded)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        bounded = remaining(timeout, self._deadline, self._clock, httpcore2.WriteTimeout)
        self._stream.write(buffer, bounded)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        bounded = remaining(timeout, self._deadline, self._clock, httpcore2.ConnectTimeout)
        secured = self._stream.start_tls(ssl_context, server_hostname, bounded)
        return _TimedStream(secured, deadline=self._deadline, clock=self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _GuardedBackend(httpcore2.NetworkBackend):
    """Connects to the checked addresses of a host, in order, until one answers."""

    def __init__(self, guard: "GuardedTransport", *, deadline: float) -> None:
        self._guard = guard
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: _SocketOptions | None = None,
    ) -> httpcore2.NetworkStream:
        clock = self._guard.clock
        failure: httpcore2.NetworkError | httpcore2.TimeoutException | None = None
        bounded = remaining(timeout, self._deadline, clock, httpcore2.ConnectTimeout)
        for address in self._guard.permitted_addresses(host, port, within=bounded):
            bounded = remaining(timeout, self._deadline, clock, httpcore2.ConnectTimeout)
            try:
                stream = httpcore2.SyncBackend().connect_tcp(
                    str(address), port, bounded, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, deadline=self._deadline, clock=clock)
        raise failure or httpcore2.ConnectError(f"{host}: no address")


class _OneResponse(httpx2.SyncByteStream):
    """The body of the one response of a connection; closing it closes the connection."""

    def __init__(self, body: Iterable[bytes], connection: httpcore2.HTTPConnection) -> None:
        self._body = body
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        yield from self._body

    def close(self) -> None:
        self._connection.close()


class GuardedTransport(httpx2.BaseTransport):
    """One connection per exchange, dialed under an `AddressPolicy`.

    Connections are not kept: a kept one would outlive the check of its address. Proxies named by
    the environment are not used, since they would resolve the name a second time.
    """

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

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        connection = httpcore2.HTTPConnection(
            url.origin,
            ssl_context=self._tls_context() if url.scheme == b"https" else None,
            network_backend=_GuardedBackend(self, deadline=request.extensions[DEADLINE]),
        )
        exchange = httpcore2.Request(
            request.method,
            url,
            headers=request.headers.raw,
            content=request.read(),
            extensions=dict(request.extensions),
        )
        try:
            answer = connection.handle_request(exchange)
        except BaseException:
            connection.close()
            raise
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_OneResponse(answer.iter_stream(), connection),
        )

    def dial(self, host: str, port: int, *, within: float) -> socket.socket:
        """A plain connection to one of the checked addresses of `host`, opened `within` seconds.

        Raises:
            OutboundRefused: an address is outside the policy.
            OutboundTimeout: it took longer.
            OutboundFailed: no address, or none answered.
        """
        deadline = self.clock() + within
        try:
            for address in self.permitted_addresses(host, port, within=within):
                left = remaining(None, deadline, self.clock, httpcore2.ConnectTimeout)
                try:
                    return socket.create_connection((str(address), port), timeout=left)
                except TimeoutError as error:
                    raise OutboundTimeout(host) from error
                except OSError:
                    continue
        except httpcore2.ConnectTimeout as error:
            raise OutboundTimeout(host) from error
        raise OutboundFailed(f"{host}: no address answered")

    def permitted_addresses(self, host: str, port: int, *, within: float) -> Sequence[Address]:
        """The addresses of `host`, found `within` seconds, when every one may be reached.

        One forbidden address refuses the whole name: a name that points both outside and inside
        is an attack or a mistake, and neither deserves a connection.

        Raises:
            OutboundRefused: an address is outside the policy.
            OutboundFailed: there is none.
            httpcore2.ConnectTimeout: the resolver took longer.
        """
        addresses = address_in(host) or _resolve_within(
            within, self._resolver, host=host, port=port
        )
        return require_permitted(addresses, self._policy, host=host)

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            # Loading the system's certificates takes tens of milliseconds: once, when needed.
            self._tls = httpcore2.default_ssl_context()
        return self._tls


def address_in(host: str) -> Sequence[Address]:
    """The address that `host` is, where it is one: there is nothing to resolve."""
    try:
        return (ip_address(host),)
    except ValueError:
        return ()


def require_permitted(
    addresses: Sequence[Address], policy: AddressPolicy, *, host: str
) -> Sequence[Address]:
    """`addresses`, when every one may be reached.

    Raises:
        OutboundRefused: one is outside the policy.
    """
    for address in addresses:
        if not policy.permits(address):
            raise OutboundRefused(f"{host} resolves to {address}, which is not permitted")
    return addresses


def _resolve_within(
    seconds: float, resolver: Resolver, *, host: str, port: int
) -> Sequence[Address]:
    """What `resolver` finds in time: the system's has no timeout of its own to set.

    A thread of its own each time, since a pool's would be lost when a server forks.
    """
    found: SimpleQueue[Sequence[Address] | OutboundFailed] = SimpleQueue()

    def look_up() -> None:
        try:
            found.put(resolver(host, port))
        except OutboundFailed as error:
            found.put(error)

    Thread(target=look_up, daemon=True, name=f"resolve {host}").start()
    try:
        answer = found.get(timeout=seconds)
    except Empty:
        raise httpcore2.ConnectTimeout(f"{host}: the resolver took too long") from None
    if isinstance(answer, OutboundFailed):
        raise answer
    return answer


def remaining(
    timeout: float | None,
    deadline: float,
    clock: Clock,
    expired: type[httpcore2.TimeoutException],
) -> float:
    """Seconds until `deadline`, or `timeout` where that is less; raises `expired` when over."""
    left = deadline - clock()
    if left <= 0:
        raise expired("the exchange's total time is over")
    return left if timeout is None else min(timeout, left)
