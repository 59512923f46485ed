"""One request as an operation sees it, and what it answers: no HTTP below this."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import orjson
from django.db import transaction
from pydantic import BaseModel

from admin.api.problems import CHANGED_MEANWHILE, UNCONDITIONAL, Problem
from admin.console import CityServices
from admin.sections.settings import Inforce
from idp.channels.connector_desk import ConnectorDesk
from idp.channels.devices import Devices
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.outbox import DeadLetters
from idp.journey.access.changes import PolicyChanges
from idp.journey.access.replays import Replays
from idp.staff.accounts import StaffAccounts
from idp.staff.alerts import AlertDesk
from idp.staff.roles import Role
from idp.staff.standing import Standing

CHANNEL: Final = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Those of the rooms that the API shows and changes; the console has the same."""

    city: CityServices
    staff: StaffAccounts
    standing: Standing
    policies: PolicyChanges
    replays: Replays
    alerts: AlertDesk
    devices: Devices
    connectors: ConnectorDesk
    settings: Inforce
    deliveries: DeadLetters
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A client in the one role it was declared for; `scopes` are the token's that still hold."""

    client_id: str
    role: Role
    department: str
    scopes: frozenset[str]

    @property
    def operator(self) -> str:
        """How the audit trail names who does this."""
        return f"client:{self.client_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, with what condition."""

    services: Services
    caller: Caller
    if_match: str = ""

    def require_unchanged(self, current: BaseModel, *, is_needed: bool = True) -> None:
        """Require that what was read is what there is (RFC 9110 §13.1.1).

        Raises:
            Problem: there is no condition though one is needed, or it does not hold.
        """
        if not self.if_match:
            if is_needed:
                raise Problem(UNCONDITIONAL)
            return
        tag = tag_of(current)
        given = {each.strip() for each in self.if_match.split(",")}
        if not given & {"*", tag}:
            raise Problem(CHANGED_MEANWHILE, headers={"ETag": tag})

    def tell(self, event: str, *, outcome: str = "success", **said: object) -> None:
        """Record what the client did; `subject` and `client_id` name whom it was about."""
        subject, client_id = str(said.pop("subject", "")), str(said.pop("client_id", ""))
        told = AuditEvent(
            type=event,
            outcome=outcome,
            operator=self.caller.operator,
            channel=CHANNEL,
            client_id=client_id,
            subject=subject,
            detail=said,
        )
        with transaction.atomic():
            record(told, clock=self.services.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operation answers.

    `tagged` is what the ETag is of, where that is not the body; `subject` and `client_id` say whom
    a change was about, for the audit.
    """

    body: BaseModel | None = None
    status: int = 200
    tagged: BaseModel | None = None
    location: str = ""
    subject: str = ""
    client_id: str = ""

    def headers(self) -> dict[str, str]:
        """Those that belong to what is answered."""
        told: dict[str, str] = {}
        shown = self.tagged or self.body
        if shown is not None:
            told["ETag"] = tag_of(shown)
        if self.location:
            told["Location"] = self.location
        return told


def own_clients(request: Asked) -> frozenset[str] | None:
    """The clients that a department's client may know of; None for those who know all."""
    department = request.caller.department
    if not department:
        return None
    listed = request.services.city.clients.listed(department=department)
    return frozenset(each.client.client_id for each in listed)


def document_of(body: BaseModel) -> Mapping[str, object]:
    """As JSON says it."""
    return body.model_dump(mode="json", by_alias=True)


def tag_of(body: BaseModel) -> str:
    """A strong validator (RFC 9110 §8.8.3): the same for the same representation alone."""
    shown = orjson.dumps(document_of(body), option=orjson.OPT_SORT_KEYS)
    return f'"{sha256(shown).hexdigest()[:32]}"'
