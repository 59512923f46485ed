"""Which directory, how it is asked, and which of its groups stand for which role."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from connectors.settings import Secret

_PORTS: Final = {"ldap": 389, "ldaps": 636}
_MOST_SERVERS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryServer:
    """One server. Under `ldap` TLS is begun by StartTLS before anything is said."""

    host: str
    port: int
    is_ldaps: bool

    @property
    def name(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapDirectorySettings:
    """One directory.

    Attributes:
        provider: what the directory is called here, for ever: with an entry's id it names staff.
        servers: `ldap://` or `ldaps://` addresses between spaces, asked in this order. TLS always.
        referral_servers: addresses that referrals may lead to; to any other none is followed.
        ca_file: PEM file of the roots that sign the servers' certificates; empty for the system's.
        bind_dn: the entry as which we search.
        bind_password: its password.
        base_dn: where people are searched for; nothing outside it is believed.
        user_filter: finds one person; `{username}` stands for what was typed, escaped.
        username_attribute: holds the user name; its value must be what was typed.
        id_attribute: names an entry for ever (`entryUUID`; `objectGUID` in Active Directory).
        name_attribute: what the person is called.
        group_base_dn: where groups are searched for; empty for `base_dn`.
        group_filter: finds the groups that hold an entry, a person or a group; `{dn}` is its name.
        roles: group (its whole name) → role; `department:…` binds it to a department.
        timeout: whole seconds that one server has for all of one sign-in.
        page_size: how many groups are asked for at a time.
        most_groups: with more groups than these, nested ones counted, nobody is let in.
        most_depth: how deep groups may be nested in groups.
    """

    provider: str
    servers: str
    bind_dn: str
    bind_password: Secret
    base_dn: str
    roles: Mapping[str, str]
    referral_servers: str = ""
    ca_file: str = ""
    user_filter: str = "(&(objectClass=person)(uid={username}))"
    username_attribute: str = "uid"
    id_attribute: str = "entryUUID"
    name_attribute: str = "cn"
    group_base_dn: str = ""
    group_filter: str = "(|(member={dn})(uniqueMember={dn}))"
    timeout: int = 4
    page_size: int = 200
    most_groups: int = 1_000
    most_depth: int = 8

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        if not 0 < len(self.listed) <= _MOST_SERVERS or len(self.referable) > _MOST_SERVERS:
            raise ValueError(f"servers: one to {_MOST_SERVERS} addresses")
        if not (self.provider and self.bind_dn and self.base_dn):
            raise ValueError("provider, bind_dn, base_dn: not empty")
        if "{username}" not in self.user_filter or "{dn}" not in self.group_filter:
            raise ValueError("user_filter holds {username}, group_filter holds {dn}")
        if not self.roles or not all(self.roles.values()):
            raise ValueError("roles: at least one group, each with its role")
        bounds = (self.timeout, self.page_size, self.most_groups, self.most_depth)
        if min(bounds) < 1:
            raise ValueError("timeout, page_size, most_groups, most_depth: at least 1")

    @property
    def listed(self) -> tuple[DirectoryServer, ...]:
        """The servers, in the order in which they are asked."""
        return _servers("servers", self.servers)

    @property
    def referable(self) -> tuple[DirectoryServer, ...]:
        """Where else referrals may lead."""
        return _servers("referral_servers", self.referral_servers)


def _servers(name: str, listed: str) -> tuple[DirectoryServer, ...]:
    return tuple(_server(name, each) for each in listed.split())


def _server(name: str, address: str) -> DirectoryServer:
    parts = urlsplit(address)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{name}: ldap:// or ldaps:// addresses, without a path")
    port = parts.port or _PORTS[parts.scheme]
    return DirectoryServer(host=parts.hostname, port=port, is_ldaps=parts.scheme == "ldaps")
