"""The management API, wired: the console's services, and tokens of this very provider."""

from django.urls import URLPattern, URLResolver

from admin.api.asked import Services
from admin.api.guarding import Door
from admin.api.operations import OPERATIONS
from admin.api.repeating import Answers
from admin.api.routing import BASE, METADATA, Published, patterns
from admin.api.serving import Serving
from deploy.composition.console import city_services
from deploy.composition.policies import policy_changes
from deploy.composition.rooms import Rooms
from deploy.composition.works import open_works
from idp.clients.limits import ClientLimits
from idp.journey.access.replays import Replays


def management_patterns(rooms: Rooms) -> tuple[URLPattern | URLResolver, ...]:
    """The addresses of the API."""
    ground, settings = rooms.ground, rooms.ground.settings
    rate = settings.limits.management_requests_per_second
    resource = settings.address(f"/{BASE}")
    door = Door(
        resource=resource,
        metadata=settings.address(f"/{METADATA}"),
        verifier=rooms.tokens.verifier,
        clients=rooms.clients.directory,
        limits=ClientLimits(clock=ground.clock, rate=rate),
        rate=rate,
        clock=ground.clock,
    )
    serving = Serving(
        services=_services(rooms), answers=Answers(sealer=ground.sealer, clock=ground.clock)
    )
    published = Published(
        issuer=settings.issuer,
        resource=resource,
        token_url=settings.address("/oauth2/token"),
    )
    return patterns(OPERATIONS, door=door, serving=serving, published=published)


def _services(rooms: Rooms) -> Services:
    ground, works = rooms.ground, open_works(rooms)
    return Services(
        city=city_services(rooms),
        staff=rooms.staff.accounts,
        standing=rooms.staff.standing,
        policies=policy_changes(ground),
        replays=Replays(clock=ground.clock),
        alerts=works.alerts,
        devices=works.devices,
        connectors=works.connectors,
        settings=works.settings,
        deliveries=works.deliveries,
        clock=ground.clock,
    )
