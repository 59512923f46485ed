"""What each way of signing in and of proving who one is costs: processor time, trips, transactions.

Walks the pages of the tests' city, every room built as it is in service, on PostgreSQL and Redis;
the sandbox authority runs in a process of its own. Of every walk only what lies between the
person's act (a form sent, a passkey shown) and the answer after it is counted.

`python -m bench.methods [--times 30]`
"""

import argparse
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.request import urlopen

from bench.meter import HEADING, Meter, medians

ROOT = Path(__file__).resolve().parents[1]
_WARM = 6
"""Walks that are not counted: until every thread has its connection."""
_CARD_HOLDERS = ("adult", "adult_2", "elder", "guardian", "legal_representative", "agent")
"""Taking turns: a bank card is checked five times a day at most."""
_SANDBOX_PORT = 28_431
_PASSWORD = "a quiet harbour at dawn"
Walk = Callable[[Any, Meter], None]


def newcomer(city: Any, phone: str = "") -> tuple[Any, str]:
    """Somebody with a browser of their own and a number."""
    from django.test import Client

    from tests.walker import Walker

    address = f"10.9.{secrets.randbelow(250)}.{secrets.randbelow(250)}"
    http = Client(enforce_csrf_checks=True, REMOTE_ADDR=address)
    return Walker(city=city, http=http), phone or f"+86139{secrets.randbelow(10**8):08d}"


def arrived(walker: Any) -> None:
    """The service let the person in: otherwise something else was measured."""
    for _ in range(50):
        if walker.left_to:
            break
        walker.open(walker.url)
    if not walker.left_to or walker.answer != "granted":
        raise RuntimeError(f"nobody got in: {walker.words}")


def by_message(city: Any, meter: Meter, *, is_known: bool) -> None:
    """A number, its code."""
    city.clients.add()
    walker, phone = newcomer(city)
    if is_known:
        city.resident(phone)
    walker.enter()
    with meter.act():
        walker.press("method", "sms", identifier=phone, password="")
        walker.press("action", "sign_in", code=city.codes_for(phone)[0])
    arrived(walker)


def by_password(city: Any, meter: Meter) -> None:
    """A number and a password."""
    city.clients.add()
    walker, phone = newcomer(city)
    city.resident(phone, password=_PASSWORD)
    walker.enter()
    with meter.act():
        walker.sign_in_by_password(phone, _PASSWORD)
    arrived(walker)


def by_passkey(city: Any, meter: Meter) -> None:
    """One tap."""
    from policies.levels import Level
    from tests.journeys.test_authenticators import options, with_passkey

    city.clients.add()
    walker, phone = newcomer(city)
    holder = with_passkey(city, city.resident(phone))
    walker.enter(required=Level(ial=1, aal=2), required_is_essential=True)
    answer = holder.get(options(walker))
    walker.form.buttons.append(("passkey", answer))
    with meter.act():
        walker.press("passkey", answer)
    arrived(walker)


def again(city: Any, meter: Meter) -> None:
    """Another service, within the session."""
    city.clients.add()
    city.clients.add("other")
    walker, phone = newcomer(city)
    walker.enter().sign_in_by_code(phone)
    with meter.act(), meter.house():
        walker.enter(client_id="other")
    arrived(walker)


def before_the_check(city: Any, level: int, phone: str = "") -> Any:
    """Somebody who signed in and is asked who they are."""
    from policies.levels import Level

    city.clients.add(minimum_level=Level(ial=level, aal=1))
    walker, number = newcomer(city, phone)
    return walker.enter().sign_in_by_code(number)


def typed_by(walker: Any, key: str) -> dict[str, str]:
    """What they type of their first document, after choosing its kind."""
    from connectors.sandbox.population import person

    someone, document = person(key), person(key).documents[0]
    if document.type != "resident_id_card":
        walker.press("document", document.type)
    typed = {"name": someone.name, "document_number": document.number}
    if "birth_date" in walker.form.fields:
        typed["birth_date"] = str(document.details["birth_date"])
    if "bank_card" in walker.form.fields:
        typed["bank_card"] = str(someone.bank_card)
    return typed


def by_particulars(city: Any, meter: Meter, *, keys: Iterator[str], by_phone: bool = False) -> None:
    """What stands on the document, typed; `by_phone` where the authority compares that, too."""
    from connectors.sandbox.population import person

    key = next(keys)
    phone = (person(key).phone or "") if by_phone else ""
    walker = before_the_check(city, 2, phone)
    typed = typed_by(walker, key)
    with meter.act():
        walker.press("action", "verify", **typed)
    arrived(walker)
    if phone:
        city.rooms.people.unbind_phone(city.door.granted.person_id, phone)


def by_visit(city: Any, meter: Meter, *, way: str, key: str) -> None:
    """To the authority's own page and back; for a face, after the document was proven."""
    from tests.journeys.test_visits import Traveller

    walker = before_the_check(city, 3)
    traveller = Traveller(walker=walker)
    button = ("method", way)
    if way != "network_identity":
        walker.press("action", "verify", **typed_by(walker, key))
        button = ("action", "agree")
    with meter.act():
        if button in walker.form.buttons:
            walker.press(*button)
        traveller.come_back(traveller.at_authority(traveller.away(), key))
    arrived(walker)


def at_kiosk(city: Any, meter: Meter) -> None:
    """A card on the reader, a face before the camera; the devices' own requests count, too."""
    from tests.places import ELDER, agree, kiosk_of, settled, standing_before

    with kiosk_of(city) as kiosk:
        walker = standing_before(kiosk, newcomer(city)[0])
        with meter.act():
            agree(kiosk, walker)
            kiosk.look(ELDER)
            settled(walker)
        arrived(walker)


def walks() -> Iterator[tuple[str, Walk, dict[str, Any]]]:
    """Each row: what it is called, how it goes, and whom its city asks."""
    yield "text message, somebody new: number and code", partial(by_message, is_known=False), {}
    yield "text message, an account: number and code", partial(by_message, is_known=True), {}
    yield "password", by_password, {}
    yield "passkey", by_passkey, {}
    yield "signed in already: the next service", again, {}
    own_number = partial(by_particulars, keys=cycle(_CARD_HOLDERS), by_phone=True)
    document = partial(by_particulars, keys=repeat("newcomer"))
    passport = partial(by_particulars, keys=repeat("foreigner"))
    yield "population library: name, number", document, {"kinds": ("population_library",)}
    yield "CTID: name, number", document, {"kinds": ("ctid",)}
    yield "mobile operator: name, number, phone", own_number, {"kinds": ("mobile_operator",)}
    yield "bank card: name, number, card, phone", own_number, {"kinds": ("bank_card",)}
    yield "immigration: passport, name, birth date", passport, {"kinds": ("immigration",)}
    for way, key in (
        ("network_identity", "newcomer"),
        ("face", "newcomer"),
        ("immigration_face", "hongkong"),
    ):
        name = f"{way.replace('_', ' ')}: to the authority's page and back"
        yield name, partial(by_visit, way=way, key=key), {"visits": (way,)}
    yield "card and face at a kiosk", at_kiosk, {"kinds": ("population_library", "ctid")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Measures walks, each in a city whose store is empty and where nobody holds the papers."""

    meter: Meter
    store_url: str
    sandbox: Any
    times: int

    def measure(self, walk: Walk, asked: dict[str, Any]) -> Any:
        """The medians of so many walks."""
        costs = []
        with self._city(asked) as city:
            for _ in range(self.times + _WARM):
                self._forget()
                walk(city, self.meter)
                costs.append(self.meter.cost)
        return medians(costs[_WARM:])

    @contextmanager
    def _city(self, asked: dict[str, Any]) -> Iterator[Any]:
        from django.conf import settings

        from idp.foundation.storage import ValkeyStore
        from tests.city import Asked, built_city

        store = ValkeyStore(self.store_url)
        with built_city(store, self.sandbox, asked=Asked(**asked)) as city:
            settings.ROOT_URLCONF = city
            yield city
        store.close()

    def _forget(self) -> None:
        from redis import Redis

        from idp.subjects.models import Document, Identifier

        with Redis.from_url(self.store_url) as client:
            client.flushdb()
        Document.objects.filter(state="live").update(state="revoked")
        Identifier.objects.filter(kind="network_number").delete()


@contextmanager
def _sandbox(port: int) -> Iterator[Any]:
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "connectors.sandbox", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as running:
        try:
            while not _answers(url):
                time.sleep(0.05)
            yield SimpleNamespace(base_url=url)
        finally:
            running.terminate()


def _answers(url: str) -> bool:
    try:
        urlopen(f"{url}/healthz", timeout=1).close()
    except OSError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="bench.methods", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="walks of each way, 24 at most")
    chosen = parser.parse_args(arguments)
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings.test"
    from deploy.verify.peers import peers

    with ExitStack() as stack:
        servers = stack.enter_context(peers())
        os.environ.update(servers)
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        sandbox = stack.enter_context(_sandbox(_SANDBOX_PORT))
        meter = Meter()
        stack.enter_context(meter.watching())
        url = servers["REDIS_URL"]
        bench = Bench(meter=meter, store_url=url, sandbox=sandbox, times=chosen.times)
        print(HEADING, flush=True)
        for name, walk, asked in walks():
            print(bench.measure(walk, asked).row(name), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
