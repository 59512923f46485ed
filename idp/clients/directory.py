"""The client snapshot: every client in the process, stale by the configuration's stamp.

Staleness bound: a change of a client is seen within the stamp's poll interval (1 s); a client
unknown to the snapshot is asked for in the database at once, and its absence is remembered for
one interval.
"""

from collections.abc import Callable
from threading import Lock

from idp.clients.client import Client
from idp.clients.models import ClientRow
from idp.clients.reading import read_client

MAX_REMEMBERED_ABSENCES = 4096


class SnapshotDirectory:
    """A ClientDirectory over the database. `stamp` answers the current configuration version."""

    def __init__(self, *, stamp: Callable[[], int]) -> None:
        self._stamp = stamp
        self._seen = -1
        self._clients: dict[str, Client] = {}
        self._absent: set[str] = set()
        self._lock = Lock()

    def get(self, client_id: str) -> Client | None:
        if self._stamp() != self._seen:
            self._reload()
        client = self._clients.get(client_id)
        if client is None and client_id not in self._absent:
            client = self._look_up(client_id)
        return client

    def _reload(self) -> None:
        with self._lock:
            stamp = self._stamp()
            if stamp != self._seen:
                self._clients = {row.client_id: read_client(row) for row in ClientRow.objects.all()}
                self._absent = set()
                self._seen = stamp

    def _look_up(self, client_id: str) -> Client | None:
        if "\x00" in client_id or len(client_id) > 128:
            return None
        row = ClientRow.objects.filter(client_id=client_id).first()
        with self._lock:
            if row is None:
                if len(self._absent) < MAX_REMEMBERED_ABSENCES:
                    self._absent.add(client_id)
                return None
            client = read_client(row)
            self._clients = {**self._clients, client_id: client}
            return client
