"""The made-up population: who there is, with which documents, and what an authority says of them.

Owns the reading of `population.json`, and of `particulars.json`: what each further authority says
of whom, cards, and whose photograph is on no file. No number there is a real person's: mainland
numbers bear the city's own region code 350200, which no card bears, and serials from 991 up; the
rest are the published specimens. Seeding accounts for those with a login is the composition root's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from connectors.outcomes import Outcome

CROWD_NAME = "林晓明"
_DATA = Path(__file__).with_name("population.json")
_PARTICULARS = Path(__file__).with_name("particulars.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxDocument:
    """A document of a made-up person; `details` hold what is printed beside its number."""

    type: str
    number: str
    details: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLogin:
    """What a made-up person signs in with. Public on purpose: it opens a development account."""

    identifier: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPerson:
    """One made-up person.

    Attributes:
        key: how the README and tests call them.
        phone: E.164, or None.
        login: None for people who have no account yet.
        outcomes: method → what the authority answers to this person's true particulars.
        guardian: the key of the guardian of a minor.
        bank_card: the number of a card of theirs; no bank issues its range.
        has_photo: whether the authorities have a photograph on file.
    """

    key: str
    name: str
    documents: tuple[SandboxDocument, ...]
    phone: str | None
    login: SandboxLogin | None
    outcomes: Mapping[str, Outcome]
    name_latin: str | None = None
    guardian: str | None = None
    bank_card: str | None = None
    has_photo: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOrganization:
    """A made-up company; people are named by key, its status as the register words it.

    `register_code` is what the register answers instead, where it is not empty; `slow` is none.
    """

    uscc: str
    name: str
    legal_representative: str
    agents: tuple[str, ...]
    status: str = "存续"
    principal_title: str = "法定代表人"
    register_code: str = ""


@cache
def people() -> tuple[SandboxPerson, ...]:
    """Everyone, in the order of the data file."""
    listed = (*_read()["people"], *_particulars()["people"])
    return tuple(_person(entry) for entry in listed)


@cache
def organizations() -> tuple[SandboxOrganization, ...]:
    """The companies that some of the people act for."""
    return tuple(
        SandboxOrganization(
            uscc=entry["uscc"],
            name=entry["name"],
            legal_representative=entry["legal_representative"],
            agents=tuple(entry["agents"]),
        )
        for entry in _read()["organizations"]
    )


@cache
def registered_organizations() -> tuple[SandboxOrganization, ...]:
    """Those, and what else the register knows: closed ones, and some it cannot answer about."""
    others = _particulars()["organizations"]
    return organizations() + tuple(SandboxOrganization(**entry, agents=()) for entry in others)


def person(key: str) -> SandboxPerson:
    """The person of that key.

    Raises:
        KeyError: there is none.
    """
    for someone in people():
        if someone.key == key:
            return someone
    raise KeyError(key)


def is_of_the_crowd(number: str) -> bool:
    """Whether somebody called `CROWD_NAME` holds this identity card number.

    The city's own region code with a serial that no listed person has: as many people as a load
    test needs, of whom the population library knows number and name.
    """
    return len(number) == 18 and number.startswith("350200") and number[14:17] < "991"


def public_form(someone: SandboxPerson) -> dict[str, object]:
    """A person as `GET /people` shows them."""
    login = someone.login
    return {
        "key": someone.key,
        "name": someone.name,
        "documents": [
            {"type": entry.type, "number": entry.number, **entry.details}
            for entry in someone.documents
        ],
        "phone": someone.phone,
        "login": login and {"identifier": login.identifier, "password": login.password},
        "outcomes": {method: outcome.value for method, outcome in someone.outcomes.items()},
        **({"bank_card": someone.bank_card} if someone.bank_card else {}),
    }


def _read() -> dict[str, list[dict[str, Any]]]:
    read: dict[str, list[dict[str, Any]]] = json.loads(_DATA.read_text(encoding="utf-8"))
    return read


@cache
def _particulars() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_PARTICULARS.read_text(encoding="utf-8"))
    return read


def _further_outcomes(key: str) -> dict[str, Outcome]:
    return {
        method: Outcome(outcome)
        for method, told in _particulars()["outcomes"].items()
        for outcome, keys in told.items()
        if key in keys
    }


def _person(entry: dict[str, Any]) -> SandboxPerson:
    return SandboxPerson(
        key=entry["key"],
        name=entry["name"],
        name_latin=entry.get("name_latin"),
        documents=tuple(_document(listed) for listed in entry["documents"]),
        phone=entry["phone"],
        login=SandboxLogin(**entry["login"]) if entry["login"] else None,
        outcomes=MappingProxyType(
            {method: Outcome(value) for method, value in entry["outcomes"].items()}
            | _further_outcomes(entry["key"])
        ),
        guardian=entry.get("guardian"),
        bank_card=_particulars()["bank_cards"].get(entry["key"]),
        has_photo=entry["key"] not in _particulars()["without_photo"],
    )


def _document(listed: dict[str, str | None]) -> SandboxDocument:
    details = {name: value for name, value in listed.items() if name not in {"type", "number"}}
    return SandboxDocument(
        type=str(listed["type"]), number=str(listed["number"]), details=MappingProxyType(details)
    )
