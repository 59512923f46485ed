"""Django's pages, wired: the journey's addresses and the citizen's own space."""

from django.urls import URLPattern

from deploy.composition.rooms import Rooms
from idp.account.door import DOOR, AccountDoor
from idp.account.space import Space
from idp.account.views import urlpatterns as account_patterns
from idp.journey.cookies import Cookies
from idp.journey.turns import Turns
from idp.journey.views import Desk
from idp.journey.views import urlpatterns as journey_patterns


def open_desk(rooms: Rooms) -> Desk:
    settings = rooms.ground.settings
    return Desk(
        turns=Turns(dispatcher=rooms.hall.hall),
        cookies=Cookies.of(settings.issuer),
        branding=settings.branding,
        clock=rooms.ground.clock,
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
    )
    return (*account_patterns(space), *journey_patterns(desk))
