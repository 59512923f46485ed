"""Clients: listed, set up, changed, suspended, given a new secret, removed.

What metadata may be is the registrar's; a department's client meets its department's alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, Literal

from ninja import Query
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.config import JsonDict

from admin.api.asked import Answer, Asked
from admin.api.paging import Cursor, Page
from admin.api.problems import (
    CHANGED_MEANWHILE,
    CONFLICT,
    DECLARED_ONLY,
    INVALID,
    NOT_FOUND,
    Problem,
    Wrong,
    invalid,
)
from admin.sections.clients import FIELDS
from idp.clients.metadata import (
    BOOLEANS,
    CLAIMS_CLASSES,
    LOCALIZED,
    OWN_MEMBERS,
    STRING_LISTS,
    MetadataProblem,
    holds_management_scopes,
)
from idp.clients.register import Registered
from idp.clients.registrar import Amendment, ChangedMeanwhile, ClientExists, SecretUnknown
from policies.levels import Level

_KNOWN: Final = frozenset(OWN_MEMBERS).union(*(kind.REGISTERED_CLAIMS for kind in CLAIMS_CLASSES))
_DEPARTMENTS: Final = frozenset(each.name for each in FIELDS if not each.is_citys)
_MEMBERS: Final[JsonDict] = {
    "properties": {
        name: (
            {"type": "array", "items": {"type": "string"}}
            if name in STRING_LISTS
            else {"type": "boolean"}
            if name in BOOLEANS
            else {"type": "object"}
            if name == "jwks"
            else {"type": "integer"}
            if name == "default_max_age"
            else {"type": "string"}
        )
        for name in sorted(_KNOWN)
    }
}
"""What the document says of metadata; members with a language (`client_name#en`) stand beside."""
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$"
_WORD: Final = r"^[a-z][a-z0-9_-]{0,39}$"


class Client(BaseModel):
    """A client as registered: what it says of itself, and what the city decided of it."""

    client_id: str
    status: Literal["active", "suspended"]
    origin: str = Field(description="`declared`, `dynamic` or `onboarded`.")
    department: str
    classification: str
    minimum_acr: str
    management_role: str = Field(description="Its role in this API, declared by operators.")
    metadata: dict[str, Any] = Field(description="RFC 7591 §2 and OpenID Connect Registration §2.")
    created_at: datetime
    updated_at: datetime


class Clients(BaseModel):
    """A page of clients, by client_id."""

    items: list[Client]
    next_cursor: Cursor


class ClientFilter(Page):
    """Which clients."""

    q: str = Field("", max_length=100, description="In name, identifier or department.")
    status: Literal["", "active", "suspended"] = ""
    department: str = Field("", max_length=128)


class NewClient(BaseModel):
    """A client to set up."""

    model_config = ConfigDict(extra="forbid", strict=True)

    client_id: str = Field("", pattern=rf"{_NAME}|^$", description="Random where none is given.")
    department: str = Field("", max_length=128)
    classification: str = Field("general", pattern=_WORD)
    minimum_acr: str = Field("", max_length=64)
    metadata: dict[str, Any] = Field(
        description="RFC 7591 §2 and OpenID Connect Registration §2.",
        json_schema_extra=_MEMBERS,
    )


class ClientChange(BaseModel):
    """What to change, as a merge patch (RFC 7396): null takes a member of the metadata away."""

    model_config = ConfigDict(extra="forbid", strict=True)

    metadata: dict[str, Any] = Field(default_factory=dict)
    classification: str | None = Field(None, pattern=_WORD)
    minimum_acr: str | None = Field(None, max_length=64)

    def of_city(self) -> dict[str, str]:
        """What of it only the city decides."""
        given = {"classification": self.classification, "minimum_acr": self.minimum_acr}
        return {name: value for name, value in given.items() if value is not None}


class NewSecret(BaseModel):
    """A client with its secret, which is told this once."""

    client: Client
    client_secret: str = Field(description="Empty where the client needs none.")


class StatusChanges(BaseModel):
    """Which clients, and what becomes of them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    client_ids: list[str] = Field(min_length=1, max_length=200)
    status: Literal["active", "suspended"]

    @field_validator("client_ids")
    @classmethod
    def _each_once(cls, given: list[str]) -> list[str]:
        if len(set(given)) < len(given):
            raise ValueError("each client once")
        return given


class ChangedClients(BaseModel):
    """Those that were not so before."""

    client_ids: list[str]


def listed(request: Asked, asked: Query[ClientFilter]) -> Answer:
    """List clients."""
    found = request.services.city.clients.listed(
        department=request.caller.department or asked.department
    )
    if request.caller.department and asked.department not in {"", request.caller.department}:
        found = []
    wanted = asked.q.strip().casefold()
    fitting = [
        each
        for each in found
        if asked.status in {"", each.client.status} and wanted in _words(each).casefold()
    ]
    fitting.sort(key=lambda each: each.client.client_id)
    shown, cursor = asked.of(fitting, lambda each: each.client.client_id)
    return Answer(body=Clients(items=[_client(each) for each in shown], next_cursor=cursor))


def show(request: Asked, client_id: str) -> Answer:
    """Show one client."""
    return Answer(body=_client(_found(request, client_id)))


def create(request: Asked, given: NewClient) -> Answer:
    """Set a client up; its secret is told this once."""
    _require_metadata(request, given.metadata)
    _require_level(given.minimum_acr)
    city = {
        "department": given.department,
        "classification": given.classification,
        "minimum_acr": given.minimum_acr,
    }
    with refusals():
        made = request.services.city.registrar.onboard(
            given.metadata,
            {name: value for name, value in city.items() if value},
            client_id=given.client_id,
            operator=request.caller.operator,
        )
    client = _client(_found(request, made.client.client_id))
    return Answer(
        status=201,
        body=NewSecret(client=client, client_secret=made.client_secret),
        tagged=client,
        location=f"/api/v1/clients/{client.client_id}",
        client_id=client.client_id,
    )


def change(request: Asked, client_id: str, given: ClientChange) -> Answer:
    """Change a client; what is not named stays."""
    found = _locked(request, client_id)
    _require_metadata(request, given.metadata)
    _require_level(given.minimum_acr or "")
    if request.caller.department and given.of_city():
        raise invalid(f"#/{next(iter(given.of_city()))}", "is the city's to decide")
    amendment = Amendment(
        metadata=given.metadata,
        city=given.of_city(),
        read_at=found.updated_at,
        operator=request.caller.operator,
    )
    with refusals():
        request.services.city.registrar.amend(client_id, amendment)
    return _shown(request, client_id)


def suspend(request: Asked, client_id: str) -> Answer:
    """Suspend a client: it signs nobody in and gets no token, within a second."""
    return _with_status(request, client_id, "suspended")


def reinstate(request: Asked, client_id: str) -> Answer:
    """Let a suspended client work again."""
    return _with_status(request, client_id, "active")


def set_statuses(request: Asked, given: StatusChanges) -> Answer:
    """Suspend several clients, or let them work again: all of them or none."""
    found = [_known(request, at, each) for at, each in enumerate(given.client_ids)]
    wrong = [each for each in found if isinstance(each, Wrong)]
    if wrong:
        raise Problem(INVALID, errors=wrong)
    changed = []
    for each in found:
        if isinstance(each, Registered) and each.client.status != given.status:
            client_id = each.client.client_id
            registrar = request.services.city.registrar
            registrar.set_status(client_id, given.status, actor=request.caller.operator)
            changed.append(client_id)
    return Answer(body=ChangedClients(client_ids=changed))


def renew_secret(request: Asked, client_id: str) -> Answer:
    """Replace a client's secret; the old one opens nothing any more, within a second."""
    found = _locked(request, client_id)
    with refusals():
        renewed = request.services.city.registrar.renew_secret(
            client_id, read_at=found.updated_at, operator=request.caller.operator
        )
    client = _client(_found(request, client_id))
    body = NewSecret(client=client, client_secret=renewed.client_secret)
    return Answer(body=body, tagged=client, client_id=client_id)


def remove(request: Asked, client_id: str) -> Answer:
    """Remove a client for good."""
    found = _locked(request, client_id)
    with refusals():
        request.services.city.registrar.remove(
            client_id, read_at=found.updated_at, operator=request.caller.operator
        )
    return Answer(status=204, client_id=client_id)


@contextmanager
def refusals() -> Iterator[None]:
    """What the registrar refuses, in the words of this API."""
    try:
        yield
    except MetadataProblem as problem:
        why = str(problem).removeprefix(f"{problem.member}: ")
        raise invalid(_pointer(problem.member), why) from problem
    except ChangedMeanwhile as problem:
        raise Problem(CHANGED_MEANWHILE) from problem
    except ClientExists as problem:
        raise Problem(CONFLICT, "that is another client's name") from problem
    except SecretUnknown as problem:
        raise Problem(CONFLICT, "the client proves itself without a secret") from problem


def _with_status(request: Asked, client_id: str, status: str) -> Answer:
    found = _found(request, client_id)
    request.require_unchanged(_client(found), is_needed=False)
    if found.client.status != status:
        registrar = request.services.city.registrar
        registrar.set_status(client_id, status, actor=request.caller.operator)
    return _shown(request, client_id)


def _locked(request: Asked, client_id: str) -> Registered:
    """The client as whoever asks read it.

    Never one that holds a role or keeps those who do: its secret would be worth the role.
    """
    found = _found(request, client_id)
    if found.client.management_role or found.client.provisions:
        raise Problem(DECLARED_ONLY)
    request.require_unchanged(_client(found))
    return found


def _found(request: Asked, client_id: str) -> Registered:
    department = request.caller.department
    found = request.services.city.clients.find(client_id, department=department)
    if found is None:
        raise Problem(NOT_FOUND)
    return found


def _known(request: Asked, at: int, client_id: str) -> Registered | Wrong:
    department = request.caller.department
    found = request.services.city.clients.find(client_id, department=department)
    return found or Wrong(f"#/client_ids/{at}", "there is no such client")


def _shown(request: Asked, client_id: str) -> Answer:
    return Answer(body=_client(_found(request, client_id)), client_id=client_id)


def _require_metadata(request: Asked, metadata: Mapping[str, Any]) -> None:
    """Members that exist, and that are the caller's to set."""
    for name in metadata:
        base, mark, _tag = name.partition("#")
        if base not in (LOCALIZED if mark else _KNOWN):
            raise invalid(_pointer(name), "is no client metadata")
        if request.caller.department and name not in _DEPARTMENTS:
            raise invalid(_pointer(name), "is the city's to change")
    scope = metadata.get("scope")
    if isinstance(scope, str) and holds_management_scopes(metadata):
        raise invalid(_pointer("scope"), "scopes of this API are declared by operators")


def _require_level(minimum_acr: str) -> None:
    if minimum_acr and Level.parse(minimum_acr) is None:
        raise invalid("#/minimum_acr", "expected urn:tongxing:acr:ial{1-4}:aal{1-3}")


def _pointer(member: str) -> str:
    return f"#/metadata/{member.replace('~', '~0').replace('/', '~1')}"


def _words(found: Registered) -> str:
    client = found.client
    return " ".join((client.client_id, client.department, *client.client_name.values()))


def _client(found: Registered) -> Client:
    client = found.client
    return Client(
        client_id=client.client_id,
        status="active" if client.status == "active" else "suspended",
        origin=found.origin,
        department=client.department,
        classification=client.classification,
        minimum_acr=str(found.city.get("minimum_acr", "")),
        management_role=client.management_role,
        metadata=dict(client.metadata),
        created_at=found.created_at,
        updated_at=found.updated_at,
    )
