"""Front-channel logout: the addresses the logged-out page loads (Front-Channel Logout 1.0)."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from idp.clients.client import Client, ClientDirectory
from idp.sessions.session import Participant


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftService:
    """A client the session had entered; `front_channel_url` is empty where it registered none."""

    client: Client
    front_channel_url: str = ""


def left_services(
    participants: Iterable[Participant], *, clients: ClientDirectory, issuer: str
) -> tuple[LeftService, ...]:
    """One entry for each client that still exists, with the address of its iframe."""
    services = []
    for participant in participants:
        client = clients.get(participant.client_id)
        if client is not None:
            url = _front_channel_url(client, participant, issuer)
            services.append(LeftService(client=client, front_channel_url=url))
    return tuple(services)


def _front_channel_url(client: Client, participant: Participant, issuer: str) -> str:
    """§2: iss and sid go together, added to a query the registered address may already have."""
    uri = client.frontchannel_logout_uri
    if not uri:
        return ""
    joint = "&" if urlsplit(uri).query else "?"
    return f"{uri}{joint}{urlencode({'iss': issuer, 'sid': participant.sid})}"
