"""Request objects, wired: whose keys verify them, and how those by reference are fetched."""

from connectors.errors import OutboundError
from deploy.composition.clients import ClientsRoom
from deploy.composition.ground import Ground
from idp.protocols.oidc.authorization.request_objects import ObjectUnreachable, RequestObjects

FETCH_TIMEOUT = 3.0
MEDIA_TYPES = ("application/oauth-authz-req+jwt", "application/jwt")
"""RFC 9101 §5.2.3, and what was usual before it."""


def request_objects(ground: Ground, clients: ClientsRoom) -> RequestObjects:
    limit = ground.settings.limits.request_object_bytes

    def fetch(address: str) -> str:
        try:
            return ground.outbound.get_text(
                address, accepts=MEDIA_TYPES, max_bytes=limit, timeout=FETCH_TIMEOUT
            )
        except OutboundError as problem:
            raise ObjectUnreachable(str(problem)) from problem

    return RequestObjects(
        issuer=ground.settings.issuer,
        keys=clients.keys,
        open_secret=clients.open_secret,
        fetch=fetch,
        clock=ground.clock,
        max_bytes=limit,
    )
