"""Django's pages, wired: the journey's addresses below the issuer's path."""

from django.urls import URLPattern

from deploy.composition.rooms import Rooms
from idp.journey.cookies import Cookies
from idp.journey.turns import Turns
from idp.journey.views import Desk, urlpatterns


def page_patterns(rooms: Rooms) -> tuple[URLPattern, ...]:
    settings = rooms.ground.settings
    desk = Desk(
        turns=Turns(dispatcher=rooms.hall.hall),
        cookies=Cookies.of(settings.issuer),
        branding=settings.branding,
        clock=rooms.ground.clock,
    )
    return tuple(urlpatterns(desk))
