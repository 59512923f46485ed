"""The adapter against Debian's slapd: people, nested groups, referrals, TLS, fail-over."""

import socket

import pytest

from connectors.errors import ConnectorError, OutboundAnswerRejected, OutboundFailed
from tests.directory.conftest import (
    BASE,
    NOW,
    PASSWORD,
    SEARCHER,
    Slapd,
    directory,
)

pytestmark = [pytest.mark.packages, pytest.mark.requirement("R18")]


def claims(slapd: Slapd, uid: str, **more: object) -> tuple[str, str]:
    found = directory(slapd.tls, slapd.certificates, **more).authenticate(uid, PASSWORD, now=NOW)
    assert found
    assert found.claims["name"] == f"李{uid}"
    assert len(found.subject) > 16
    return found.claims["role"], found.claims["department"]


@pytest.mark.parametrize(
    ("uid", "role", "department"),
    [
        ("watcher", "audit", ""),
        ("nested", "audit", ""),
        ("circled", "security", ""),
        ("bound", "department", "city-library"),
        ("both", "", ""),
        ("a*b", "", ""),
    ],
)
def test_role_follows_from_groups_when_they_are_nested_circular_or_two(
    slapd: Slapd, uid: str, role: str, department: str
) -> None:
    assert claims(slapd, uid) == (role, department)


@pytest.mark.parametrize("by", ["plain", "tls"])
def test_password_is_judged_under_tls_when_the_server_is_plain_or_not(
    slapd: Slapd, by: str
) -> None:
    people = {"base_dn": f"ou=people,{BASE}", "group_base_dn": BASE}
    asked = directory(getattr(slapd, by), slapd.certificates, **people)
    for _ in range(3):  # the later ones on a connection from the pool
        assert asked.authenticate("watcher", PASSWORD, now=NOW)
        assert asked.authenticate("watcher", "wrong", now=NOW) is None
    assert asked.authenticate("watcher", "", now=NOW) is None
    assert asked.authenticate("nobody", PASSWORD, now=NOW) is None
    assert asked.authenticate("*", PASSWORD, now=NOW) is None
    assert asked.authenticate("watcher)(uid=*", PASSWORD, now=NOW) is None


def test_pool_survives_when_an_idle_connection_was_hung_up_on(slapd: Slapd) -> None:
    asked = directory(slapd.tls, slapd.certificates)
    assert asked.authenticate("watcher", PASSWORD, now=NOW)
    for wires in asked._pool._idle.values():
        for _, wire in wires:
            wire._cut()
    assert asked.authenticate("watcher", PASSWORD, now=NOW)


@pytest.mark.parametrize("size", [7, 200])
def test_groups_are_read_page_by_page_when_there_are_many(slapd: Slapd, size: int) -> None:
    assert claims(slapd, "none", page_size=size) == ("", "")
    with pytest.raises(OutboundAnswerRejected, match="too many groups"):
        claims(slapd, "none", page_size=size, most_groups=249)


def test_groups_decide_nothing_when_they_are_nested_too_deep(slapd: Slapd) -> None:
    with pytest.raises(OutboundAnswerRejected, match="nested too deep"):
        claims(slapd, "nested", most_depth=2)


@pytest.mark.parametrize(
    ("branch", "more", "outcome"),
    [
        ("elsewhere", {"referral_servers": "tls"}, "audit"),
        ("elsewhere", {}, None),
        ("abroad", {"referral_servers": "tls"}, None),
        ("circle", {"referral_servers": "tls"}, "circles"),
    ],
    ids=["followed", "not-listed", "abroad", "circle"],
)
def test_referral_is_followed_only_when_its_server_is_listed(
    slapd: Slapd, branch: str, more: dict[str, str], outcome: str | None
) -> None:
    settings = dict.fromkeys(more, slapd.tls)
    asked = directory(
        slapd.plain,
        slapd.certificates,
        base_dn=f"ou={branch},{BASE}" if branch != "elsewhere" else BASE,
        user_filter="(&(uid={username})(objectClass=person))",
        group_base_dn=BASE,
        **settings,
    )
    if branch == "elsewhere":
        # A search of the whole tree also brings a reference to `ou=elsewhere`.
        found = asked.authenticate("watcher", PASSWORD, now=NOW)
        assert found
        return
    if outcome == "circles":
        with pytest.raises(OutboundAnswerRejected, match="circles"):
            asked.authenticate("watcher", PASSWORD, now=NOW)
        return
    assert asked.authenticate("watcher", PASSWORD, now=NOW) is None


@pytest.mark.parametrize("how", ["unknown root", "another name", "no TLS", "our password"])
def test_nobody_is_believed_when_the_server_is_not_proven_or_refuses_us(
    slapd: Slapd, how: str
) -> None:
    address, more = slapd.tls, {}
    if how == "unknown root":
        more = {"ca_file": ""}
    elif how == "another name":
        address = address.replace("localhost", "127.0.0.1")
    elif how == "no TLS":
        address = f"ldaps://localhost:{slapd.port}"
    else:
        more = {"bind_password": "not ours"}
    with pytest.raises(ConnectorError):
        directory(address, slapd.certificates, **more).authenticate("watcher", PASSWORD, now=NOW)


def test_next_server_is_asked_when_the_first_is_down(slapd: Slapd) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        down = f"ldaps://localhost:{closed.getsockname()[1]}"
    asked = directory(f"{down} {slapd.tls}", slapd.certificates)
    for _ in range(3):
        assert asked.authenticate("watcher", PASSWORD, now=NOW)
    alone = directory(down, slapd.certificates)
    for _ in range(2):
        with pytest.raises(OutboundFailed):
            alone.authenticate("watcher", PASSWORD, now=NOW)
    with pytest.raises(OutboundFailed, match="rests"):
        alone.authenticate("watcher", PASSWORD, now=NOW)


def test_searcher_itself_is_nobody_when_it_is_not_under_the_people(slapd: Slapd) -> None:
    asked = directory(slapd.tls, slapd.certificates, base_dn=f"ou=people,{BASE}")
    assert asked.authenticate(SEARCHER, PASSWORD, now=NOW) is None
