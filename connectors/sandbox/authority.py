"""All services of the sandbox behind one address: which path is whose.

Owns the table of paths and the faults' way in. Knows no socket, so it is whole without one.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qs

from connectors.sandbox.bank_card import BankCard
from connectors.sandbox.business_registry import BusinessRegistry
from connectors.sandbox.ctid import Ctid
from connectors.sandbox.devices import Devices
from connectors.sandbox.exchange import Incoming, Reply, json_reply, problem
from connectors.sandbox.face import Face
from connectors.sandbox.faults import Fault, FaultPlan, control
from connectors.sandbox.immigration import Immigration
from connectors.sandbox.immigration_face import ImmigrationFace
from connectors.sandbox.inbox import Inbox
from connectors.sandbox.mobile_operator import MobileOperator
from connectors.sandbox.network_identity import NetworkIdentity
from connectors.sandbox.partner import Partner
from connectors.sandbox.population import organizations, people, public_form
from connectors.sandbox.population_library import PopulationLibrary
from connectors.sandbox.signed_exchange import SignedService
from connectors.sandbox.sms_gateway import SmsGateway
from connectors.sandbox.sms_tencent import SmsTencent

if TYPE_CHECKING:
    from connectors.sandbox.mailbox import Mailbox

POPULATION_LIBRARY_PATH = "/population/two-factor"


class Service(Protocol):
    """One vendor's side of a signed exchange."""

    def __call__(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> Reply:
        """Its reply, spoilt by `fault` where that concerns the answer itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A reply, and what is to go wrong on its way."""

    reply: Reply
    fault: Fault | None = None


class SandboxAuthority:
    """Answers requests; `clock` tells aware instants."""

    def __init__(self, *, clock: Callable[[], datetime]) -> None:
        self.inbox = Inbox()
        self.faults = FaultPlan()
        self._clock = clock
        self._devices = Devices()
        self._network_identity = NetworkIdentity()
        self._face = Face(presented=self._devices.faces)
        self._immigration_face = ImmigrationFace(presented=self._devices.faces)
        self._partner = Partner()
        self._population_library = PopulationLibrary()
        # Path of a POST → the name faults call the service by, and its answer.
        self._exchanges: dict[str, tuple[str, Service]] = {
            "/sms": ("sms", SmsGateway(self.inbox).answer),
            "/sms-tencent": ("sms_tencent", SmsTencent(self.inbox).answer),
        }
        # By the first part of the path; `service/step` is the whole of it.
        self._signed: dict[str, SignedService] = {
            "operator": MobileOperator(),
            "bank": BankCard(),
            "ctid": Ctid(),
            "immigration": Immigration(),
            "immigration-face": self._immigration_face,
            "registry": BusinessRegistry(),
            "network-identity": self._network_identity,
            "face": self._face,
        }
        # Pages that a person's browser visits, outside signatures and faults.
        self._visited: dict[str, Callable[..., Reply]] = {
            "/network-identity/page": self._network_identity.page,
            "/face/capture": self._face.page,
            "/immigration-face/capture": self._immigration_face.page,
            "/partner/authorize": self._partner.page,
        }
        self._pages: dict[str, Callable[[Incoming], Reply]] = {
            "/people": _people,
            "/organizations": _organizations,
            "/inbox": self._inbox,
            "/healthz": _healthz,
        }

    def answer(self, incoming: Incoming) -> Answer:
        """The answer to one request, on whatever path."""
        if incoming.method == "POST" and incoming.path == POPULATION_LIBRARY_PATH:
            return self._library(incoming)
        if incoming.method == "POST" and incoming.path in self._exchanges:
            name, service = self._exchanges[incoming.path]
            fault = self.faults.take(name)
            return Answer(reply=service(incoming, fault=fault, now=self._clock()), fault=fault)
        if incoming.method in {"GET", "POST"} and incoming.path in self._visited:
            return Answer(reply=self._visited[incoming.path](incoming, now=self._clock()))
        if incoming.path.startswith("/partner/"):
            step = incoming.path.rpartition("/")[2]
            fault = self.faults.take(self._partner.name, step=step)
            reply = self._partner.answer(incoming, fault=fault, now=self._clock())
            return Answer(reply=reply, fault=fault)
        signed = self._signed.get(incoming.path.strip("/").partition("/")[0])
        if incoming.method == "POST" and signed is not None:
            return self._ask(signed, incoming)
        return Answer(reply=self._open(incoming))

    def mailbox(self, host: str, port: int) -> "Mailbox":
        """The mail server that delivers into the same inbox; start and stop it yourself."""
        # Late: an event loop and its server would double what the sandbox costs without mail.
        from connectors.sandbox.mailbox import Mailbox

        return Mailbox(host, port, inbox=self.inbox, faults=self.faults, clock=self._clock)

    def listens_at(self, url: str) -> None:
        """Told once by whoever serves this: the address its own pages are found at."""
        for service in (self._network_identity, self._face, self._immigration_face):
            service.page_url = url
        self._partner.base_url = url

    def _ask(self, service: SignedService, incoming: Incoming) -> Answer:
        fault = self.faults.take(service.name, step=incoming.path.rpartition("/")[2])
        if fault is None and service.is_slow_for(incoming):
            fault = Fault(service=service.name, behaviour="slow")
        return Answer(reply=service.answer(incoming, fault=fault, now=self._clock()), fault=fault)

    def _library(self, incoming: Incoming) -> Answer:
        fault = self.faults.take("population_library")
        if fault is None and self._population_library.is_slow_for(incoming):
            fault = Fault(service="population_library", behaviour="slow")
        reply = self._population_library.answer(incoming, fault=fault, now=self._clock())
        return Answer(reply=reply, fault=fault)

    def _open(self, incoming: Incoming) -> Reply:
        """The paths for testers, unsigned."""
        if incoming.method == "POST" and not _is_json(incoming):
            # A page in the developer's browser can send a form here, but not JSON.
            return problem(415, "send application/json")
        if incoming.path == "/control":
            return control(self.faults, incoming)
        if incoming.path.startswith("/devices"):
            return self._devices.handle(incoming, now=self._clock())
        page = self._pages.get(incoming.path)
        if page is None:
            return problem(404, "no such path")
        return page(incoming) if incoming.method == "GET" else problem(405, "only GET")

    def _inbox(self, incoming: Incoming) -> Reply:
        return json_reply(self.inbox.to(parse_qs(incoming.query).get("to", [None])[0]))


def _people(_incoming: Incoming) -> Reply:
    return json_reply([public_form(someone) for someone in people()])


def _organizations(_incoming: Incoming) -> Reply:
    return json_reply([asdict(company) for company in organizations()])


def _healthz(_incoming: Incoming) -> Reply:
    return json_reply({"status": "ok"})


def _is_json(incoming: Incoming) -> bool:
    media_type = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type == "application/json"
