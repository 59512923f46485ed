"""A small city for tests: every room built as the composition root builds it, nothing replaced.

The sandbox authority listens on a real socket; the store and the database are real. Only the door
is a test's own, for journeys know no protocol.
"""

import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.urls import URLPattern

from connectors.inquiry import Inquiries
from connectors.ocr.camera import MrzCamera
from connectors.sandbox.server import SandboxServer
from idp.clients.client import Client
from idp.conf import Authentication, Profile, ProviderSettings, Secret
from idp.foundation.sealing import BlindIndex, RootKeys, Sealer
from idp.foundation.storage import ShortLivedStore
from idp.journey.assembly import (
    Outside,
    SubjectRooms,
    build_hall,
    build_subjects,
)
from idp.journey.dispatcher import Dispatcher
from idp.journey.errands import Errands
from idp.journey.foundations import Foundations
from idp.journey.login.answers import LoginAnswers
from idp.journey.login.step import LoginStep
from idp.journey.outcome import DoorAnswer, Granted, JourneyOutcome, Refused
from idp.journey.request import Browser, JourneyRequest
from idp.journey.turns import Turns
from idp.journey.verification.desk import VerificationDesk
from idp.journey.verification.particulars import ParticularsWay
from idp.journey.verification.step import VerificationStep
from idp.journey.views import Desk, urlpatterns
from idp.journey.waits import Waits
from idp.subjects.level_rules import CARD_READER, CTID, FACE_PROMPTED, POPULATION, SMS_CODE
from policies.engine import Engine
from policies.source import default_policies
from tests.asked import (
    ASKED,
    Asked,
    delivery_of,
    inquiries_of,
    partner_of,
    running_sandbox,
    visits_of,
)

ISSUER = "http://localhost:18700"
PORTAL = "https://portal.example"


class ShiftedClock:
    """The machine's clock, moved as far as a test says."""

    def __init__(self) -> None:
        self.shift = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift  # noqa: TID251 - a test's clock

    def timestamp(self) -> int:
        return int(self.now().timestamp())

    def monotonic(self) -> float:
        return time.monotonic() + self.shift.total_seconds()

    def advance(self, **by: float) -> None:
        self.shift += timedelta(**by)


EVERY_KIND = Authentication()

__all__ = ["ASKED", "Asked", "City", "inquiries_of", "running_sandbox"]


CAMERA = MrzCamera(patience=60)
"""One for all cities of a process: its child starts with the first picture, and ends unasked."""


class Clients:
    """A directory that tests fill."""

    def __init__(self) -> None:
        self.by_id: dict[str, Client] = {}

    def get(self, client_id: str) -> Client | None:
        return self.by_id.get(client_id)

    def add(self, client_id: str = "portal", **metadata: Any) -> Client:
        client = Client(
            client_id=client_id,
            client_name={"": "Tax Office", "zh-hans": "税务局", "zh-hant": "稅務局"},
            client_uri=PORTAL,
            initiate_login_uri=f"{PORTAL}/start",
            **metadata,
        )
        self.by_id[client_id] = client
        return client


@dataclass(slots=True)
class PlainDoor:
    """A door without a protocol: it remembers outcomes and answers with an address."""

    outcomes: list[JourneyOutcome] = field(default_factory=list)
    answers_by_form: bool = False

    def conclude(
        self, continuation: bytes, outcome: JourneyOutcome, *, now: datetime
    ) -> DoorAnswer:
        del now
        self.outcomes.append(outcome)
        word = "granted" if isinstance(outcome, Granted) else outcome.error
        if self.answers_by_form:
            return DoorAnswer(
                url=f"{PORTAL}/return", fields=(("answer", word), ("state", continuation.decode()))
            )
        return DoorAnswer(url=f"{PORTAL}/return?answer={word}&state={continuation.decode()}")

    @property
    def granted(self) -> Granted:
        outcome = self.outcomes[-1]
        assert isinstance(outcome, Granted), outcome
        return outcome

    @property
    def refused(self) -> Refused:
        outcome = self.outcomes[-1]
        assert isinstance(outcome, Refused), outcome
        return outcome


@dataclass(slots=True, kw_only=True)
class City:
    """Everything a test may want to look at."""

    settings: ProviderSettings
    clock: ShiftedClock
    store: ShortLivedStore
    given: Foundations
    rooms: SubjectRooms
    hall: Dispatcher
    clients: Clients
    door: PlainDoor
    sandbox: SandboxServer
    errands: Errands
    desk: Desk
    more_patterns: list[URLPattern] = field(default_factory=list)

    @property
    def urlpatterns(self) -> list[URLPattern]:
        return [*self.more_patterns, *urlpatterns(self.desk)]

    @property
    def login(self) -> LoginAnswers:
        step = self.hall.steps[0]
        assert isinstance(step, LoginStep)
        return step.answers

    @property
    def verification(self) -> VerificationDesk:
        return self.particulars.desk

    @property
    def particulars(self) -> ParticularsWay:
        """The way of name and number."""
        step = self.hall.steps[1]
        assert isinstance(step, VerificationStep)
        way = step.ways[0]
        assert isinstance(way, ParticularsWay)
        return way

    def inquiries(self, *kinds: str) -> Inquiries:
        """Other connectors than this city's, asked in this order."""
        return inquiries_of(self.sandbox, *kinds)

    def __hash__(self) -> int:
        return id(self)

    def request(self, client_id: str = "portal", **wishes: Any) -> JourneyRequest:
        return JourneyRequest(
            door="plain",
            client_id=client_id,
            continuation=b"state-1",
            return_origin=PORTAL,
            **{"scope": ("openid",), **wishes},
        )

    def enter(self, browser: Browser | None = None, **wishes: Any) -> Any:
        request = self.request(**wishes)
        return self.hall.enter(request, browser or Browser(), now=self.clock.now())

    def codes_for(self, phone: str) -> list[str]:
        """The codes the gateway delivered to a phone, newest first."""
        url = f"{self.sandbox.base_url}/inbox?to={phone.replace('+', '%2B')}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return [each["code"] for each in json.load(answer)]

    def spoil(self, service: str, behaviour: str, **how: Any) -> None:
        """Make the next answers of an authority go wrong."""
        body = json.dumps({"service": service, "behaviour": behaviour, **how}).encode()
        request = urllib.request.Request(
            f"{self.sandbox.base_url}/control",
            data=body,
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=5).close()

    def mend(self) -> None:
        request = urllib.request.Request(f"{self.sandbox.base_url}/control", method="DELETE")
        urllib.request.urlopen(request, timeout=5).close()

    def asks_codes_again(self, to: str) -> None:
        """Let the minute between two codes to a phone or mailbox be over."""
        name, index = ("email", "email.mailbox") if "@" in to else ("sms", "sms.phone")
        self.store.delete(f"{name}:minute:{self.given.index.of(index, to).hex()}")

    def resident(self, phone: str, *, password: str = "") -> Any:
        """Somebody with an account: a proven phone, and a password if given."""
        now = self.clock.now()
        person_id, _ = self.rooms.people.find_or_register(phone, client_id="", now=now)
        if password:
            self.rooms.people.set_password(person_id, password, now=now)
        return person_id


def _outside(
    sandbox: SandboxServer,
    clients: Clients,
    door: PlainDoor,
    errands: Errands,
    waits: Waits,
    asked: Asked,
) -> Outside:
    url, visited = sandbox.base_url, visits_of(sandbox, *asked.visits)
    away = {each.adapter.method for each in (*visited, *asked.more)}
    away |= {CARD_READER, FACE_PROMPTED} if asked.prompted else {CARD_READER}
    delivery = delivery_of(url, asked)
    return Outside(
        clients=clients,
        decide=Engine(default_policies()).decide,
        delivery=delivery,
        reaches=delivery.reaches,
        inquiries=inquiries_of(sandbox, *asked.kinds, patience=asked.patience, more=asked.more),
        visits=tuple(replace(each, terms_now=asked.visit_terms) for each in visited),
        partners=(partner_of(sandbox),) if asked.has_partner else (),
        methods=lambda: frozenset({SMS_CODE, POPULATION, *({CTID} & set(asked.kinds)), *away}),
        errands=errands,
        waits=waits,
        doors={"plain": door},
        prompted=asked.prompted,
        watch=asked.watch,
        camera=CAMERA,
    )


@contextmanager
def built_city(
    store: ShortLivedStore,
    sandbox: SandboxServer,
    *,
    issuer: str = ISSUER,
    authentication: Authentication = EVERY_KIND,
    asked: Asked = ASKED,
) -> Iterator[City]:
    """Build all rooms."""
    settings = ProviderSettings(
        profile=Profile.DEVELOPMENT,
        issuer=issuer,
        root_key=Secret(b"r" * 43),
        blind_index_key=Secret(b"b" * 43),
        pairwise_salt=Secret(b"p" * 43),
        authentication=authentication,
    )
    clock = ShiftedClock()
    given = Foundations(
        settings=settings,
        clock=clock,
        store=store,
        sealer=Sealer(RootKeys(active="1", keys={"1": b"k" * 32})),
        index=BlindIndex(b"i" * 32),
    )
    rooms = build_subjects(given)
    clients, door, errands = Clients(), PlainDoor(), Errands(threads=4)
    waits = Waits(errands)
    hall = build_hall(given, rooms, _outside(sandbox, clients, door, errands, waits, asked))
    desk = Desk(
        turns=Turns(dispatcher=hall),
        cookies=hall.cookies,
        branding=settings.branding,
        clock=clock,
        browser_state=lambda secret: rooms.sessions.state_behind(secret, now=clock.now()),
    )
    try:
        yield City(
            settings=settings,
            clock=clock,
            store=store,
            given=given,
            rooms=rooms,
            hall=hall,
            clients=clients,
            door=door,
            sandbox=sandbox,
            errands=errands,
            desk=desk,
        )
    finally:
        waits.close()
        errands.close()
