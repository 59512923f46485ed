"""Whom to believe about the address a request came from: only the proxies that were configured.

Everything a stranger says about it (`X-Forwarded-*`, `Forwarded`, the client-certificate header)
is removed before any room sees the request.
"""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any

from idp.conf import ProviderSettings

_SPOKEN_BY_PROXIES = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)


class Forwarding:
    """Rewrites a WSGI environment to what the outermost trusted proxy saw."""

    def __init__(self, settings: ProviderSettings) -> None:
        """Trust nobody unless the issuer is https: without TLS no proxy is expected."""
        self._networks = settings.trusted_proxies if settings.is_https else ()
        header = settings.client_certificate_header
        self._certificate = "HTTP_" + header.upper().replace("-", "_")
        self._removed = (*_SPOKEN_BY_PROXIES, self._certificate)
        self._is_trusted = lru_cache(maxsize=1024)(self._belongs)

    def apply(self, environ: dict[str, Any]) -> None:
        """Believe a trusted proxy's headers, remove a stranger's."""
        if not (self._networks and self._is_trusted(environ.get("REMOTE_ADDR", ""))):
            for name in self._removed:
                environ.pop(name, None)
            return
        if (chain := environ.get("HTTP_X_FORWARDED_FOR")) is not None:
            environ["REMOTE_ADDR"] = self._outermost(chain)
        scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        if host := environ.get("HTTP_X_FORWARDED_HOST", "").rpartition(",")[2].strip():
            environ["HTTP_HOST"] = host

    def _outermost(self, chain: str) -> str:
        """Return the last address that is not a proxy of ours: what is before it may be made up."""
        addresses = [part.strip() for part in chain.split(",")]
        for address in reversed(addresses):
            if not self._is_trusted(address):
                return address
        return addresses[0]

    def _belongs(self, address: str) -> bool:
        return _is_within(address, self._networks)


def _is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    candidates = (parsed, mapped) if mapped else (parsed,)
    return any(one in network for network in networks for one in candidates)
