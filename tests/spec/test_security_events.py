"""Changed levels reach clients as Security Event Tokens, and ask for a step-up."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from connectors.sandbox.population import person
from idp.foundation.outbox import forget_delivered
from idp.foundation.outbox.models import OutboxMessage
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.identifiers import parse_identifier
from idp.subjects.models import Consent, Document
from tests.spec.conftest import SCOPE, VERIFIED, agreeing
from tests.spec.house import HouseUnderTest, Later
from tests.spec.listening import Portal
from tests.spec.relying_party import Provider, RelyingParty, peek
from tests.spec.wire import Browser

CHANGE = "https://schemas.openid.net/secevent/caep/event-type/assurance-level-change"
LEVEL_TWO = json.dumps({"id_token": {"acr": {"essential": True, "values": [VERIFIED]}}})


@dataclass(slots=True, kw_only=True)
class Citizen:
    """Somebody no other test here verifies, and what can happen to their evidence."""

    house: HouseUnderTest
    key: str
    person_id: UUID
    evidence_id: UUID

    def lose(self) -> None:
        rooms = self.house.house.rooms
        chain, now = rooms.hall.subjects.chain, rooms.ground.clock.now()
        chain.revoke(self.person_id, self.evidence_id, authority="self", now=now)

    def notice(self) -> None:
        """What the worker does every half minute."""
        (task,) = (each for each in self.house.house.tasks if each.name == "levels")
        task.run()


@pytest.fixture
def citizen_of_level_two(house: HouseUnderTest) -> Iterator[Citizen]:
    """Verified for one hour."""
    somebody = person("guardian")
    rooms = house.house.rooms
    identifier = parse_identifier(str(somebody.phone))
    assert identifier is not None
    person_id = rooms.hall.subjects.people.find(identifier)
    now = rooms.ground.clock.now()
    document = VerifiedDocument(
        document_type="resident_id_card",
        number=somebody.documents[0].number,
        holder_name=somebody.name,
    )
    check = Check(
        method="population_two_factor",
        authority="cn_population_library",
        checked_at=now,
        identity_level=2,
        expires_at=now + timedelta(hours=1),
    )
    evidence_id = rooms.hall.subjects.documents.keep(person_id, document, check)
    yield Citizen(house=house, key="guardian", person_id=person_id, evidence_id=evidence_id)
    Document.objects.filter(person_id=person_id).update(state=Document.State.REVOKED)
    rooms.hall.subjects.chain.reassess(person_id, now=now)
    OutboxMessage.objects.filter(kind="events.assurance_level_change").delete()
    forget_delivered(now)


@pytest.fixture
def listener(house: HouseUnderTest, provider: Provider, portal: Portal) -> Iterator[RelyingParty]:
    party = provider.party(
        scope=SCOPE,
        subject_type="pairwise",
        event_delivery_uri=portal.url("/events"),
        id_token_signed_response_alg="ES256",
    )
    yield party
    # The next test's portal listens at the same address, and knows the same person.
    rooms = house.house.rooms.clients
    rooms.registrar.remove(party.client_id)
    rooms.directory.reload()


def signed_in(party: RelyingParty, browser: Browser, who: Citizen) -> str:
    """Sign in at level 2; return the `sub` the client knows."""
    tokens = party.tokens(browser, agreeing(who.key), claims=LEVEL_TWO)
    _, claims = peek(tokens["id_token"])
    return str(claims["sub"])


@pytest.mark.spec("RFC 8417 §2.2", "events REQUIRED … iss, iat and jti")
@pytest.mark.spec("RFC 8935 §2.1", "the Content-Type header field application/secevent+jwt")
@pytest.mark.spec("CAEP 1.0 §3.4", "namespace, current_level, previous_level, change_direction")
def test_lost_level_is_pushed_to_the_client_that_listens(
    citizen_of_level_two: Citizen,
    listener: RelyingParty,
    portal: Portal,
    browser: Browser,
) -> None:
    house = citizen_of_level_two.house
    sub = signed_in(listener, browser, citizen_of_level_two)
    citizen_of_level_two.lose()
    house.deliver()
    (received,) = portal.received
    assert (received.path, received.content_type) == ("/events", "application/secevent+jwt")
    token = received.body.decode()
    header, _ = peek(token)
    assert header["typ"] == "secevent+jwt"
    claims = listener.provider.verified(token, algorithm="ES256")
    assert claims["aud"] == listener.client_id
    assert claims["sub_id"] == {
        "format": "iss_sub",
        "iss": listener.provider.issuer,
        "sub": sub,
    }
    assert not {"exp", "sub", "nonce"} & claims.keys()
    (event,) = claims["events"].values()
    assert claims["events"].keys() == {CHANGE}
    assert event.pop("event_timestamp") == claims["iat"]
    assert event == {
        "namespace": "cn_city_real_name",
        "current_level": "ial1",
        "previous_level": "ial2",
        "change_direction": "decrease",
        "initiating_entity": "system",
    }


@pytest.mark.spec("RFC 8935 §2", "the transmitter retransmits a SET that was not acknowledged")
def test_event_is_the_same_when_it_has_to_be_sent_again(
    citizen_of_level_two: Citizen,
    listener: RelyingParty,
    portal: Portal,
    browser: Browser,
    later: Later,
) -> None:
    signed_in(listener, browser, citizen_of_level_two)
    citizen_of_level_two.lose()
    portal.answers(503)
    citizen_of_level_two.house.deliver()
    portal.answers(202)
    later(minutes=5)
    citizen_of_level_two.house.deliver()
    first, second = (peek(each.body.decode())[1] for each in portal.received)
    assert first == second


@pytest.mark.spec("RFC 8935 §2.4", "an error response with the 400 (Bad Request) status")
def test_event_is_not_sent_again_when_its_receiver_refuses_it(
    citizen_of_level_two: Citizen,
    listener: RelyingParty,
    portal: Portal,
    browser: Browser,
    later: Later,
) -> None:
    signed_in(listener, browser, citizen_of_level_two)
    citizen_of_level_two.lose()
    portal.answers(400)
    citizen_of_level_two.house.deliver()
    later(minutes=30)
    citizen_of_level_two.house.deliver()
    assert len(portal.received) == 1


def test_ended_level_is_pushed_when_the_worker_notices(
    citizen_of_level_two: Citizen,
    listener: RelyingParty,
    portal: Portal,
    browser: Browser,
    later: Later,
) -> None:
    signed_in(listener, browser, citizen_of_level_two)
    citizen_of_level_two.notice()
    citizen_of_level_two.house.deliver()
    assert portal.received == []
    later(hours=1, minutes=1)
    citizen_of_level_two.notice()
    citizen_of_level_two.notice()
    citizen_of_level_two.house.deliver()
    (received,) = portal.received
    (event,) = peek(received.body.decode())[1]["events"].values()
    assert (event["previous_level"], event["current_level"]) == ("ial2", "ial1")


@pytest.mark.requirement("R13")
def test_nobody_is_told_when_the_person_withdrew_or_the_client_does_not_listen(
    citizen_of_level_two: Citizen,
    listener: RelyingParty,
    provider: Provider,
    portal: Portal,
    browser: Browser,
) -> None:
    deaf = provider.party(scope=SCOPE)
    signed_in(deaf, browser, citizen_of_level_two)
    claims = json.dumps({"userinfo": {"name": None}, **json.loads(LEVEL_TWO)})
    listener.tokens(browser, agreeing(citizen_of_level_two.key), claims=claims)
    now = citizen_of_level_two.house.house.rooms.ground.clock.now()
    consents = Consent.objects.filter(client_id=listener.client_id)
    assert consents.update(withdrawn_at=now) == 1
    citizen_of_level_two.lose()
    citizen_of_level_two.house.deliver()
    assert portal.received == []


@pytest.mark.requirement("R2")
@pytest.mark.parametrize("how", ["revoked", "ended"])
def test_session_must_step_up_when_its_level_is_gone(
    citizen_of_level_two: Citizen,
    listener: RelyingParty,
    browser: Browser,
    later: Later,
    how: str,
) -> None:
    signed_in(listener, browser, citizen_of_level_two)
    silent = {"prompt": "none", "claims": LEVEL_TWO}
    assert "code" in listener.begin(browser.twin(), **silent).location_parameters()
    if how == "revoked":
        citizen_of_level_two.lose()
    else:
        later(hours=1, minutes=1)
    found = listener.begin(browser.twin(), **silent).location_parameters()
    assert found["error"] == "interaction_required"
    page = listener.begin(browser.twin(), claims=LEVEL_TWO)
    assert 'data-step="verification"' in browser.follow(page).text


@pytest.mark.parametrize("uri", ["/events", "ftp://portal.example/events", "https://a.example/#b"])
def test_registration_refuses_an_event_delivery_uri_that_is(provider: Provider, uri: str) -> None:
    answer = provider.register(event_delivery_uri=uri)
    assert answer.status == 400
    assert answer.json()["error"] == "invalid_client_metadata"
