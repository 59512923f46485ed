"""A name and a password against the directory: find the entry, bind as it, read off its groups.

Fails closed: a server that hangs, lies, floods or leads in circles decides nothing, and the next
is asked; when none decides, an error says so.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from ldap3.core.exceptions import LDAPInvalidDnError
from ldap3.utils.conv import escape_filter_chars
from ldap3.utils.dn import parse_dn

from connectors.breaker import CircuitBreaker
from connectors.contract import UpstreamIdentity
from connectors.errors import OutboundAnswerRejected, OutboundError, OutboundFailed
from connectors.ldap_directory.pool import Pool
from connectors.ldap_directory.settings import DirectoryServer, LdapDirectorySettings
from connectors.ldap_directory.wire import Entry, Page, Search, Wire

MOST_HOPS: Final = 3
_LONGEST_ID: Final = 64
_DEPARTMENT: Final = "department:"


@dataclass(frozen=True, slots=True)
class _Found:
    """A person's entry, and the server on which it is."""

    entry: Entry
    server: DirectoryServer


@dataclass(slots=True)
class _Walk:
    """How long one sign-in has, and where it has been: referrals lead nowhere twice, nor far."""

    ends_at: float
    been: set[tuple[str, str]] = field(default_factory=set)

    def may_go(self, server: str, base: str) -> bool:
        place = (server, base)
        if place in self.been or len(self.been) > MOST_HOPS:
            return False
        self.been.add(place)
        return True


class LdapDirectory:
    """Implements `PasswordLogin`. `clock` is monotonic, in seconds."""

    def __init__(self, settings: LdapDirectorySettings, *, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._pool = Pool(clock)
        self._breaker = CircuitBreaker(clock=clock, threshold=2, rest_seconds=15.0)
        self._roles = {_folded(group): role for group, role in settings.roles.items()}
        self._base = _folded(settings.base_dn)

    def authenticate(
        self, identifier: str, password: str, *, now: datetime
    ) -> UpstreamIdentity | None:
        """Who it is, with `role` and, for some, `department` among the claims.

        `role` is empty where the groups give none, or more than one.
        """
        if not password:
            return None
        failure: OutboundError = OutboundFailed("every directory server rests")
        for server in self._settings.listed:
            if not self._breaker.admits(server.name):
                continue
            try:
                identity = self._at(server, identifier, password, now)
            except OutboundError as problem:
                self._breaker.record_failure(server.name)
                failure = problem
                continue
            self._breaker.record_success(server.name)
            return identity
        raise failure

    def close(self) -> None:
        """Let go of idle connections."""
        self._pool.close()

    def _at(
        self, server: DirectoryServer, identifier: str, password: str, now: datetime
    ) -> UpstreamIdentity | None:
        walk = _Walk(self._clock() + self._settings.timeout)
        found = self._find(server, self._settings.base_dn, identifier, walk)
        if found is None or not self._is_password(found, password, walk):
            return None
        groups = self._groups(server, found.entry.dn, walk)
        role, department = self._role(groups)
        return UpstreamIdentity(
            provider=self._settings.provider,
            subject=_identity_of(found.entry, self._settings.id_attribute),
            claims={
                "username": identifier,
                "name": found.entry.text(self._settings.name_attribute),
                "role": role,
                "department": department,
            },
            authenticated_at=now,
        )

    def _find(
        self, server: DirectoryServer, base: str, identifier: str, walk: _Walk
    ) -> _Found | None:
        """The one entry of this user name, here or where a referral leads.

        Raises:
            OutboundAnswerRejected: there are several, or what came is not what was asked for.
        """
        if not walk.may_go(server.name, _folded(base)):
            raise OutboundAnswerRejected(f"{server.name}: referrals lead in circles, or too far")
        settings = self._settings
        wanted = Search(
            base=base,
            text=settings.user_filter.replace("{username}", escape_filter_chars(identifier)),
            attributes=(
                settings.username_attribute,
                settings.name_attribute,
                settings.id_attribute,
            ),
            size=2,
        )
        page = self._search(server, wanted, walk)
        if len(page.entries) > 1:
            raise OutboundAnswerRejected(f"{server.name}: several entries have one user name")
        if page.entries:
            return _Found(self._believed(server, page.entries[0], identifier), server)
        for address in page.referrals:
            referred = self._referred(address, base)
            if referred is None:
                continue
            found = self._find(*referred, identifier, walk)
            if found is not None:
                return found
        return None

    def _believed(self, server: DirectoryServer, entry: Entry, identifier: str) -> Entry:
        is_asked = entry.text(self._settings.username_attribute).casefold() == identifier.casefold()
        if not is_asked or not f",{_folded(entry.dn)}".endswith(f",{self._base}"):
            raise OutboundAnswerRejected(f"{server.name}: another entry than was asked for")
        return entry

    def _referred(self, address: str, base: str) -> tuple[DirectoryServer, str] | None:
        """Where a referral (RFC 4516) leads, if we may go there."""
        parts = urlsplit(address)
        for server in (*self._settings.listed, *self._settings.referable):
            scheme = "ldaps" if server.is_ldaps else "ldap"
            port = parts.port or (636 if scheme == "ldaps" else 389)
            if (parts.scheme, parts.hostname, port) == (scheme, server.host, server.port):
                return server, unquote(parts.path.lstrip("/")) or base
        return None

    def _is_password(self, found: _Found, password: str, walk: _Walk) -> bool:
        """Bind as the entry, on a connection of its own that nobody searches with."""
        wire = self._wire(found.server)
        try:
            with wire.bounded(walk.ends_at - self._clock()):
                return wire.bind(found.entry.dn, password)
        finally:
            wire.close()

    def _groups(self, server: DirectoryServer, dn: str, walk: _Walk) -> set[str]:
        """The names of all groups that hold the entry, by way of others too.

        Raises:
            OutboundAnswerRejected: there are more than may be, or they are nested too deep.
        """
        known: set[str] = set()
        layer = [dn]
        for _ in range(self._settings.most_depth):
            above: list[str] = []
            for each in layer:
                for group in self._groups_of(server, each, walk):
                    if _folded(group) not in known:
                        known.add(_folded(group))
                        above.append(group)
                    if len(known) > self._settings.most_groups:
                        raise OutboundAnswerRejected(f"{server.name}: too many groups")
            if not above:
                return known
            layer = above
        raise OutboundAnswerRejected(f"{server.name}: groups are nested too deep")

    def _groups_of(self, server: DirectoryServer, dn: str, walk: _Walk) -> Iterator[str]:
        settings, cookie = self._settings, b""
        wanted = Search(
            base=settings.group_base_dn or settings.base_dn,
            text=settings.group_filter.replace("{dn}", escape_filter_chars(dn)),
            attributes=("1.1",),  # RFC 4511 §4.5.1.8: no attributes
            size=settings.page_size,
        )
        for _ in range(1 + settings.most_groups // settings.page_size):
            page = self._search(server, wanted, walk, cookie)
            yield from (entry.dn for entry in page.entries)
            cookie = page.cookie
            if not cookie:
                return
        raise OutboundAnswerRejected(f"{server.name}: too many groups")

    def _role(self, groups: set[str]) -> tuple[str, str]:
        """The one role that the groups give; none where they give several."""
        roles = {self._roles[each] for each in groups if each in self._roles}
        if len(roles) != 1:
            return "", ""
        role = roles.pop()
        if role.startswith(_DEPARTMENT):
            return "department", role.removeprefix(_DEPARTMENT)
        return role, ""

    def _search(
        self, server: DirectoryServer, wanted: Search, walk: _Walk, cookie: bytes = b""
    ) -> Page:
        """Ask on an idle connection, else on a new one: an idle one may have been hung up on."""
        wire = self._pool.take(server.name)
        if wire is not None:
            with suppress(OutboundFailed), self._using(wire, walk):
                return wire.search(wanted, cookie=cookie)
        wire = self._wire(server)
        with self._using(wire, walk):
            if not wire.bind(self._settings.bind_dn, self._settings.bind_password.reveal()):
                raise OutboundAnswerRejected(f"{server.name}: our own bind is refused")
            return wire.search(wanted, cookie=cookie)

    @contextmanager
    def _using(self, wire: Wire, walk: _Walk) -> Iterator[None]:
        """Within the time that is left; what failed does not go back to the pool."""
        try:
            with wire.bounded(walk.ends_at - self._clock()):
                yield
        except OutboundError:
            wire.close()
            raise
        self._pool.give_back(wire)

    def _wire(self, server: DirectoryServer) -> Wire:
        settings = self._settings
        return Wire(server, ca_file=settings.ca_file, timeout=settings.timeout)


def _identity_of(entry: Entry, attribute: str) -> str:
    """What names the entry for ever; bytes (objectGUID) in hexadecimal.

    Raises:
        OutboundAnswerRejected: it has no such attribute.
    """
    values = entry.attributes.get(attribute.lower(), [])
    if len(values) != 1 or not 0 < len(values[0]) <= _LONGEST_ID:
        raise OutboundAnswerRejected(f"the entry has no {attribute}")
    return values[0].hex()


def _folded(dn: str) -> str:
    """A name in one form: case, spaces and escapes do not tell names apart.

    Raises:
        OutboundAnswerRejected: it is no name.
    """
    try:
        parts = parse_dn(dn.lower(), escape=False, strip=True)
    except LDAPInvalidDnError as problem:
        raise OutboundAnswerRejected("a name in no known form") from problem
    return ",".join(f"{name}={value}" for name, value, _ in parts)
