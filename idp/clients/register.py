"""The register as those see it who manage clients: lists, one client, and who may see which.

A department's own clients are all that its administrators can name; changes are the registrar's.
"""

from datetime import datetime

from idp.clients.client import Client
from idp.clients.models import ClientRow
from idp.clients.reading import read_client


class Registered:
    """A client as registered, with what only the register knows of it."""

    __slots__ = ("city", "client", "created_at", "origin", "updated_at")

    def __init__(self, row: ClientRow) -> None:
        self.client: Client = read_client(row)
        self.city: dict[str, object] = dict(row.settings)
        self.origin: str = row.origin
        self.created_at: datetime = row.created_at
        self.updated_at: datetime = row.updated_at

    @property
    def version(self) -> str:
        """What an editor hands back, so that nobody's change is lost."""
        return self.updated_at.isoformat()


class ClientRegister:
    """Reads the rows themselves: who edits must not see a second-old snapshot."""

    def listed(self, *, department: str = "") -> list[Registered]:
        """Every client; with a department, its own alone."""
        every = (Registered(row) for row in ClientRow.objects.order_by("client_id"))
        return [each for each in every if not department or each.client.department == department]

    def find(self, client_id: str, *, department: str = "") -> Registered | None:
        """One client; with a department, another's is not there."""
        row = ClientRow.objects.filter(client_id=client_id).first()
        found = Registered(row) if row else None
        if found is None or (department and found.client.department != department):
            return None
        return found
