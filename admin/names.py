"""Who is behind the names that events and changes bear."""

from collections.abc import Iterable
from uuid import UUID

from idp.staff.accounts import StaffAccounts


class Names:
    """Accounts by their id, others (a command's user, a program) as they are."""

    do_not_call_in_templates = True
    """Django would call it for its value."""

    def __init__(self, accounts: StaffAccounts) -> None:
        self._accounts = accounts
        self._known: dict[str, str] = {}

    def __call__(self, author: str) -> str:
        if author not in self._known:
            self.learn((author,))
        return self._known[author]

    def learn(self, authors: Iterable[str]) -> None:
        """Find several out at once."""
        ids = {author: found for author in authors if (found := _uuid(author))}
        members = self._accounts.several(ids.values())
        for author in authors:
            member = members.get(ids[author]) if author in ids else None
            self._known[author] = f"{member.name} ({member.username})" if member else author


def _uuid(author: str) -> UUID | None:
    try:
        return UUID(author)
    except ValueError:
        return None
