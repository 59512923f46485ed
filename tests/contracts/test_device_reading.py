"""The contract of `DeviceReading`: what an enrolled device signed, and everything that is not that.

The devices are the channels room's, the reader is the sandbox's or a test's own.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from connectors.card_reading import CardReading
from connectors.contract import DeviceReading
from connectors.devices import EnrolledDevice
from connectors.outcomes import Outcome
from connectors.registry import DEVICE_READING
from connectors.sandbox.card_chips import text_block
from connectors.sandbox.population import person
from idp.channels.challenges import NonceBook
from idp.channels.devices import Devices, NewDevice
from idp.foundation.storage import ValkeyStore
from tests.clocks import SetClock
from tests.signing_devices import SigningDevice, base64url

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
ISSUER = "https://id.city.example"
PLACE = "journey-1"
ADULT = text_block(person("adult"), person("adult").documents[0])


@dataclass(kw_only=True)
class Desk:
    """A place with one enrolled device, a nonce book and the judge under test."""

    devices: Devices
    nonces: NonceBook
    judge: DeviceReading
    clock: SetClock
    agent: SigningDevice
    device: EnrolledDevice

    def read(self, statement: str, place: str = PLACE) -> CardReading:
        return self.judge.read(statement, place=place, now=self.clock.now())

    def nonce(self) -> str:
        return self.nonces.issue(place=PLACE)

    def reading(self, **changed: Any) -> str:
        given = {"nonce": self.nonce(), "at": self.clock.timestamp(), **changed}
        return self.agent.reading(block=ADULT, **given)


def enrolled(devices: Devices, clock: SetClock, agent: SigningDevice, **new: Any) -> EnrolledDevice:
    described = {"kind": "id_card_reader", "place": "hall-1", "label": "Reader", **new}
    code = devices.invite(NewDevice(**described), operator="o").code
    return devices.enrol(agent.proof(code, ISSUER, clock.timestamp())).device


@pytest.fixture(params=DEVICE_READING)
def desk(request: pytest.FixtureRequest, store: ValkeyStore) -> Desk:
    clock = SetClock()
    devices = Devices(clock=clock, audience=ISSUER)
    kind = DEVICE_READING[request.param]
    nonces = NonceBook(store=store)
    agent = SigningDevice()
    return Desk(
        devices=devices,
        nonces=nonces,
        judge=kind.factory(kind.settings(), devices=devices, challenges=nonces),
        clock=clock,
        agent=agent,
        device=enrolled(devices, clock, agent),
    )


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(("is_attended", "level"), [(False, 2), (True, 4)])
@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_chip_proves_its_document_when_an_enrolled_device_read_it(
    *, is_attended: bool, level: int, algorithm: str, desk: Desk
) -> None:
    desk.agent = SigningDevice(algorithm)
    device = enrolled(desk.devices, desk.clock, desk.agent, is_attended=is_attended)

    read = desk.read(desk.reading(counter=41))

    assert read.result.outcome is Outcome.MATCH
    assert read.result.identity_level == level
    assert read.result.provider_reference == f"{device.device_id}:41"
    assert read.claim
    assert read.claim.document_number == person("adult").documents[0].number
    assert read.claim.name == person("adult").name
    assert (read.result.method, read.result.authority) == (desk.judge.method, desk.judge.authority)
    assert read.claim.name not in repr(read)
    assert len(read.photo) == 1024


def require_refused(read: CardReading, code: str) -> None:
    assert (read.result.outcome, read.result.provider_code) == (Outcome.INVALID_INPUT, code)
    assert read.result.identity_level == 0
    assert read.claim is None
    assert read.photo == b""


def test_reading_is_refused_when_its_nonce_was_used(desk: Desk) -> None:
    nonce = desk.nonce()
    now = desk.clock.timestamp()
    assert desk.read(desk.agent.reading(nonce, now, ADULT, counter=1)).claim

    require_refused(desk.read(desk.agent.reading(nonce, now, ADULT, counter=2)), "replayed_nonce")


def test_reading_is_refused_when_its_nonce_is_nobodys_or_of_another_place(desk: Desk) -> None:
    now = desk.clock.timestamp()

    made_up = desk.read(desk.agent.reading("made up", now, ADULT))
    elsewhere = desk.read(desk.reading(counter=2), place="journey-2")

    require_refused(made_up, "unknown_nonce")
    require_refused(elsewhere, "unknown_nonce")


def test_reading_is_refused_when_its_counter_was_reached(desk: Desk) -> None:
    assert desk.read(desk.reading(counter=7)).claim

    require_refused(desk.read(desk.reading(counter=7)), "replayed_counter")
    require_refused(desk.read(desk.reading(counter=6)), "replayed_counter")


def test_reading_is_refused_when_the_device_is_unknown_or_revoked(desk: Desk) -> None:
    statement = desk.reading()
    stranger = SigningDevice().reading(desk.nonce(), desk.clock.timestamp(), ADULT)
    desk.devices.revoke(desk.device.device_id, because="stolen", operator="o")

    require_refused(desk.read(stranger), "unknown_device")
    require_refused(desk.read(statement), "revoked_device")


def test_reading_is_refused_when_the_device_is_of_another_kind(desk: Desk) -> None:
    camera = SigningDevice()
    enrolled(desk.devices, desk.clock, camera, kind="camera")

    refused = desk.read(camera.reading(desk.nonce(), desk.clock.timestamp(), ADULT))

    require_refused(refused, "wrong_kind_of_device")


def test_reading_is_refused_and_costs_no_nonce_when_its_signature_fails(desk: Desk) -> None:
    nonce = desk.nonce()
    honest = desk.agent.reading(nonce, desk.clock.timestamp(), ADULT)
    head, _, signature = honest.rpartition(".")
    header, body = head.split(".")
    forged_by = SigningDevice()
    forged = forged_by.sign({"nonce": nonce}, typ="card-reading+jws", kid=desk.agent.key_id)
    none = {"alg": "none", "typ": "card-reading+jws", "kid": desk.agent.key_id}
    unsigned = f"{base64url(json.dumps(none).encode())}.{body}."

    for statement in (f"{header}.{body[:-4]}AAAA.{signature}", forged, unsigned):
        require_refused(desk.read(statement), "wrong_signature")
    assert desk.read(honest).claim


@pytest.mark.parametrize(
    ("seconds", "is_believed"), [(59, True), (61, False), (-29, True), (-31, False)]
)
def test_reading_is_refused_when_its_time_is_not_now(
    *, seconds: int, is_believed: bool, desk: Desk
) -> None:
    read = desk.read(desk.reading(iat=desk.clock.timestamp() - seconds))

    assert (read.claim is not None) is is_believed
    if not is_believed:
        require_refused(read, "stale")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"counter": "1"}, "malformed"),
        ({"counter": True}, "malformed"),
        ({"counter": 0}, "malformed"),
        ({"counter": 2**60}, "malformed"),
        ({"nonce": "n" * 200}, "malformed"),
        ({"nonce": 7}, "malformed"),
        ({"nonce": "\ud800"}, "malformed"),
        ({"iat": "now"}, "malformed"),
        ({"iat": 2**60}, "malformed"),
        ({"sam": ""}, "malformed"),
        ({"text": "€"}, "malformed"),
        ({"text": base64url(bytes(255))}, "wrong_layout"),
        ({"photo": base64url(bytes(1025))}, "wrong_layout"),
        ({"text": base64url(bytes(256))}, "wrong_number_or_name"),
        ({"text": base64url(b"\x00\xd8" * 128)}, "wrong_layout"),
    ],
)
def test_reading_is_refused_when_it_is_not_in_its_form(
    changed: dict[str, Any], code: str, desk: Desk
) -> None:
    require_refused(desk.read(desk.reading(**changed)), code)


@pytest.mark.parametrize("statement", ["", "a.b", "a.b.c", "é", "x" * 9000])
def test_reading_is_refused_when_it_is_no_statement(statement: str, desk: Desk) -> None:
    require_refused(desk.read(statement), "malformed")


def test_reading_is_refused_when_it_is_another_kind_of_statement(desk: Desk) -> None:
    proof = desk.agent.proof("code", ISSUER, desk.clock.timestamp())

    require_refused(desk.read(proof), "wrong_type")


def test_reading_is_refused_when_the_document_is_over(desk: Desk) -> None:
    desk.clock.move(days=365 * 20)

    require_refused(desk.read(desk.reading()), "expired_document")


def test_holder_is_sent_to_a_window_when_the_card_is_of_a_kind_not_known(desk: Desk) -> None:
    newer = ADULT[:248] + "Y".encode("utf-16-le") + ADULT[250:]
    statement = desk.agent.reading(desk.nonce(), desk.clock.timestamp(), newer)

    read = desk.read(statement)

    assert (read.result.outcome, read.result.provider_code) == (
        Outcome.INCONCLUSIVE,
        "unknown_layout",
    )


# The simulated readers


@pytest.mark.parametrize(
    ("key", "document_type"),
    [
        ("adult", "resident_id_card"),
        ("elder", "resident_id_card"),
        ("hongkong", "residence_permit_hmt"),
        ("taiwan", "residence_permit_hmt"),
    ],
)
def test_simulated_reader_enrols_and_reads_when_a_document_is_presented(
    key: str, document_type: str, desk: Desk, sandbox: Any
) -> None:
    def tell(path: str, value: object) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        status, body = sandbox.ask("POST", path, body=json.dumps(value).encode(), headers=headers)
        assert status == 200, body
        answer: dict[str, str] = json.loads(body)
        return answer

    desk.clock.instant = sandbox.now
    new = NewDevice(kind="id_card_reader", place="kiosk", label="Kiosk")
    code = desk.devices.invite(new, operator="o").code
    proof = tell("/devices/reader-kiosk-1/enrol", {"code": code, "audience": ISSUER})["proof"]
    desk.devices.enrol(proof)
    presented = {"person": key, "document_type": document_type}
    tell("/devices/reader-kiosk-1", {"present": presented})

    for _ in range(2):
        reading = tell("/devices/reader-kiosk-1/read", {"nonce": desk.nonce()})["reading"]
        read = desk.read(reading)
        assert read.result.outcome is Outcome.MATCH
        assert read.card
        assert (read.card.document_type, read.card.name) == (document_type, person(key).name)
    desk.clock.instant = sandbox.now + timedelta(minutes=2)
    require_refused(desk.read(reading), "replayed_nonce")
