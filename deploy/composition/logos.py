"""The logos of clients, wired: fetched once under the guard of every call out."""

from connectors.errors import OutboundError
from connectors.http import OutboundRequest, Timeouts, require_ok
from deploy.composition.clients import ClientsRoom
from deploy.composition.ground import Ground
from idp.journey.logos import IMAGE_TYPES, MAX_BYTES, Logo, Logos, LogoUnreachable

FETCH_TIMEOUT = 3.0


def logos_of_clients(ground: Ground, clients: ClientsRoom) -> Logos:
    def fetch(address: str) -> Logo:
        request = OutboundRequest(
            method="GET",
            url=address,
            headers={"Accept": ", ".join(IMAGE_TYPES)},
            accepts=IMAGE_TYPES,
            is_idempotent=True,
            max_bytes=MAX_BYTES,
            timeouts=Timeouts.within(FETCH_TIMEOUT),
        )
        try:
            answer = require_ok(ground.outbound.send(request))
        except OutboundError as problem:
            raise LogoUnreachable(str(problem)) from problem
        return Logo(media_type=answer.media_type, content=answer.body)

    return Logos(clients=clients.directory, store=ground.store, fetch=fetch)
