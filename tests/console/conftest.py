"""The console as the composition root wires it, with a store and a clock of a test's own."""

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser
from django.urls import URLPattern
from pytest_django.fixtures import Settings

from admin.console import Console
from admin.gate import patterns
from admin.routes import ROUTES
from deploy.composition.clients import open_clients
from deploy.composition.console import open_console
from deploy.composition.imports import open_imports
from deploy.composition.people import open_hall
from deploy.composition.rooms import Rooms
from deploy.composition.tokens import open_tokens
from deploy.samples.catalogue import (
    PORTALS,
    kiosk_city_settings,
    kiosk_metadata,
    portal_city_settings,
    portal_metadata,
)
from idp.staff.roles import Role
from idp.subjects.authenticators.kinds import Kind
from tests.staff.conftest import Office, city_ca, office

__all__ = ["city_ca", "office"]
HOST = "localhost:18700"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The console, and somebody signed in at a browser for each role that is asked for."""

    office: Office
    rooms: Rooms
    console: Console
    browsers: dict[Role, Browser] = field(default_factory=dict)

    @property
    def urlpatterns(self) -> list[URLPattern]:
        return list(patterns(self.console, ROUTES))

    def __hash__(self) -> int:
        return id(self)

    def seat(self, role: Role) -> Browser:
        if role not in self.browsers:
            self.office.seed(role)
            persona = self.office.persona(role)
            member = self.console.staff.accounts.get(persona.account_id)
            assert member
            _signed, secret = self.console.staff.sessions.start(member, Kind.TOTP)
            self.browsers[role] = stranger()
            self.browsers[role].cookies[self.console.cookie] = secret
        return self.browsers[role]

    def resident(self, phone: str = "+8613900000042") -> UUID:
        now = self.office.clock.now()
        people = self.rooms.hall.subjects.people
        person_id, _ = people.find_or_register(phone, client_id="", now=now)
        return person_id


def stranger(**options: Any) -> Browser:
    return Browser(HTTP_HOST=HOST, HTTP_ACCEPT_LANGUAGE="en", **options)


def words(response: Any) -> str:
    """What stands on a page, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def desk(office: Office, settings: Settings) -> Desk:
    ground = office.ground
    clients = open_clients(ground)
    hall = open_hall(ground, clients)
    rooms = Rooms(
        ground=ground,
        clients=clients,
        hall=hall,
        tokens=open_tokens(ground, clients, hall),
        staff=office.room,
        imports=open_imports(ground, hall),
    )
    for portal in PORTALS:
        clients.registrar.declare(
            portal.client_id, portal_metadata(portal, 18700), portal_city_settings(portal)
        )
    clients.registrar.declare("kiosk-hall-01", kiosk_metadata(18700), kiosk_city_settings())
    made = Desk(office=office, rooms=rooms, console=open_console(rooms))
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)  # WhiteNoise wants the folder
    settings.ROOT_URLCONF = made
    settings.PROVIDER = ground.settings
    return made
