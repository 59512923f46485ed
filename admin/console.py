"""What the console's views are given: the services of the rooms, and who is asking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.http import HttpRequest

from admin.figures import FiguresDesk
from idp.channels.connector_desk import ConnectorDesk
from idp.channels.devices import Devices
from idp.clients.register import ClientRegister
from idp.clients.registrar import ClientRegistrar
from idp.conf import Branding
from idp.foundation.audit import AuditEvent, record
from idp.foundation.audit.trail import AuditTrail
from idp.foundation.clock import Clock
from idp.foundation.keys.desk import KeyDesk
from idp.foundation.nodes import Spread
from idp.foundation.outbox import DeadLetters
from idp.foundation.storage import ShortLivedStore
from idp.journey.access.changes import PolicyChanges
from idp.journey.access.console_entry import ConsoleEntry
from idp.journey.access.drafts import PolicyDrafts
from idp.journey.access.recorded import RecordedDecisions
from idp.journey.access.replays import Replays
from idp.sessions.directory import Sessions
from idp.staff.accounts import Member, StaffAccounts
from idp.staff.alerts import AlertDesk
from idp.staff.authenticators import SecondFactors
from idp.staff.enrolment import Enrolments
from idp.staff.roles import Role
from idp.staff.sessions import Signed, StaffSessions
from idp.staff.signing_in import SigningIn
from idp.staff.standing import Standing
from idp.subjects.casebook import Casebook
from idp.subjects.merging import Merging
from idp.subjects.statuses import Statuses

if TYPE_CHECKING:
    from admin.sections.settings import Inforce


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffServices:
    """Those of the staff's own room."""

    accounts: StaffAccounts
    factors: SecondFactors
    enrolments: Enrolments
    signing_in: SigningIn
    entry: ConsoleEntry
    sessions: StaffSessions
    standing: Standing
    has_directory: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CityServices:
    """Those of the rooms that the console shows and changes."""

    clients: ClientRegister
    registrar: ClientRegistrar
    casebook: Casebook
    sessions: Sessions
    trail: AuditTrail
    keys: KeyDesk
    statuses: Statuses
    merging: Merging


@dataclass(frozen=True, slots=True, kw_only=True)
class WorksServices:
    """Those that say how the house itself runs: what it asks, counts, and is told by devices."""

    connectors: ConnectorDesk
    figures: FiguresDesk
    alerts: AlertDesk
    devices: Devices
    settings: "Inforce"
    deliveries: DeadLetters


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyServices:
    """Those by which policies are looked at and changed; `spread` tells who decides by them."""

    changes: PolicyChanges
    drafts: PolicyDrafts
    replays: Replays
    decisions: RecordedDecisions
    spread: Callable[[], Spread]


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """`origin` is where the console is; `enrolment_address` names a one-time link's page.

    `certificate_header` is the one that the front door lets through from the proxy alone.
    """

    staff: StaffServices
    city: CityServices
    works: WorksServices
    policies: PolicyServices
    store: ShortLivedStore
    clock: Clock
    branding: Branding
    origin: str
    is_secure: bool
    cookie: str
    language_cookie: str
    certificate_header: str
    enrolment_address: Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request, and who makes it."""

    request: HttpRequest
    signed: Signed

    @property
    def member(self) -> Member:
        return self.signed.member

    @property
    def department(self) -> str:
        """The one department whose clients may be seen; "" for all."""
        return self.member.department if self.member.role is Role.DEPARTMENT else ""

    @property
    def operator(self) -> str:
        """How the audit trail names who does this."""
        return str(self.member.id)


def tell(
    console: Console,
    asked: Asked,
    event_type: str,
    *,
    subject: str = "",
    detail: Mapping[str, object],
) -> None:
    """Record what a member of staff did, with the change it tells of."""
    event = AuditEvent(
        type=event_type,
        outcome="success",
        operator=asked.operator,
        channel="console",
        subject=subject,
        detail=dict(detail),
    )
    with transaction.atomic():
        record(event, clock=console.clock)
