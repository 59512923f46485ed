"""Accounts for the sandbox's made-up people who have a login. Development only; idempotent.

Everybody proves a phone; the `adult` is also checked against the authority, so that the simplest
journey needs no verification. The others verify on demand.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from connectors.contract import IdentityVerification
from connectors.documents.names import normalise_name
from connectors.documents.registry import DOCUMENT_TYPES
from connectors.evidence import IdentityClaim
from idp.journey.assembly import REACHABLE_IAL, SubjectRooms
from idp.journey.verification.desk import check_of
from idp.subjects.documents import VerifiedDocument
from idp.subjects.identifiers import parse_identifier

VERIFIED: Final = frozenset({"adult"})
"""The keys of those who come verified."""

Persona = Mapping[str, Any]
"""As `GET /people` of the sandbox authority tells them."""


def seed_people(
    personas: Iterable[Persona],
    rooms: SubjectRooms,
    authority: IdentityVerification,
    *,
    now: datetime,
) -> int:
    """Make the accounts that are not there yet; return how many personas have one."""
    with_login = [each for each in personas if each["login"] and each["phone"]]
    for persona in with_login:
        _seed(persona, rooms, authority, now)
    return len(with_login)


def _seed(
    persona: Persona, rooms: SubjectRooms, authority: IdentityVerification, now: datetime
) -> None:
    login = persona["login"]
    person_id, is_new = rooms.people.find_or_register(persona["phone"], client_id="", now=now)
    if is_new:
        rooms.people.set_password(person_id, login["password"], now=now)
    identifier = parse_identifier(login["identifier"])
    if identifier is not None and rooms.people.find(identifier) is None:
        rooms.people.add_identifier(person_id, identifier, verified_at=now)
    held = rooms.chain.identity_level(person_id, now=now).level
    if persona["key"] in VERIFIED and held < REACHABLE_IAL:
        claim = _claim(persona, authority)
        result = authority.verify(claim, now=now)
        if result.outcome.raises_level:
            document = VerifiedDocument(
                document_type=claim.document_type,
                number=claim.document_number,
                holder_name=claim.name,
            )
            rooms.documents.keep(person_id, document, check_of(claim, result))


def _claim(persona: Persona, authority: IdentityVerification) -> IdentityClaim:
    document = next(
        each for each in persona["documents"] if each["type"] in authority.document_types
    )
    return IdentityClaim(
        document_type=document["type"],
        document_number=DOCUMENT_TYPES[document["type"]].normalise(document["number"]),
        name=normalise_name(persona["name"]),
    )
