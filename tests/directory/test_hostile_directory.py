"""A directory that hangs, drips, floods or lies decides nothing, and is bounded in time and bytes.

The servers here speak BER by hand: no code of ours or of ldap3's says what they say.
"""

import itertools
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from connectors.errors import ConnectorError, OutboundAnswerRejected, OutboundTimeout
from connectors.ldap_directory.settings import LdapDirectorySettings
from connectors.settings import read_settings
from tests.directory.conftest import BASE, NOW, Certificates, Speak, directory, hostile

pytestmark = pytest.mark.requirement("R18")
SUCCESS, REFERRAL, BUSY = 0, 10, 51
WITHIN = 6.0
"""Seconds: one second is given, the rest is this machine's."""


def ber(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def text(word: str) -> bytes:
    return ber(0x04, word.encode())


def message(number: int, operation: bytes) -> bytes:
    return ber(0x30, ber(0x02, bytes((number,))), operation)


def result(tag: int, code: int, *more: bytes) -> bytes:
    return ber(tag, ber(0x0A, bytes((code,))), text(""), text(""), *more)


def entry(dn: str, **attributes: str) -> bytes:
    listed = [ber(0x30, text(name), ber(0x31, text(value))) for name, value in attributes.items()]
    return ber(0x64, text(dn), ber(0x30, *listed))


def person(uid: str, dn: str = "") -> bytes:
    return entry(dn or f"uid={uid},{BASE}", uid=uid, cn="李", entryUUID="0f1e2d3c")


def requests(peer: socket.socket) -> Iterator[tuple[int, int]]:
    """Message number and operation of what the client sends, one after another."""
    while data := peer.recv(65_536):
        skip = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
        yield data[skip + 2], data[skip + 3]


def answering(*searches: Callable[[int], bytes], bind: int = SUCCESS) -> Speak:
    """Say yes to every bind, and answer the searches in this order, the last one for ever."""

    def speak(peer: socket.socket) -> None:
        waiting = itertools.chain(searches[:-1], itertools.repeat(searches[-1]))
        for number, operation in requests(peer):
            if operation == 0x60:
                peer.sendall(message(number, result(0x61, bind)))
            elif operation == 0x63:
                peer.sendall(next(waiting)(number))

    return speak


def found(*entries: bytes, code: int = SUCCESS, more: bytes = b"") -> Callable[[int], bytes]:
    def answer(number: int) -> bytes:
        told = b"".join(message(number, each) for each in entries)
        return told + message(number, result(0x65, code, more))

    return answer


def endless_pages(number: int) -> bytes:
    """A cookie that never ends (RFC 2696), with a new group on each page."""
    group = entry(f"cn=g{time.monotonic_ns()},{BASE}")
    value = ber(0x30, ber(0x02, b"\0"), text("more"))
    control = ber(0x30, text("1.2.840.113556.1.4.319"), ber(0x04, value))
    done = ber(0x30, ber(0x02, bytes((number,))), result(0x65, SUCCESS), ber(0xA0, control))
    return message(number, group) + done


def hang(peer: socket.socket) -> None:
    peer.recv(1)
    peer.settimeout(20)
    peer.recv(65_536)
    peer.recv(65_536)


def drip(peer: socket.socket) -> None:
    """A long message, of which a byte comes now and then."""
    peer.recv(65_536)
    peer.sendall(b"\x30\x84\x00\xff\xff\xff")
    peer.settimeout(0.1)
    while True:
        peer.sendall(b"\x00")
        try:
            if not peer.recv(1):
                return
        except TimeoutError:
            continue


def flood(peer: socket.socket) -> None:
    """Bytes without end, as fast as they are taken."""
    for number, operation in requests(peer):
        if operation == 0x60:
            peer.sendall(message(number, result(0x61, SUCCESS)))
        else:
            block = message(number, person("watcher")) * 400
            while True:
                peer.sendall(block)


def noise(peer: socket.socket) -> None:
    peer.recv(65_536)
    peer.sendall(bytes(range(255, 0, -1)) * 8)


def judged(speak: Speak, certificates: Certificates) -> float:
    """How long nobody was let in."""
    began = time.monotonic()
    with hostile(speak, certificates) as address:
        asked = directory(address, certificates, timeout=1)
        with pytest.raises(ConnectorError):
            asked.authenticate("watcher", "any password", now=NOW)
    return time.monotonic() - began


@pytest.mark.parametrize(
    "speak",
    [
        pytest.param(hang, id="hangs"),
        pytest.param(drip, id="drips"),
        pytest.param(flood, id="floods"),
        pytest.param(noise, id="noise"),
        pytest.param(lambda peer: peer.close(), id="hangs-up"),
        pytest.param(answering(found(), bind=BUSY), id="busy"),
        pytest.param(answering(found(), bind=49), id="refuses-us"),
        pytest.param(answering(found(code=BUSY)), id="search-busy"),
        pytest.param(answering(found(person("other"))), id="another-name"),
        pytest.param(answering(found(person("watcher", "uid=watcher,dc=evil"))), id="elsewhere"),
        pytest.param(answering(found(person("watcher", f"uid=w,x{BASE}"))), id="looks-alike"),
        pytest.param(answering(found(person("watcher", "no name"))), id="no-name"),
        pytest.param(answering(found(*[person("watcher")] * 2)), id="two"),
        pytest.param(answering(found(*[person("watcher")] * 9)), id="more-than-asked"),
        pytest.param(
            answering(found(entry(f"uid=watcher,{BASE}", uid="watcher"))), id="without-id"
        ),
        pytest.param(answering(found(person("watcher")), endless_pages), id="endless-pages"),
        pytest.param(
            answering(found(person("watcher")), found(entry("no name"))), id="group-without-name"
        ),
    ],
)
@pytest.mark.slow
def test_nobody_is_let_in_when_the_directory_does_harm(
    speak: Speak, certificates: Certificates
) -> None:
    assert judged(speak, certificates) < WITHIN


@pytest.mark.slow
def test_nobody_is_let_in_when_a_hundred_thousand_groups_are_said(
    certificates: Certificates,
) -> None:
    groups = [entry(f"cn=g{number},{BASE}") for number in range(100_000)]
    speak = answering(found(person("watcher")), found(*groups))
    assert judged(speak, certificates) < WITHIN


def test_referrals_end_when_they_lead_in_a_circle(certificates: Certificates) -> None:
    addresses: list[str] = []

    def to(number: int) -> Callable[[int], bytes]:
        def answer(asked: int) -> bytes:
            there = f"{addresses[number]}/ou=n{time.monotonic_ns()},{BASE}"
            return message(asked, result(0x65, REFERRAL, ber(0xA3, text(there))))

        return answer

    with (
        hostile(answering(to(1)), certificates) as first,
        hostile(answering(to(0)), certificates) as second,
    ):
        addresses += [first, second]
        asked = directory(first, certificates, referral_servers=second)
        with pytest.raises(OutboundAnswerRejected, match="circles, or too far"):
            asked.authenticate("watcher", "any password", now=NOW)


def test_nothing_is_said_in_the_clear_when_tls_is_refused(certificates: Certificates) -> None:
    heard: list[bytes] = []

    def speak(peer: socket.socket) -> None:
        while data := peer.recv(65_536):
            heard.append(data)
            number = data[4]
            peer.sendall(message(number, result(0x78, 2)))

    with (
        hostile(speak, certificates, is_tls=False) as address,
        pytest.raises(ConnectorError),
    ):
        directory(address, certificates).authenticate("watcher", "any password", now=NOW)
    assert b"1.3.6.1.4.1.1466.20037" in b"".join(heard)
    assert b"password" not in b"".join(heard)


@pytest.mark.slow
def test_handshake_is_cut_when_the_server_stops_in_it(certificates: Certificates) -> None:
    began = time.monotonic()
    with hostile(hang, certificates, is_tls=False) as address:
        silent = address.replace("ldap:", "ldaps:")
        with pytest.raises(OutboundTimeout):
            directory(silent, certificates, timeout=1).authenticate("w", "any password", now=NOW)
    assert time.monotonic() - began < WITHIN


GOOD = {
    "provider": "city",
    "servers": "ldaps://one.example",
    "bind_dn": "cn=us",
    "bind_password": "secret",
    "base_dn": BASE,
    "roles": {"cn=a": "audit"},
}


def test_servers_are_read_in_order_when_they_are_named() -> None:
    servers = "ldap://one.example ldaps://two.example:1636/"
    settings = read_settings(LdapDirectorySettings, {**GOOD, "servers": servers})
    assert [each.name for each in settings.listed] == ["one.example:389", "two.example:1636"]
    assert [each.is_ldaps for each in settings.listed] == [False, True]
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "change",
    [
        {"servers": ""},
        {"servers": "http://one.example"},
        {"servers": "ldaps://one.example/dc=x"},
        {"servers": "ldaps://a.example " * 6},
        {"provider": ""},
        {"user_filter": "(uid=x)"},
        {"group_filter": "(member=x)"},
        {"roles": {}},
        {"roles": {"cn=a": ""}},
        {"timeout": 0},
    ],
    ids=str,
)
def test_settings_are_refused_when_they_could_not_work(change: dict[str, object]) -> None:
    with pytest.raises(ConnectorError):
        read_settings(LdapDirectorySettings, {**GOOD, **change})
