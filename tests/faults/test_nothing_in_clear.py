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
from tests.clear_text import codes_in_clear, forms_of, in_clear
from tests.faults.crowd import CALLBACK, Portal
from tests.faults.guard import Guard
from tests.product import WITHIN, Product, wait_until
from tests.spec.pages import Form, forms
from tests.visiting import Visitor, knowing

pytestmark = [pytest.mark.server, pytest.mark.storage, pytest.mark.requirement("R13")]

PICTURE = Path(__file__).resolve().parents[1] / "connectors" / "pictures" / "td3.png"
FACE = PICTURE.read_bytes()[9_000:9_048]
"""What a stored photograph could not do without: a piece of its pixels."""
KEY = "newcomer_4"
EMAIL = "adult-2@mail.example"
ADDED = "newcomer.four+city@mail.example"
"""An address that signs in, added in the person's own space; its forms differ in every encoding."""
CONTACT, CONTACT_EMAIL = "+8613700004477", "daughter.of.four@mail.example"
"""Who else is told."""
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


def add(
    product: Product, visitor: Visitor, path: str, to: str, codes: dict[str, str]
) -> requests.Response:
    """Give an address or a contact in one's own space, with the code that was sent there."""

    def read() -> str:
        codes[f"code to {to}"] = product.code_to(to)
        return codes[f"code to {to}"]

    known = visitor.knows
    visitor.knows = {**known, "email": to, "identifier": to, "code": read}
    answer = visitor.visit(f"{product.issuer}{path}")
    visitor.knows = known
    assert answer.url.endswith(("/account/security", "/account/contacts")), answer.url
    assert f"code to {to}" in codes
    return answer


def came_back_by_email(product: Product, codes: dict[str, str]) -> None:
    """Sign in with a code to the address that was added, and be told of a new way to sign in."""

    def read() -> str:
        codes["code of signing in"] = product.code_to(ADDED)
        return codes["code of signing in"]

    visitor = Visitor(
        knows={"identifier": ADDED, "code": read},
        presses={"login": ("method", "sms"), "consent": ("decision", "allow")},
    )
    answer = visitor.visit(f"{product.issuer}/account/")
    assert answer.url == f"{product.issuer}/account/", answer.url
    assert "code of signing in" in codes


def unmasked(product: Product, phone: str) -> bytes:
    """What a guard saw who found the person by phone and by address, and looked behind the mask."""
    guard = Guard.of(product)
    guard.sign_in()
    masked = guard.find(ADDED)
    assert masked.url == guard.find(phone).url
    assert not in_clear([("page", masked.content)], {"phone": phone, "e-mail": ADDED})
    return guard.unmask(masked).content


def lived(product: Product, person: dict[str, Any], codes: dict[str, str]) -> bytes:
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
    add(product, visitor, "/account/security/add/email", ADDED, codes)
    add(product, visitor, "/account/contacts/add", CONTACT, codes)
    add(product, visitor, "/account/contacts/add", CONTACT_EMAIL, codes)
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
    "SELECT id FROM foundation_outboxmessage WHERE state = 'waiting' "
    "AND kind IN ('security_notice', 'contact_notice')"
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
        "added e-mail": ADDED,
        "contact": CONTACT.removeprefix("+86"),
        "contact's e-mail": CONTACT_EMAIL,
    }


def test_nothing_of_a_person_stands_in_clear_after_a_whole_life(
    crowded_product: Product, tmp_path: Path
) -> None:
    product = crowded_product
    person = product.person(KEY)
    secrets = secrets_of(person)
    codes: dict[str, str] = {}
    exported = lived(product, person, codes)
    signed_in_by_email(product)
    came_back_by_email(product, codes)
    behind = unmasked(product, str(person["phone"]))
    everything = {"name", "phone", "number", "added e-mail", "contact", "contact's e-mail"}
    for place in (("export", exported), ("behind the mask", behind)):
        assert everything <= {each.what for each in in_clear([place], secrets)}
    wait_until(lambda: not product.rows("SELECT id FROM foundation_auditrow WHERE seq IS NULL"))
    wait_until(lambda: not product.rows(UNTOLD))

    places = list(kept(product, tmp_path / "backup.sqlite3"))

    assert any(place.startswith("store ") for place, _ in places)
    assert any(place.startswith("log/") and content for place, content in places)
    assert in_clear(places, secrets) == []
    assert len(set(codes.values())) > 2
    assert codes_in_clear(places, codes) == []


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


@pytest.mark.parametrize("around", ['{"code":"%s"}', "code=%s&x=1", "sent %s to", "%s"])
def test_code_is_found_when_it_stands_by_itself_and_not_amid_a_digest(around: str) -> None:
    written = [("place", (around % "482915").encode())]
    assert [each.place for each in codes_in_clear(written, {"code": "482915"})] == ["place"]
    amid = [("digest", b"a482915f 1482915 0.482915 4829150")]
    assert codes_in_clear(amid, {"code": "482915"}) == []
