"""Two accounts of one person become one, and part again: what clients see of it; and a freeze."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from idp.foundation.outbox import forget_delivered
from idp.foundation.outbox.models import OutboxMessage
from idp.subjects.merging import Wish
from idp.subjects.statuses import Actor, ActorKind
from idp.subjects.ties import Tie
from tests.spec.conftest import BOTH, SCOPE
from tests.spec.house import HouseUnderTest
from tests.spec.listening import Portal
from tests.spec.pages import Conduct, Person
from tests.spec.relying_party import Provider, RelyingParty, peek

OPERATOR = Actor(kind=ActorKind.OPERATOR, id="op-7")
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
PASSWORD = "Bailu-merged-4801"


@dataclass(slots=True, kw_only=True)
class Account:
    """Somebody with an account of their own, and what clients know them by."""

    house: HouseUnderTest
    person_id: UUID
    conduct: Conduct
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)

    def enter(self, party: RelyingParty, **changes: str) -> str:
        """Sign in at a client in a new browser; the `sub` it is told."""
        tokens = party.tokens(party.provider.browser(), self.conduct, **changes)
        self.tokens[party.client_id] = tokens
        return str(peek(tokens["id_token"])[1]["sub"])

    def freeze(self) -> None:
        rooms = self.house.house.rooms
        rooms.hall.subjects.statuses.freeze(self.person_id, now=rooms.ground.clock.now())


def opened(house: HouseUnderTest) -> Account:
    rooms = house.house.rooms
    people, now = rooms.hall.subjects.people, rooms.ground.clock.now()
    phone = f"+86137{secrets.randbelow(10**8):08d}"
    person_id, _ = people.find_or_register(phone, client_id="", now=now)
    people.set_password(person_id, PASSWORD, now=now)
    who = Person(identifier=phone, password=PASSWORD, name="何晨", document_number="", phone=phone)
    conduct = Conduct(person=who, presses={"consent": ("decision", "allow")})
    return Account(house=house, person_id=person_id, conduct=conduct)


@pytest.fixture
def pair(house: HouseUnderTest) -> Iterator[tuple[Account, Account]]:
    yield opened(house), opened(house)
    OutboxMessage.objects.filter(kind__startswith="events.").delete()
    forget_delivered(house.house.rooms.ground.clock.now())


@pytest.fixture
def parties(
    house: HouseUnderTest, provider: Provider, portal: Portal
) -> Iterator[dict[str, RelyingParty]]:
    """One client that will know the elder account, one the newer, one both; and one neither."""
    made = {
        name: provider.party(
            scope=SCOPE,
            grant_types=BOTH,
            subject_type=kind,
            redirect_uris=[f"https://{name}.example/callback"],
            event_delivery_uri=portal.url(f"/{name}"),
        )
        for name, kind in (
            ("elder", "pairwise"),
            ("newer", "pairwise"),
            ("both", "pairwise"),
            ("open", "public"),
            ("late", "pairwise"),
        )
    }
    yield made
    rooms = house.house.rooms.clients
    for party in made.values():
        rooms.registrar.remove(party.client_id)
    rooms.directory.reload()


def wish(survivor: Account, retired: Account) -> Wish:
    return Wish(
        survivor=survivor.person_id,
        retired=retired.person_id,
        by=OPERATOR,
        rule=Tie.OPERATOR,
        reference="case-2026-7",
    )


def told(portal: Portal) -> list[tuple[str, str, set[str]]]:
    """Where an event went, about which `sub`, and what it says."""
    return sorted(
        (each.path, claims["sub_id"]["sub"], set(claims["events"]))
        for each in portal.received
        for claims in (peek(each.body.decode())[1],)
    )


@pytest.mark.requirement("R5")
@pytest.mark.spec("OpenID Connect Core 1.0 §2", "sub … never reassigned within the Issuer")
def test_clients_keep_the_sub_they_first_knew_when_two_accounts_are_merged(
    pair: tuple[Account, Account],
    parties: dict[str, RelyingParty],
    portal: Portal,
    house: HouseUnderTest,
) -> None:
    one, other = pair
    rooms = house.house.rooms
    merging, clock = rooms.hall.merging, rooms.ground.clock
    first = {
        "elder": one.enter(parties["elder"]),
        "newer": other.enter(parties["newer"], scope=SCOPE),
        "open": other.enter(parties["open"]),
        "both": one.enter(parties["both"]),
    }
    retired = other.enter(parties["both"])
    merge = merging.merge(wish(one, other), now=clock.now())
    house.deliver()

    assert told(portal) == [
        ("/both", retired, {f"{RISC}account-disabled", "urn:tongxing:event-type:subject-retired"})
    ]
    (event,) = [peek(each.body.decode())[1]["events"] for each in portal.received]
    assert event["urn:tongxing:event-type:subject-retired"]["survivor"]["sub"] == first["both"]
    for name in ("newer", "open", "both"):
        assert not parties[name].is_active(other.tokens[parties[name].client_id]["access_token"])
    refresh = other.tokens[parties["newer"].client_id]["refresh_token"]
    assert parties["newer"].refresh(refresh).json()["error"] == "invalid_grant"
    assert parties["elder"].is_active(one.tokens[parties["elder"].client_id]["access_token"])

    for account in (one, other):  # whichever way they come in, it is one person
        assert {name: account.enter(parties[name]) for name in first} == first
    late = other.enter(parties["late"])
    assert late == one.enter(parties["late"])

    portal.received.clear()
    merging.undo(merge.id, OPERATOR, now=clock.now())
    house.deliver()
    assert told(portal) == [
        ("/both", retired, {f"{RISC}account-enabled", "urn:tongxing:event-type:subject-restored"})
    ]
    assert other.enter(parties["newer"]) == first["newer"]
    assert other.enter(parties["both"]) == retired
    assert one.enter(parties["both"]) == first["both"]
    assert one.enter(parties["newer"]) != first["newer"]
    assert one.enter(parties["late"]) == late != other.enter(parties["late"])


@pytest.mark.requirement("R13")
@pytest.mark.spec("RISC 1.0 §2.3", "account-disabled")
@pytest.mark.spec("RFC 7662 §2.2", "active … false")
def test_tokens_are_inactive_and_clients_are_told_when_the_person_freezes_the_account(
    pair: tuple[Account, Account],
    parties: dict[str, RelyingParty],
    portal: Portal,
    house: HouseUnderTest,
) -> None:
    one, _ = pair
    sub = one.enter(parties["elder"], scope=SCOPE)
    tokens = one.tokens[parties["elder"].client_id]
    assert parties["elder"].is_active(tokens["access_token"])
    browser = parties["newer"].provider.browser()
    pending = parties["newer"].authorize(browser, one.conduct, scope=SCOPE)
    one.freeze()
    assert not parties["elder"].is_active(tokens["access_token"])
    assert parties["elder"].userinfo(tokens["access_token"]).status == 401
    refused = parties["elder"].refresh(tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"
    assert parties["newer"].redeem(pending).json()["error"] == "invalid_grant"
    house.deliver()
    assert told(portal) == [("/elder", sub, {f"{RISC}account-disabled"})]


@pytest.mark.requirement("R13")
@pytest.mark.spec("RISC 1.0 §2.2", "account-purged: the account has been permanently deleted")
def test_every_client_hears_once_by_the_sub_it_knows_when_a_person_is_deleted(
    pair: tuple[Account, Account],
    parties: dict[str, RelyingParty],
    portal: Portal,
    house: HouseUnderTest,
) -> None:
    one, other = pair
    rooms = house.house.rooms
    now = rooms.ground.clock.now()
    known = {
        ("/elder", one.enter(parties["elder"])),
        ("/newer", other.enter(parties["newer"], scope=SCOPE)),
        ("/both", one.enter(parties["both"])),
        ("/both", other.enter(parties["both"])),
    }
    rooms.hall.merging.merge(wish(one, other), now=now)
    house.deliver()
    portal.received.clear()

    assert rooms.hall.subjects.erasures.erase(one.person_id, now=now)
    assert not rooms.hall.subjects.erasures.erase(one.person_id, now=now)
    house.deliver()

    assert told(portal) == sorted((path, sub, {f"{RISC}account-purged"}) for path, sub in known)
