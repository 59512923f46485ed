"""Accounts for the made-up people of the sandbox who have a login, so that one can sign in."""

from datetime import datetime

from connectors.sandbox.population import SandboxPerson, people
from idp.subjects.identifiers import TypedIdentifier, parse_identifier
from idp.subjects.people import People


def seed_people(directory: People, *, now: datetime) -> int:
    """Create the accounts that are missing; the number created. Idempotent."""
    created = 0
    for person in people():
        if person.login is None or person.phone is None:
            continue
        identifier = parse_identifier(person.login.identifier)
        if identifier is not None and directory.find(identifier) is None:
            _create(directory, person, identifier, now=now)
            created += 1
    return created


def _create(
    directory: People, person: SandboxPerson, identifier: TypedIdentifier, *, now: datetime
) -> None:
    if person.phone is None or person.login is None:
        raise AssertionError("only people with a phone and a login are given accounts")
    person_id, _ = directory.find_or_register(person.phone, client_id="", now=now)
    if directory.find(identifier) is None:
        directory.add_identifier(person_id, identifier, verified_at=now)
    directory.set_password(person_id, person.login.password, now=now)
