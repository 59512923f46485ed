from ipaddress import ip_address, ip_network

import pytest

from connectors.addresses import AddressPolicy, destination

PRODUCTION = AddressPolicy.production()
DEVELOPMENT = AddressPolicy.development()
EVERYTHING = AddressPolicy(
    allowed_networks=(ip_network("0.0.0.0/0"), ip_network("::/0")), permits_loopback=True
)
ASVS = pytest.mark.spec("ASVS 5.0 §1.3.6", "protect against SSRF by an allow-list of addresses")

NEVER = {
    "link-local": "169.254.0.1",
    "metadata": "169.254.169.254",
    "metadata of Alibaba Cloud": "100.100.100.200",
    "metadata of Azure": "168.63.129.16",
    "metadata of Oracle": "192.0.0.192",
    "metadata over IPv6": "fd00:ec2::254",
    "metadata of Google over IPv6": "fd20:ce::254",
    "unspecified": "0.0.0.0",
    "this network": "0.1.2.3",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 unspecified": "::",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with a scope": "fe80::1%eth0",
    "IPv6 site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "mapped": "::ffff:169.254.169.254",
    "translated": "::ffff:0:169.254.169.254",
    "compatible": "::169.254.169.254",
    "NAT64": "64:ff9b::169.254.169.254",
    "6to4": "2002:a9fe:a9fe::1",
    "mapped unspecified": "::ffff:0.0.0.0",
    "NAT64 multicast": "64:ff9b::224.0.0.1",
}
PRIVATE = {
    "ten": "10.0.0.1",
    "172.16": "172.31.255.255",
    "192.168": "192.168.1.1",
    "carrier-grade NAT": "100.64.0.1",
    "protocol assignments": "192.0.0.1",
    "documentation": "192.0.2.1",
    "6to4 relay": "192.88.99.1",
    "benchmarking": "198.19.0.1",
    "reserved": "240.0.0.1",
    "unique local": "fd12:3456::1",
    "IPv6 documentation": "2001:db8::1",
    "IPv6 documentation, new": "3fff::1",
    "Teredo": "2001::1",
    "ORCHID": "2001:10::1",
    "local NAT64": "64:ff9b:1::10.0.0.1",
    "discard": "100::1",
    "mapped private": "::ffff:10.0.0.1",
    "NAT64 private": "64:ff9b::10.0.0.1",
    "6to4 private": "2002:0a00:0001::1",
    "not yet global": "4000::1",
}
PUBLIC = {
    "IPv4": "1.1.1.1",
    "IPv6": "2606:4700::1111",
    "Chinese IPv6": "240e::1",
    "NAT64": "64:ff9b::1.1.1.1",
    "6to4": "2002:0101:0101::1",
    "mapped": "::ffff:1.1.1.1",
}
LOOPBACK = {
    "IPv4": "127.0.0.1",
    "IPv4, another": "127.8.8.8",
    "IPv6": "::1",
    "mapped": "::ffff:127.0.0.1",
    "NAT64": "64:ff9b::127.0.0.1",
}


@ASVS
@pytest.mark.parametrize("text", NEVER.values(), ids=NEVER)
def test_address_is_never_permitted_when_it_leads_to_what_every_host_has(text: str) -> None:
    address = ip_address(text)

    assert not PRODUCTION.permits(address)
    assert not DEVELOPMENT.permits(address)
    assert not EVERYTHING.permits(address)


@ASVS
@pytest.mark.parametrize("text", PRIVATE.values(), ids=PRIVATE)
def test_address_is_refused_when_it_is_not_public(text: str) -> None:
    assert not PRODUCTION.permits(ip_address(text))
    assert not DEVELOPMENT.permits(ip_address(text))
    assert EVERYTHING.permits(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.values(), ids=PUBLIC)
def test_address_is_permitted_when_it_is_public(text: str) -> None:
    assert PRODUCTION.permits(ip_address(text))


@ASVS
@pytest.mark.parametrize("text", LOOPBACK.values(), ids=LOOPBACK)
def test_loopback_is_permitted_only_when_developing(text: str) -> None:
    assert not PRODUCTION.permits(ip_address(text))
    assert not AddressPolicy.production("127.0.0.0/8", "::1/128").permits(ip_address(text))
    assert DEVELOPMENT.permits(ip_address(text))


def test_private_address_is_permitted_when_its_network_was_approved() -> None:
    policy = AddressPolicy.production("10.8.0.0/16", "fd12:3456::/32")

    assert policy.permits(ip_address("10.8.1.2"))
    assert policy.permits(ip_address("::ffff:10.8.1.2"))
    assert policy.permits(ip_address("fd12:3456::9"))
    assert not policy.permits(ip_address("10.9.1.2"))
    assert not policy.permits(ip_address("192.168.1.1"))


def test_policy_is_refused_when_a_network_is_misspelt() -> None:
    with pytest.raises(ValueError, match="not appear to be"):
        AddressPolicy.production("10.8.0.0/33")


def test_destination_is_the_address_itself_when_nothing_is_embedded() -> None:
    assert destination(ip_address("2606:4700::1111")) == ip_address("2606:4700::1111")
    assert destination(ip_address("fe80::1%eth0")) == ip_address("fe80::1")
