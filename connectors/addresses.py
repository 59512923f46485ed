"""Which network addresses a call out may reach: the judgement half of the SSRF guard.

Owns the address tables (IANA special-purpose registries, read as data so that the answer does not
vary with Python's minor version). Resolving and dialing are `connectors.dialing`'s.
"""

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Never, whatever the allow-list says: link-local, multicast, unspecified, broadcast, and the
# metadata services of the clouds this runs on (AWS and most others live in 169.254/16).
_NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",
        "224.0.0.0/4",
        "255.255.255.255/32",
        "100.100.100.200/32",  # Alibaba Cloud metadata
        "168.63.129.16/32",  # Azure host agent, inside public space
        "192.0.0.192/32",  # Oracle Cloud metadata, classic
        "::/128",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
        "fd00:ec2::254/128",  # AWS metadata over IPv6
        "fd20:ce::254/128",  # Google Cloud metadata over IPv6
        "fd00:c1::a9fe:a9fe/128",  # Oracle Cloud metadata over IPv6
    )
)

# RFC 6890 and the IANA IPv4 special-purpose registry: not globally reachable.
_IPV4_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
    )
)

# Only 2000::/3 is global unicast (RFC 4291 §2.4); these parts of it are not ordinary hosts.
_IPV6_GLOBAL = IPv6Network("2000::/3")
_IPV6_NOT_PUBLIC: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "3fff::/20",
    )
)

# Forms that carry an IPv4 address inside: judged by the address the packet would end at.
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052 §2.1
_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291 §2.5.5.2
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")  # RFC 2765 §2.1
_COMPATIBLE = IPv6Network("::/96")  # RFC 4291 §2.5.5.1, deprecated
_SIX_TO_FOUR = IPv6Network("2002::/16")  # RFC 3056 §2
_IPV4_BITS = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPolicy:
    """Public networks, plus networks named one by one; development adds loopback and http.

    Attributes:
        allowed_networks: networks outside public space that were approved, as CIDRs.
        permits_loopback: this machine may be called. Development only.
        permits_http: `http://` may be called. Development, and inside an approved network.
    """

    allowed_networks: tuple[Network, ...] = ()
    permits_loopback: bool = False
    permits_http: bool = False

    @classmethod
    def production(cls, *cidrs: str) -> "AddressPolicy":
        """Public networks over https, plus `cidrs`.

        Raises:
            ValueError: one of them is not a network in CIDR form.
        """
        return cls(allowed_networks=tuple(ip_network(text) for text in cidrs))

    @classmethod
    def development(cls) -> "AddressPolicy":
        """Public networks and this machine, with http."""
        return cls(permits_loopback=True, permits_http=True)

    def permits(self, address: Address) -> bool:
        """Whether a connection to `address` may be opened."""
        target = destination(address)
        if _is_within(target, _NEVER):
            return False
        if target.is_loopback:
            return self.permits_loopback
        return _is_within(target, self.allowed_networks) or is_public(target)


def destination(address: Address) -> Address:
    """The address a packet to `address` would end at, seen through IPv4-in-IPv6 forms."""
    if isinstance(address, IPv4Address) or address == IPv6Address("::1"):
        return address
    bits = int(address)
    if address in _SIX_TO_FOUR:
        return IPv4Address((bits >> 80) & _IPV4_BITS)
    if bits and _is_within(address, (_NAT64, _MAPPED, _TRANSLATED, _COMPATIBLE)):
        return IPv4Address(bits & _IPV4_BITS)
    return IPv6Address(bits)  # without its scope, which `in` would ignore anyway


def is_public(address: Address) -> bool:
    """Whether `address` (already seen through, see `destination`) is an ordinary public host."""
    if isinstance(address, IPv4Address):
        return not _is_within(address, _IPV4_NOT_PUBLIC)
    return address in _IPV6_GLOBAL and not _is_within(address, _IPV6_NOT_PUBLIC)


def _is_within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
