"""Counting requests per address: whole service halls sit behind one, so it is only slowed."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from idp.foundation.storage import ShortLivedStore

_IPV6_PREFIX: Final = 64
_HOUR: Final = 3_600


def counted_address(address: str) -> str:
    """The address that limits count: IPv6 by /64, since a household may use them all."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ip_network((parsed, _IPV6_PREFIX), strict=False))
    return str(parsed)


def pause_of(store: ShortLivedStore, key: str, *, per_hour: int) -> int:
    """Seconds until an address may try again; 0 where it may now, which this counts.

    After `per_hour` in an hour it is let through at the pace of that many an hour: a flood becomes
    a trickle, and whoever else sits behind the address is never shut out.
    """
    if store.increment(key, ttl=_HOUR) <= per_hour:
        return 0
    pace = max(1, _HOUR // max(1, per_hour))
    return 0 if store.add(f"{key}:trickle", b"", ttl=pace) else pace
