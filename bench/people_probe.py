"""Asks one installation for people, signs them in and verifies them; prints µs of CPU for each.

In a process of its own, through the services that pages call. On SQLite the database's work is in
this process, and so in its CPU.
"""

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import django

from bench.population import resident

_BATCH = 10
"""Operations measured together: a process's clock is coarser than one of them."""


@contextmanager
def store() -> Iterator[None]:
    """The embedded store, where none was named."""
    from deploy.runtime.store import is_answering, store_program
    from deploy.settings.base import LOCATIONS

    folder = LOCATIONS.data / "store"
    program = store_program(
        folder, socket_path=LOCATIONS.store_socket, log=folder / "log", environment={}
    )
    with subprocess.Popen(program.command, stdout=subprocess.DEVNULL) as server:
        try:
            while not is_answering(LOCATIONS.store_socket):
                time.sleep(0.02)
            yield
        finally:
            server.terminate()


def _there(found: Any) -> Any:
    if found is None:
        raise LookupError("a person of the population is not there: seed it anew")
    return found


def _measured(operation: Callable[[dict[str, Any]], object], people: list[dict[str, Any]]) -> float:
    """The median of the batches, in µs of CPU each."""
    costs = []
    for start in range(0, len(people), _BATCH):
        batch = people[start : start + _BATCH]
        began = time.process_time()
        for person in batch:
            operation(person)
        costs.append((time.process_time() - began) / len(batch) * 1_000_000)
    return round(statistics.median(costs), 1)


def _operations() -> dict[str, Callable[[dict[str, Any]], object]]:
    from deploy.composition import house
    from idp.subjects.documents import Check, VerifiedDocument
    from idp.subjects.identifiers import TypedIdentifier

    rooms = house().rooms.hall.subjects

    def look_up(person: dict[str, Any]) -> Any:
        return _there(rooms.documents.holder(person["document_number"], person["name"]))

    def sign_in(person: dict[str, Any]) -> None:
        now = datetime.now(UTC)  # noqa: TID251 - the bench is outside the house
        phone = TypedIdentifier(kind="phone", value=f"+86{person['phone']}")
        person_id = _there(rooms.people.find(phone))
        rooms.people.standing(person_id, now=now)
        _, secret = rooms.sessions.start(
            person_id=person_id, aal=1, amr=("sms",), channel="web", now=now
        )
        _there(rooms.sessions.open(secret, now=now, client_id="bench")[0])

    def verify(person: dict[str, Any]) -> None:
        now = datetime.now(UTC)  # noqa: TID251 - the same
        number, name = person["document_number"], person["name"]
        document = VerifiedDocument(
            document_type="resident_id_card", number=number, holder_name=name
        )
        check = Check(
            method="population_two_factor",
            authority="library",
            checked_at=now,
            matched_claims=("name", "document_number"),
            values={"name": name, "document_number": number},
            identity_level=2,
        )
        rooms.documents.keep(look_up(person), document, check)

    return {"look-up by document": look_up, "login": sign_in, "verification": verify}


def main(size: int, times: int, number: int) -> None:
    django.setup()
    chosen = random.Random(number).sample(range(size), times)  # noqa: S311 - whom to ask
    people = [resident(each) for each in chosen]
    operations = _operations()
    with store():
        for operation in operations.values():
            operation(resident(0))  # what a first time costs is not told
        found = {name: _measured(each, people) for name, each in operations.items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:4]))
