"""After a whole life at the provider: nobody's data stand in clear in anything it keeps."""

import base64
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import psycopg
import pytest
import requests
from redis import Redis

from deploy.settings.locations import Locations
from policies.levels import Level
from tests.clear_text import forms_of, in_clear
from tests.faults.crowd import CALLBACK, Portal
from tests.product import WITHIN, Product, wait_until
from tests.spec.pages import Form, forms
from tests.visiting import Visitor, knowing

pytestmark = [pytest.mark.server, pytest.mark.storage, pytest.mark.requirement("R13")]

PICTURE = Path(__file__).resolve().parents[1] / "connectors" / "pictures" / "td3.png"
FACE = PICTURE.read_bytes()[9_000:9_048]
"""What a stored photograph could not do without: a piece of its pixels."""
KEY = "newcomer_4"
EMAIL = "adult-2@mail.example"
CLAIMS = json.dumps(
    {
        "id_token": {
            "acr": {"essential": True, "values": [Level(ial=3, aal=1).acr]},
            "name": None,
        },
        "userinfo": {
            "name": None,
            "phone_number": None,
            "birthdate": None,
            "verified_claims": {
                "verification": {
                    "trust_framework": None,
                    "evidence": [{"type": {"value": "electronic_record"}}],
                },
                "claims": {"name": None, "birthdate": None},
            },
        },
    }
)


class Newcomer(Visitor):
    """Types all of themselves, photographs a document before that, and agrees to everything.

    Where a camera page is named, goes there, looks into it, and comes back.
    """

    has_photographed = False
    has_shown_face = False

    def open(self, method: str, url: str, **options: Any) -> requests.Response:
        answer = Visitor.open(self, method, url, **options)
        away = re.search(r'href="([^"]+/face/capture[^"]*)"[^>]*data-go-after', answer.text)
        if away is None:
            return answer
        page = urlsplit(unescape(away[1]))
        said = {**dict(parse_qsl(page.query)), "identifier": KEY, "decision": "allow"}
        back = requests.post(away[1], data=said, allow_redirects=False, timeout=WITHIN)
        assert back.status_code == 303
        self.has_shown_face = True
        return Visitor.open(self, "GET", back.headers["Location"])

    def submit(self, form: Form, **typed: str) -> requests.Response:
        if form.step == "verification" and not self.has_photographed:
            self.has_photographed = True
            pairs = [(name, value) for name, values in form.fields.items() for value in values]
            self.open(
                "POST",
                form.action,
                data=[*pairs, ("action", "read"), ("name", str(self.knows["name"]))],
                files={"photograph": ("passport.png", PICTURE.read_bytes(), "image/png")},
            )
        if form.step == "consent":
            form.fields["claim"] = [value for name, value in form.optional if name == "claim"]
        return Visitor.submit(self, form, **typed)


def lived(product: Product, person: dict[str, Any]) -> bytes:
    """Register, verify, agree, get and renew tokens, be told of, take one's data, leave."""
    portal = Portal.at(product)
    visitor = Newcomer(
        knows=knowing(product, person),
        presses={"login": ("method", "sms"), "consent": ("decision", "allow")},
    )
    code, verifier = portal.code(visitor, claims=CLAIMS)
    assert visitor.has_shown_face
    tokens = portal.redeem(code, verifier).json()
    told = requests.get(
        portal.metadata["userinfo_endpoint"],
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        timeout=WITHIN,
    ).json()
    assert told["name"] == person["name"]
    assert told["verified_claims"]["claims"]["name"] == person["name"]
    assert portal.refresh(tokens["refresh_token"]).status_code == 200
    exported = exported_by(product, visitor)
    left = visitor.visit(
        portal.metadata["end_session_endpoint"], until=CALLBACK, id_token_hint=tokens["id_token"]
    )
    assert left.status_code == 200
    return exported


def signed_in_by_email(product: Product) -> None:
    """Somebody who types their address, and takes their data along."""
    person = product.person("adult_2")
    known = {**knowing(product, person), "identifier": EMAIL}
    visitor = Visitor(
        knows={**known, "password": person["login"]["password"]},
        presses={"login": ("action", "sign_in"), "consent": ("decision", "allow")},
    )
    Portal.at(product).code(visitor)
    assert EMAIL.encode() in exported_by(product, visitor)


def exported_by(product: Product, visitor: Visitor) -> bytes:
    page = visitor.visit(f"{product.issuer}/account/data")
    form = next(each for each in forms(page) if ("action", "file") in each.buttons)  # type: ignore[arg-type]
    pairs = [(name, value) for name, values in form.fields.items() for value in values]
    return visitor.open("POST", form.action, data=[*pairs, ("action", "file")]).content


def kept(product: Product, backup: Path) -> Iterator[tuple[str, bytes]]:
    """All that stays: files of database and logs, a backup, every key and value of the store."""
    for file in sorted(product.data.rglob("*")):
        if file.is_file() and file.name != "companions.log":  # the authority's and portals' own
            yield str(file.relative_to(product.data)), file.read_bytes()
    server = product.environment.get("DATABASE_URL")
    if server:
        yield from dumped(server)
    else:
        database = Locations(data=product.data).database
        with closing(sqlite3.connect(database)) as live, closing(sqlite3.connect(backup)) as copy:
            live.backup(copy)
        yield "backup", backup.read_bytes()
    yield from stored(product)


def dumped(server: str) -> Iterator[tuple[str, bytes]]:
    """Every table as pg_dump writes it."""
    with psycopg.connect(server) as peer:
        tables = peer.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in tables.fetchall():
            with peer.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as lines:
                yield f"table {table}", b"".join(bytes(line) for line in lines)


UNTOLD = (
    "SELECT id FROM foundation_outboxmessage WHERE state = 'waiting' AND kind = 'security_notice'"
)
READERS = {
    b"string": lambda store, key: store.get(key),
    b"hash": lambda store, key: b"\n".join(b for pair in store.hgetall(key).items() for b in pair),
    b"set": lambda store, key: b"\n".join(store.smembers(key)),
    b"zset": lambda store, key: b"\n".join(store.zrange(key, 0, -1)),
    b"list": lambda store, key: b"\n".join(store.lrange(key, 0, -1)),
    b"stream": lambda store, key: repr(store.xrange(key)).encode(),
}


def stored(product: Product) -> Iterator[tuple[str, bytes]]:
    named = product.environment.get("REDIS_URL")
    with Redis.from_url(named or f"unix://{Locations(data=product.data).store_socket}") as store:
        for key in store.scan_iter():
            content = READERS[store.type(key)](store, key) or b""
            yield f"store {key!r}", key + b"\n" + content


def secrets_of(person: dict[str, Any]) -> dict[str, str | bytes]:
    phone = str(person["phone"])
    number = str(person["documents"][0]["number"])
    return {
        "name": str(person["name"]),
        "phone": phone.removeprefix("+86"),
        "number": number,
        "number as grouped": f"{number[:6]} {number[6:14]} {number[14:]}",
        "birth date": f"{number[6:10]}-{number[10:12]}-{number[12:14]}",
        "face": FACE,
        "e-mail": EMAIL,
    }


def test_nothing_of_a_person_stands_in_clear_after_a_whole_life(
    crowded_product: Product, tmp_path: Path
) -> None:
    product = crowded_product
    person = product.person(KEY)
    secrets = secrets_of(person)
    exported = lived(product, person)
    signed_in_by_email(product)
    shown = in_clear([("export", exported)], secrets)
    assert {"name", "phone", "number"} <= {each.what for each in shown}
    wait_until(lambda: not product.rows("SELECT id FROM foundation_auditrow WHERE seq IS NULL"))
    wait_until(lambda: not product.rows(UNTOLD))

    places = list(kept(product, tmp_path / "backup.sqlite3"))

    assert any(place.startswith("store ") for place, _ in places)
    assert any(place.startswith("log/") and content for place, content in places)
    assert in_clear(places, secrets) == []


@pytest.mark.parametrize("value", ["唐心怡", "13800000017", "350200199909099914", "Anna Maria"])
def test_every_encoding_is_found_when_it_stands_there(value: str) -> None:
    written = {
        "utf-8": value.encode(),
        "json": json.dumps({"n": value}).encode(),
        "hex": value.encode().hex().encode(),
        "percent": quote(value).encode(),
        "utf-16": value.encode("utf-16-le"),
        **{
            f"base64 {before}": base64.b64encode(b"x" * before + value.encode() + b"y" * after)
            for before in range(4)
            for after in range(3)
        },
    }
    found = in_clear(written.items(), {"value": value})
    assert {each.place for each in found} == set(written)
    assert in_clear([("elsewhere", b"nothing to see here" * 100)], {"value": value}) == []
    assert all(len(form) >= 6 for form in forms_of(value))
