"""SCIM, wired: the staff's room behind one prefix, for clients that may keep staff."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from deploy.bridge import respond, wire_request
from deploy.composition.rooms import Rooms
from deploy.house import Endpoint, Environ, StartResponse
from idp.clients.limits import ClientLimits
from idp.staff.departments import Departments
from idp.staff.provisioning import Provisioning

if TYPE_CHECKING:
    from idp.protocols.scim.endpoint import ScimEndpoint

ROOT = "/scim/v2"
_CONDITIONS = {"If-Match": "HTTP_IF_MATCH", "If-None-Match": "HTTP_IF_NONE_MATCH"}


def open_scim(rooms: Rooms) -> Mapping[str, Endpoint]:
    """The endpoint by the beginning of its path."""
    opened = cache(lambda: scim_endpoint(rooms))

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Keep staff and departments by SCIM 2.0 (RFC 7644): Users, Groups, Bulk and discovery."""
        conditions = {
            name: environ[variable] for name, variable in _CONDITIONS.items() if variable in environ
        }
        return respond(opened()(wire_request(environ), conditions), environ, start_response)

    return {ROOT: serve}


def scim_endpoint(rooms: Rooms) -> "ScimEndpoint":
    """What answers under the prefix."""
    # Loaded when somebody first asks: it takes a second that no start should wait for.
    from idp.protocols.scim.endpoint import ScimEndpoint

    ground, staff, settings = rooms.ground, rooms.staff, rooms.ground.settings
    return ScimEndpoint(
        root=ROOT,
        base_url=settings.address(ROOT),
        issuer=settings.issuer,
        verifier=rooms.tokens.verifier,
        clients=rooms.clients.directory,
        limits=ClientLimits(clock=ground.clock, rate=settings.limits.client_requests_per_second),
        provisioning=Provisioning(
            accounts=staff.accounts,
            standing=staff.standing,
            departments=Departments(clock=ground.clock),
            sealer=ground.sealer,
            clock=ground.clock,
        ),
        clock=ground.clock,
    )
