"""What of the policies a member of staff may see: a department, its own clients' sets alone."""

from collections.abc import Mapping

from django.http import Http404

from admin.console import Asked, Console
from idp.journey.access.city_policies import EVERYONE


def own_clients(console: Console, asked: Asked) -> frozenset[str] | None:
    """The clients that a department's administrator may see; None for everybody else: all."""
    if not asked.department:
        return None
    found = console.city.clients.listed(department=asked.department)
    return frozenset(each.client.client_id for each in found)


def seen(texts: Mapping[str, str], own: frozenset[str] | None) -> dict[str, str]:
    """The texts that may be seen of a version."""
    return {owner: text for owner, text in texts.items() if own is None or owner in own}


def require_seen(
    console: Console, asked: Asked, owner: str, *, known: Mapping[str, str] | None = None
) -> None:
    """Another department's set, or that of a client nobody registered, is not there."""
    if owner == EVERYONE or (known and owner in known and not asked.department):
        return
    if console.city.clients.find(owner, department=asked.department) is None:
        raise Http404
