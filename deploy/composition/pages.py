"""Django's pages, wired: the journey's addresses and the citizen's own space."""

from functools import partial

from django.urls import URLPattern

from deploy.composition.authorities import proof_methods
from deploy.composition.channels import device_patterns
from deploy.composition.logos import logos_of_clients
from deploy.composition.rooms import Rooms
from idp.account.door import DOOR, AccountDoor
from idp.account.join import Joining
from idp.account.join import urlpatterns as join_patterns
from idp.account.space import Space
from idp.account.views import urlpatterns as account_patterns
from idp.journey.cookies import Cookies
from idp.journey.logos import urlpatterns as logo_patterns
from idp.journey.turns import Turns
from idp.journey.views import Desk
from idp.journey.views import urlpatterns as journey_patterns


def open_desk(rooms: Rooms) -> Desk:
    settings = rooms.ground.settings
    sessions, clock = rooms.hall.subjects.sessions, rooms.ground.clock
    return Desk(
        turns=Turns(dispatcher=rooms.hall.hall),
        browser_state=lambda secret: sessions.state_behind(secret, now=clock.now()),
        cookies=Cookies.of(settings.issuer),
        branding=settings.branding,
        clock=clock,
    )


def page_patterns(rooms: Rooms, desk: Desk) -> tuple[URLPattern, ...]:
    rooms.hall.doors[DOOR] = AccountDoor()
    space = Space(
        desk=desk,
        hall=rooms.hall.hall,
        sessions=rooms.hall.subjects.sessions,
        people=rooms.hall.subjects.people,
        authenticators=rooms.hall.subjects.authenticators,
        phone_changes=rooms.hall.subjects.phone_changes,
        clients=rooms.clients.directory,
        issuer=rooms.ground.settings.issuer,
        guardianships=rooms.hall.subjects.guardianships,
        explain=partial(rooms.hall.subjects.chain.explain, methods=proof_methods(rooms.ground)),
    )
    joining = Joining(space=space, merging=rooms.hall.merging, store=rooms.ground.store)
    logos = logos_of_clients(rooms.ground, rooms.clients)
    return (
        *account_patterns(space),
        *join_patterns(joining),
        *logo_patterns(logos),
        *device_patterns(rooms, desk),
        *journey_patterns(desk),
    )
