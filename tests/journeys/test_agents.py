"""What agents beside devices are told: what is wanted, and precisely why something was refused."""

import json
from collections.abc import Iterator

import pytest
from django.test import Client as DjangoClient

from connectors.sandbox.portraits import portrait_of
from idp.channels.agents import PER_DEVICE, REFUSED_PER_ADDRESS
from idp.channels.sittings import Act
from idp.channels.views import DESCRIPTIONS, LARGEST_BODY
from tests.city import City
from tests.places import Agent, Kiosk, enrolled, kiosk_of
from tests.signing_devices import SigningDevice
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = pytest.mark.requirement("R10")
FACE = portrait_of("adult")


@pytest.fixture
def kiosk(city: City) -> Iterator[Kiosk]:
    with kiosk_of(city) as built:
        yield built


def ask(kiosk: Kiosk, act: Act, *, journey: str = "journey-1") -> str:
    """Somebody sits before the kiosk, and their journey asks its devices for something."""
    sittings = kiosk.city.hall.readings.sittings
    sitting = sittings.seat(kiosk.open_sitting())
    assert sitting
    return sittings.ask(sitting, act, journey_id=journey, about=b"{}")


def told(answer: object) -> str:
    """The error an agent was told; each has a sentence of its own."""
    said = answer.json()  # type: ignore[attr-defined]
    assert said["error_description"] == DESCRIPTIONS[said["error"]]
    return f"{answer.status_code} {said['error']}"  # type: ignore[attr-defined]


def refusals_of_a_statement(kiosk: Kiosk, what: str, agent: Agent, typ: str) -> dict[str, str]:
    """Statements that are believed nowhere, and what each is told."""
    now = kiosk.city.clock.timestamp()
    stranger = Agent(city=kiosk.city, key=SigningDevice(), device_id="")
    forged = stranger.key.sign({"iat": now}, typ=typ, kid=agent.key.key_id)
    revoked = enrolled(kiosk.city, kiosk.devices, "camera")
    kiosk.devices.revoke(revoked.device_id, because="stolen", operator="o")
    wrong_kind = enrolled(kiosk.city, kiosk.devices, "fingerprint_reader")
    bodies = {
        "unknown_device": {"statement": stranger.signed(typ)},
        "wrong_signature": {"statement": forged},
        "revoked_device": {"statement": revoked.signed(typ)},
        "wrong_kind_of_device": {"statement": wrong_kind.signed(typ)},
        "malformed": {"statement": "no statement"},
        "nothing": {},
        "a number": {"statement": 5},
        "no device named": {"statement": agent.key.sign({}, typ=typ)},
    }
    return {name: told(agent.say(what, body)) for name, body in bodies.items()}


REFUSED = {
    "unknown_device": "401 unknown_device",
    "wrong_signature": "401 wrong_signature",
    "revoked_device": "403 revoked_device",
    "wrong_kind_of_device": "403 wrong_kind_of_device",
    "malformed": "400 malformed",
    "nothing": "400 malformed",
    "a number": "400 malformed",
    "no device named": "401 unknown_device",
}


def test_statements_are_refused_precisely_when_they_are_nobodys_word(kiosk: Kiosk) -> None:
    for what, agent, typ in (
        ("sittings", kiosk.shell, "device-sitting+jws"),
        ("tasks", kiosk.reader, "device-poll+jws"),
        ("readings", kiosk.reader, "card-reading+jws"),
        ("readings", kiosk.camera, "face-capture+jws"),
    ):
        assert refusals_of_a_statement(kiosk, what, agent, typ) == REFUSED, what
        kiosk.city.store.delete("agents:refused:127.0.0.1")
    refused = events("device.refused")
    assert {event.device for event in refused} >= {"", kiosk.reader.device_id}
    assert all(event.outcome == "refused" for event in refused)
    assert "unknown_device" in {detail(event)["reason"] for event in refused}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"aud": "https://other.example"}, "400 wrong_audience"),
        ({"iat": 1}, "400 stale"),
        ({"iat": 10**400}, "400 stale"),
        ({"iat": True}, "400 stale"),
        ({"iat": None}, "400 stale"),
        ({"counter": 1}, "409 replayed_counter"),
        ({"counter": "2"}, "400 malformed"),
        ({"counter": 2**60}, "400 malformed"),
    ],
)
def test_sitting_is_refused_when_its_request_is_old_or_elses(
    changed: dict[str, object], error: str, kiosk: Kiosk
) -> None:
    assert kiosk.open_sitting()
    claims = {"counter": 2, **changed}
    statement = kiosk.shell.signed("device-sitting+jws", **claims)
    assert told(kiosk.shell.say("sittings", {"statement": statement})) == error


@pytest.mark.storage
def test_reading_is_refused_precisely_when_it_is_old_replayed_or_of_another_journey(
    kiosk: Kiosk,
) -> None:
    reader, now = kiosk.reader, kiosk.city.clock.timestamp()
    other = ask(kiosk, Act.READ_CARD, journey="journey-0")
    nonce = ask(kiosk, Act.READ_CARD)
    says = {
        "409 unknown_nonce": reader.reading("adult", other),
        "400 malformed": reader.reading("adult", ""),
        "400 stale": reader.reading("adult", ask(kiosk, Act.READ_CARD), iat=now - 90),
        "422 wrong_layout": reader.reading("adult", nonce, text="AAAA"),
    }
    found = {
        error: told(reader.say("readings", {"statement": statement}))
        for error, statement in says.items()
    }
    assert found == {error: error for error in found}

    nonce = ask(kiosk, Act.READ_CARD)
    replayed = {"statement": reader.reading("adult", nonce)}
    accepted = reader.say("readings", replayed)
    assert (accepted.status_code, accepted.json()["accepted"]) == (202, "read_card")
    assert told(reader.say("readings", replayed)) == "404 nobody_waits"
    nonce = ask(kiosk, Act.READ_CARD)
    statement = reader.reading("adult", nonce, counter=1)
    assert told(reader.say("readings", {"statement": statement})) == "409 replayed_counter"


def test_capture_is_refused_precisely_when_the_picture_is_not_the_one_that_was_signed(
    kiosk: Kiosk,
) -> None:
    camera = kiosk.camera
    nonce = ask(kiosk, Act.TAKE_PORTRAIT)
    honest = camera.capture(FACE, nonce)
    large = camera.capture(FACE + bytes(201 * 1024), nonce)
    found = [
        told(camera.say("readings", body))
        for body in (
            {**honest, "portrait": ""},
            {**honest, "portrait": "ÿ"},
            {**honest, "portrait": "A"},
            large,
            camera.capture(b"GIF89a", nonce),
            camera.capture(FACE, nonce, live="yes"),
            camera.capture(FACE, nonce, portrait_sha256="short"),
            camera.capture(FACE, 7),
            camera.capture(FACE, nonce, counter=0),
            camera.capture(FACE, "another"),
            camera.capture(FACE, nonce, iat=kiosk.city.clock.timestamp() - 90),
        )
    ]
    assert found == [
        "400 wrong_portrait",
        "400 malformed",
        "400 malformed",
        "400 wrong_portrait_form",
        "400 wrong_portrait_form",
        "400 malformed",
        "400 malformed",
        "400 malformed",
        "400 malformed",
        "409 unknown_nonce",
        "400 stale",
    ]
    nonce = ask(kiosk, Act.TAKE_PORTRAIT)
    kiosk.devices.advance(camera.device_id, counter=1, now=kiosk.city.clock.now())
    assert told(camera.say("readings", camera.capture(FACE, nonce, counter=1))) == (
        "409 replayed_counter"
    )
    assert told(camera.say("readings", camera.capture(FACE, nonce))) == "409 replayed_nonce"


def test_address_waits_when_it_was_refused_too_often(kiosk: Kiosk) -> None:
    stranger = Agent(city=kiosk.city, key=SigningDevice(), device_id="")
    kiosk.city.store.increment("agents:refused:127.0.0.1", ttl=60, by=REFUSED_PER_ADDRESS - 1)
    assert told(stranger.say("enrolments", {"proof": "made up"})) == "400 malformed"
    answer = stranger.say("enrolments", {"proof": "made up"})
    assert told(answer) == "429 slow_down"
    assert answer["Retry-After"] == "60"
    audited = len(events("device.refused"))
    kiosk.reader.say("tasks", {"statement": "more"})
    assert len(events("device.refused")) == audited


def test_device_waits_when_it_says_too_much(kiosk: Kiosk) -> None:
    key = f"agents:device:{kiosk.reader.device_id}"
    kiosk.city.store.increment(key, ttl=60, by=PER_DEVICE)
    answer = kiosk.reader.say("tasks", {"statement": kiosk.reader.signed("device-poll+jws")})
    assert told(answer) == "429 slow_down"
    assert kiosk.camera.asked() is None


def test_body_is_refused_when_it_is_no_json_object_or_too_large(kiosk: Kiosk) -> None:
    http = DjangoClient()
    at = "/devices/tasks"
    assert http.get(at).status_code == 405
    assert told(http.post(at, {"statement": "x"})) == "400 malformed"
    for body in ("{", "[]"):
        assert told(http.post(at, body, content_type="application/json")) == "400 malformed"
    large = json.dumps({"statement": "x" * LARGEST_BODY})
    assert told(http.post(at, large, content_type="application/json")) == "413 too_large"
    del kiosk


def test_agents_are_told_to_come_again_when_the_store_is_away(
    city: City, kiosk: Kiosk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from idp.foundation.storage import StoreUnavailable

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(type(city.store), "get", away)
    answer = kiosk.reader.say("tasks", {"statement": kiosk.reader.signed("device-poll+jws")})
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


def test_place_asks_nothing_any_more_when_its_person_left(kiosk: Kiosk, walker: Walker) -> None:
    sittings = kiosk.city.hall.readings.sittings
    ask(kiosk, Act.READ_CARD)
    assert kiosk.reader.asked()
    kiosk.seat(walker)
    sitting = sittings.current(walker.browser.sitting_id)
    assert sitting
    sittings.leave(sitting)
    assert kiosk.reader.asked() is None
    assert sittings.current(sitting.id) is None
