"""The order in which the rooms are built, from the ground up, and what the process then serves."""

import atexit
from contextlib import suppress
from functools import cache, partial

from django.conf import settings as django_settings
from django.urls import URLPattern, URLResolver

from deploy.composition.access import open_access
from deploy.composition.clients import open_clients
from deploy.composition.events import open_events
from deploy.composition.ground import Ground, lay_ground
from deploy.composition.imports import open_imports
from deploy.composition.ixiamen import open_ixiamen
from deploy.composition.oidc import open_oidc
from deploy.composition.pages import open_desk
from deploy.composition.people import open_hall
from deploy.composition.rooms import Rooms
from deploy.composition.scim import open_scim
from deploy.composition.staff import open_staff
from deploy.composition.tasks import worker_tasks
from deploy.composition.tokens import open_tokens
from deploy.house import House, Probe
from deploy.probes import database_probe, store_probe
from idp.conf import ProviderSettings
from idp.foundation.keys import NoSigningKey
from idp.foundation.storage import StoreUnavailable
from idp.journey.access.history import DecisionHistory
from idp.journey.views import Desk
from idp.subjects.disclosures import Disclosures


def build(settings: ProviderSettings) -> House:
    """Wire the rooms for `settings`; Django must be set up."""
    ground = lay_ground(settings)
    clients = open_clients(ground)
    hall = open_hall(ground, clients)
    tokens = open_tokens(ground, clients, hall)
    oidc = open_oidc(ground, clients, hall, tokens)
    deliveries = {
        **oidc.deliveries,
        **open_events(ground, clients, hall),
    }
    imports = open_imports(ground, hall)
    rooms = Rooms(
        ground=ground,
        clients=clients,
        hall=hall,
        tokens=tokens,
        imports=imports,
        staff=open_staff(ground),
    )
    desk = open_desk(rooms)
    ground.watch.register(ground.keys.reload)
    ground.watch.register(ground.audit_keys.reload)
    ground.watch.register(ground.connector_terms.reload)

    return House(
        settings=settings,
        hot_paths={**oidc.paths, **open_ixiamen(rooms), **open_access(rooms)},
        hot_prefixes={**oidc.prefixes, **open_scim(rooms)},
        addresses=partial(_addresses, rooms, desk),
        desk=desk,
        probes=(database_probe(), store_probe(), _keys_probe(rooms)),
        tasks=worker_tasks(rooms, deliveries),
        listen=partial(_listen, ground, hall.history, tokens.disclosures),
        rooms=rooms,
    )


def _addresses(rooms: Rooms, desk: Desk) -> tuple[URLPattern | URLResolver, ...]:
    """What Django answers."""
    # The console and the API take longest to load, and no worker and no command serves them.
    from deploy.composition.addresses import every_address

    return every_address(rooms, desk)


def _listen(ground: Ground, history: DecisionHistory, disclosures: Disclosures) -> None:
    """Start this process's listeners; a serving process calls it once."""
    with suppress(StoreUnavailable):  # then the first statement begins it
        ground.replays.begin()
    ground.watch.start()
    ground.revocations.start()
    for counted in (ground.counted, ground.failures, ground.tally, history, disclosures):
        counted.start()
        atexit.register(counted.stop)


@cache
def house() -> House:
    """The house of this process, built on first use."""
    return build(django_settings.PROVIDER)


def _keys_probe(rooms: Rooms) -> Probe:
    def ask_keys() -> str | None:
        try:
            for algorithm in rooms.ground.settings.signing_algorithms:
                rooms.ground.keys.active(algorithm)
        except NoSigningKey as problem:
            return f"there is no signing key ({problem})"
        return None

    return Probe(name="keys", check=ask_keys)
