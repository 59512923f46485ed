"""All that Django answers: people's pages, the console, the management API."""

from django.urls import URLPattern, URLResolver

from deploy.composition.console import console_patterns
from deploy.composition.management import management_patterns
from deploy.composition.pages import page_patterns
from deploy.composition.rooms import Rooms
from idp.journey.views import Desk


def every_address(rooms: Rooms, desk: Desk) -> tuple[URLPattern | URLResolver, ...]:
    return (*page_patterns(rooms, desk), *console_patterns(rooms), *management_patterns(rooms))
