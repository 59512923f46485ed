"""The client snapshot: every client in this process, reloaded when the configuration changes.

Staleness bound: a change of a client is seen within the configuration watch's poll (1 s); a client
unknown to the snapshot is asked for in the database at once, and its absence is remembered until
the next change.
"""

from collections.abc import Iterable
from threading import Lock

from idp.clients.client import Client
from idp.clients.models import ClientRow
from idp.clients.reading import read_client

MAX_REMEMBERED_ABSENCES = 4096
MAX_CLIENT_ID = 128


class SnapshotDirectory:
    """A ClientDirectory over the database; register `reload` with the configuration watch.

    `built_in` clients are the provider's own: they are always there, and no row replaces them.
    """

    def __init__(self, *, built_in: tuple[Client, ...] = ()) -> None:
        self._built_in = {client.client_id: client for client in built_in}
        self._clients: dict[str, Client] = dict(self._built_in)
        self._owners: dict[str, Client] = {}
        self._absent: set[str] = set()
        self._is_loaded = False
        self._lock = Lock()

    def reload(self) -> None:
        """Read every client anew; what was absent may be there now."""
        with self._lock:
            rows = ClientRow.objects.all()
            self._clients = {row.client_id: read_client(row) for row in rows} | self._built_in
            self._owners = owners_of_resources(self._clients.values())
            self._absent = set()
            self._is_loaded = True

    def get(self, client_id: str) -> Client | None:
        """The client, or None. No database access for a client that is known."""
        client = self._clients.get(client_id)
        if client is not None or client_id in self._absent:
            return client
        if not self._is_loaded:
            self.reload()
            return self._clients.get(client_id) or self._look_up(client_id)
        return self._look_up(client_id)

    def owner_of(self, resource: str) -> Client | None:
        """The resource server that the city declared for a resource indicator (RFC 8707), or None.

        Who owns a resource is a matter of configuration: no database access, seen within a second.
        """
        if not self._is_loaded:
            self.reload()
        return self._owners.get(resource)

    def _look_up(self, client_id: str) -> Client | None:
        if not client_id.isascii() or not client_id.isprintable() or len(client_id) > MAX_CLIENT_ID:
            return None
        row = ClientRow.objects.filter(client_id=client_id).first()
        with self._lock:
            if row is not None:
                client = read_client(row)
                self._clients = {**self._clients, client_id: client}
                return client
            if len(self._absent) < MAX_REMEMBERED_ABSENCES:
                self._absent.add(client_id)
            return None


def owners_of_resources(clients: Iterable[Client]) -> dict[str, Client]:
    """Resource servers by what they serve; were two declared for one, the first by name has it."""
    servers = sorted(
        (client for client in clients if client.is_resource_server),
        key=lambda client: client.client_id,
        reverse=True,
    )
    return {resource: server for server in servers for resource in server.resources}
