"""The contract of `FaceCapturing`: whose word a capture is, where no agents' desk asked before.

What the wire refuses is proven over HTTP, with the agents.
"""

import orjson
import pytest

from connectors.face_capture import Pictures
from connectors.outcomes import Outcome
from connectors.registry import FACE_CAPTURING
from connectors.sandbox.devices import Devices as Simulated
from connectors.sandbox.devices import enrolment_proof
from connectors.sandbox.exchange import Incoming
from connectors.sandbox.portraits import portrait_of
from idp.channels.challenges import NonceBook
from idp.channels.devices import Devices, NewDevice
from idp.channels.models import DeviceRow
from idp.foundation.storage import ValkeyStore
from tests.clocks import SetClock

pytestmark = pytest.mark.django_db
ISSUER = "https://id.city.example"
CAMERA = "camera-kiosk-1"


@pytest.mark.parametrize("kind", FACE_CAPTURING)
def test_capture_is_believed_when_the_camera_is_enrolled_and_nobodys_otherwise(
    kind: str, store: ValkeyStore
) -> None:
    clock = SetClock()
    devices, nonces, simulated = (
        Devices(clock=clock, audience=ISSUER),
        NonceBook(store=store),
        Simulated(),
    )
    entry = FACE_CAPTURING[kind]
    judge = entry.factory(entry.settings(), devices=devices, challenges=nonces)
    face = portrait_of("elder")

    def say(path: str, body: bytes) -> dict[str, object]:
        incoming = Incoming(
            method="POST", path=f"/devices/{CAMERA}{path}", query="", headers={}, body=body
        )
        return dict(orjson.loads(simulated.handle(incoming, now=clock.now()).body))

    def captured() -> tuple[str, str]:
        nonce = nonces.issue(place="journey-1")
        statement = str(say("/look", orjson.dumps({"nonce": nonce}))["capture"])
        pictures = Pictures(portrait=face)
        found = judge.capture(statement, pictures, place="journey-1", now=clock.now())
        assert (found.portrait is not None) == (found.outcome is Outcome.MATCH)
        return found.outcome.value, found.code

    say("", b'{"present": {"person": "elder"}}')
    assert captured() == ("INVALID_INPUT", "unknown_device")
    new = NewDevice(kind="camera", place="kiosk", label="Camera")
    code = devices.invite(new, operator="o").code
    proof = enrolment_proof(CAMERA, code=code, audience=ISSUER, now=clock.now())
    device = devices.enrol(proof).device
    assert captured() == ("MATCH", "taken")
    DeviceRow.objects.filter(id=device.device_id).update(kind="kiosk")
    assert captured() == ("INVALID_INPUT", "wrong_kind_of_device")
    devices.revoke(device.device_id, because="stolen", operator="o")
    assert captured() == ("INVALID_INPUT", "revoked_device")
    assert judge.method == "face_capture"
