"""Accounts for the made-up people of the sandbox who have a login, so that one can sign in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from connectors.evidence import IdentityClaim
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.registry import IDENTITY_VERIFICATION, build_for_sandbox
from connectors.sandbox.authority import SandboxAuthority
from connectors.sandbox.population import SandboxPerson, people
from connectors.sandbox.server import SandboxServer
from idp.foundation.clock import Clock
from idp.journey.assembly import SubjectRooms
from idp.journey.verification.desk import check_of
from idp.subjects.documents import VerifiedDocument
from idp.subjects.identifiers import TypedIdentifier, parse_identifier
from idp.subjects.models import Identifier

VERIFIED: Final = frozenset({"adult"})
"""Who starts with a real name: checked against the sandbox authority as anybody would be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSeeder:
    """Idempotent: people who are there are left alone."""

    rooms: SubjectRooms
    outbound: OutboundClient
    clock: Clock

    def __call__(self) -> None:
        missing = [person for person in people() if self._is_missing(person)]
        if not missing:
            return
        now = self.clock.now()
        with _authority(self.clock) as address:
            for person in missing:
                person_id = self._create(person, now)
                if person.key in VERIFIED:
                    self._verify(person_id, person, address, now)

    def _is_missing(self, person: SandboxPerson) -> bool:
        if person.login is None or person.phone is None:
            return False
        identifier = parse_identifier(person.login.identifier)
        return identifier is not None and self.rooms.people.find(identifier) is None

    def _create(self, person: SandboxPerson, now: datetime) -> UUID:
        if person.phone is None or person.login is None:
            raise AssertionError("only people with a phone and a login are given accounts")
        directory = self.rooms.people
        person_id, _ = directory.find_or_register(person.phone, client_id="", now=now)
        directory.set_password(person_id, person.login.password, now=now)
        for kind, value in _identifiers(person).items():
            found_by = TypedIdentifier(kind=kind, value=value)
            directory.add_identifier(person_id, found_by, verified_at=now)
        self.rooms.profiles.write(person_id, _description(person))
        return person_id

    def _verify(self, person_id: UUID, person: SandboxPerson, address: str, now: datetime) -> None:
        """The same check the journey makes, over the same wire."""
        library = build_for_sandbox(
            IDENTITY_VERIFICATION, "population_library", base_url=address, client=self.outbound
        )
        document = person.documents[0]
        claim = IdentityClaim(
            document_type=document.type, document_number=document.number, name=person.name
        )
        result = library.verify(claim, now=now)
        if result.outcome is not Outcome.MATCH:
            raise RuntimeError(f"the sandbox does not vouch for {person.key}: {result.outcome}")
        self.rooms.documents.keep(
            person_id,
            VerifiedDocument(
                document_type=document.type, number=document.number, holder_name=person.name
            ),
            check_of(claim, result),
        )


@contextmanager
def _authority(clock: Clock) -> Iterator[str]:
    """The sandbox authority on a port of its own, for as long as seeding takes."""
    server = SandboxServer("127.0.0.1", 0, SandboxAuthority(clock=clock.now))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    try:
        yield server.base_url
    finally:
        server.shutdown()
        server.server_close()


def _identifiers(person: SandboxPerson) -> dict[str, str]:
    name = person.key.replace("_", "-")
    return {
        Identifier.Kind.EMAIL: f"{name}@mail.example",
        Identifier.Kind.USERNAME: name,
    }


def _description(person: SandboxPerson) -> dict[str, object]:
    """Made-up answers to everything a profile may hold."""
    names = (person.name_latin or person.name).split()
    name = person.key.replace("_", "-")
    return {
        "given_name": names[0] if len(names) > 1 else person.name[1:],
        "family_name": names[-1] if len(names) > 1 else person.name[:1],
        "middle_name": names[1] if len(names) > 2 else "文",
        "nickname": name,
        "profile": f"https://people.example/{name}",
        "picture": f"https://people.example/{name}.png",
        "website": f"https://{name}.people.example/",
        "zoneinfo": "Asia/Shanghai",
        "locale": "zh-CN",
        "address": {
            "formatted": "示范市鹭江道1号",
            "street_address": "鹭江道1号",
            "locality": "示范市",
            "country": "CN",
        },
    }
