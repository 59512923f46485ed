"""Devices enrol once, with a key of their own, and are believed until they are revoked."""

import json
from datetime import timedelta

import pytest
from joserfc import jws

from idp.channels.devices import Devices, EnrolmentRefused, NewDevice
from idp.channels.models import DeviceRow
from idp.foundation.audit.models import AuditRow
from tests.clocks import SetClock
from tests.signing_devices import SigningDevice, base64url

pytestmark = [pytest.mark.django_db, pytest.mark.storage]
ISSUER = "https://id.city.example"
READER = NewDevice(kind="id_card_reader", place="hall-1", label="Reader 1", is_attended=True)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def devices(clock: SetClock) -> Devices:
    return Devices(clock=clock, audience=ISSUER)


def refusal(devices: Devices, proof: str) -> str:
    with pytest.raises(EnrolmentRefused) as refused:
        devices.enrol(proof)
    return refused.value.code


@pytest.mark.requirement("R6")
@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
def test_device_is_enrolled_and_found_by_its_key_when_it_proves_to_hold_it(
    algorithm: str, devices: Devices, clock: SetClock
) -> None:
    agent = SigningDevice(algorithm)
    invitation = devices.invite(READER, operator="operator-1")

    enrolled = devices.enrol(agent.proof(invitation.code, ISSUER, clock.timestamp()))

    found = devices.find(agent.key_id)
    assert found == enrolled.device
    assert (found.kind, found.place, found.is_attended) == ("id_card_reader", "hall-1", True)
    assert "d" not in found.public_jwk
    assert invitation.code not in repr(invitation)
    assert [row.type for row in AuditRow.objects.order_by("id")] == [
        "device.invited",
        "device.enrolled",
    ]
    assert AuditRow.objects.get(type="device.enrolled").device == found.device_id


def test_code_is_typed_anyhow_when_a_technician_types_it(devices: Devices, clock: SetClock) -> None:
    code = devices.invite(READER, operator="o").code
    typed = f" {code.lower().replace('-', ' ')}"

    assert devices.enrol(SigningDevice().proof(typed, ISSUER, clock.timestamp()))


def test_code_enrols_one_device_when_two_use_it(devices: Devices, clock: SetClock) -> None:
    code = devices.invite(READER, operator="o").code
    devices.enrol(SigningDevice().proof(code, ISSUER, clock.timestamp()))

    refused = refusal(devices, SigningDevice().proof(code, ISSUER, clock.timestamp()))

    assert refused == "wrong_code"
    assert DeviceRow.objects.count() == 1
    event = AuditRow.objects.order_by("id").last()
    assert event
    assert (event.type, event.outcome) == ("device.enrolled", "refused")


def test_code_is_worth_nothing_when_it_is_old(devices: Devices, clock: SetClock) -> None:
    code = devices.invite(READER, operator="o").code
    clock.move(seconds=1801)

    assert refusal(devices, SigningDevice().proof(code, ISSUER, clock.timestamp())) == "wrong_code"


def test_key_enrols_once_when_it_is_revoked_and_comes_again(
    devices: Devices, clock: SetClock
) -> None:
    agent = SigningDevice()
    first = devices.invite(READER, operator="o").code
    enrolled = devices.enrol(agent.proof(first, ISSUER, clock.timestamp()))
    devices.revoke(enrolled.device.device_id, because="stolen", operator="o")
    second = devices.invite(READER, operator="o").code

    assert refusal(devices, agent.proof(second, ISSUER, clock.timestamp())) == "key_enrolled_before"
    other = SigningDevice().proof(second, ISSUER, clock.timestamp())
    assert devices.enrol(other), "the code was not used up by the refusal"


def test_proof_is_refused_when_it_does_not_hold(devices: Devices, clock: SetClock) -> None:
    now = clock.timestamp()
    code = devices.invite(READER, operator="o").code
    agent, other = SigningDevice(), SigningDevice()
    typ = "device-enrolment+jws"
    claims = {"code": code, "aud": ISSUER, "iat": now}
    private = agent.key.as_dict(private=True)
    proof = agent.proof(code, ISSUER, now)
    refused = {
        "wrong_audience": agent.proof(code, "https://other.example", now),
        "stale": agent.proof(code, ISSUER, now - 301),
        "wrong_signature": other.sign(claims, typ=typ, jwk=agent.jwk),
        "wrong_type": agent.sign(claims, typ="card-reading+jws", jwk=agent.jwk),
        "wrong_key": agent.sign(claims, typ=typ),
        "private_key_shown": agent.sign(claims, typ=typ, jwk=private),
        "malformed": "not a statement",
    }

    found = {code: refusal(devices, statement) for code, statement in refused.items()}

    assert found == {code: code for code in refused}
    for iat in ("now", 10**400, -(10**400), None, 1.5):
        assert refusal(devices, agent.proof(code, ISSUER, now, iat=iat)) == "stale"
    assert refusal(devices, agent.proof("\ud800", ISSUER, now)) == "wrong_code"
    assert refusal(devices, agent.sign(claims, typ=typ, jwk={"kty": "OKP"})) == "wrong_key"
    half = {"kty": "EC", "crv": "P-256", "x": "AA"}
    assert refusal(devices, agent.sign(claims, typ=typ, jwk=half)) == "wrong_key"
    assert refusal(devices, agent.sign([1], typ=typ, jwk=agent.jwk)) == "malformed"
    assert refusal(devices, proof + "x" * 9000) == "malformed"
    assert not DeviceRow.objects.exists()
    assert devices.enrol(proof)


def test_statement_is_refused_when_its_payload_is_no_json(devices: Devices) -> None:
    agent = SigningDevice()
    header = {"alg": "EdDSA", "typ": "device-enrolment+jws", "jwk": agent.jwk}
    statement = jws.serialize_compact(header, b"{", agent.key, algorithms=["EdDSA"])

    assert refusal(devices, statement) == "malformed"


@pytest.mark.spec("RFC 7515 §4.1.11", "crit that is not understood")
@pytest.mark.parametrize("crit", [["b64"], ["x"], 5, None])
def test_statement_is_refused_when_its_header_names_an_extension(
    crit: object, devices: Devices
) -> None:
    agent = SigningDevice()
    header = {"alg": "EdDSA", "typ": "device-enrolment+jws", "jwk": agent.jwk, "crit": crit}
    begun = ".".join(base64url(json.dumps(part).encode()) for part in (header, {}))

    assert refusal(devices, f"{begun}.{base64url(bytes(64))}") == "malformed"


@pytest.mark.parametrize(
    "new",
    [
        NewDevice(kind="toaster", place="hall", label="x"),
        NewDevice(kind="camera", place="", label="x"),
        NewDevice(kind="camera", place="hall", label=""),
    ],
)
def test_invitation_is_refused_when_it_describes_nothing(new: NewDevice, devices: Devices) -> None:
    with pytest.raises(ValueError, match=r"kind|place|label"):
        devices.invite(new, operator="o")


def test_device_is_believed_no_more_when_it_is_revoked(devices: Devices, clock: SetClock) -> None:
    agent = SigningDevice()
    code = devices.invite(READER, operator="o").code
    device = devices.enrol(agent.proof(code, ISSUER, clock.timestamp())).device

    assert devices.revoke(device.device_id, because="sold", operator="operator-2")
    assert not devices.revoke(device.device_id, because="again", operator="operator-2")

    found = devices.find(agent.key_id)
    assert found
    assert found.is_revoked
    assert not devices.advance(device.device_id, counter=9, now=clock.now())
    event = AuditRow.objects.get(type="device.revoked")
    assert (event.device, event.operator) == (device.device_id, "operator-2")


def test_counter_only_grows_when_readings_come(devices: Devices, clock: SetClock) -> None:
    code = devices.invite(READER, operator="o").code
    device = devices.enrol(SigningDevice().proof(code, ISSUER, clock.timestamp())).device
    seen = clock.move(seconds=5)

    counted = [
        devices.advance(device.device_id, counter=counter, now=seen) for counter in (2, 2, 1, 5)
    ]

    assert counted == [True, False, False, True]
    [listed] = devices.listed()
    assert listed.last_seen_at == seen
    assert listed.enrolled_at == seen - timedelta(seconds=5)
    assert listed.revoked_at is None
    for stranger in ("nobody's", "A" * 43, "A\0" * 21 + "A", "", "é" * 43):
        assert devices.find(stranger) is None
