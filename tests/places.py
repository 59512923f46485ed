"""A kiosk of the tests' own: three enrolled devices, a person before it, and the agents' calls.

Everything goes over HTTP, as it does from a real kiosk; what lies on the reader is made up.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from django.test import Client as DjangoClient

from connectors.registry import DEVICE_READING, FACE_CAPTURING
from connectors.sandbox.card_chips import text_block
from connectors.sandbox.population import person
from connectors.sandbox.portraits import portrait_of
from idp.channels.agents import Agents
from idp.channels.devices import Devices, NewDevice
from idp.channels.views import urlpatterns as agent_patterns
from idp.journey.readings.views import urlpatterns as seat_patterns
from policies.levels import Level
from tests.city import City
from tests.signing_devices import SigningDevice, base64url
from tests.waiting import wait_until
from tests.walker import Walker

PLACE = "kiosk-7"
ELDER = "elder_without_phone"


@dataclass(slots=True, kw_only=True)
class Agent:
    """One device's agent: signs, and says it to the provider."""

    city: City
    key: SigningDevice
    device_id: str
    counter: int = 0
    http: DjangoClient = field(default_factory=DjangoClient)

    def say(self, what: str, body: Any, **headers: Any) -> Any:
        return self.http.post(
            f"/devices/{what}", body, content_type="application/json", headers=headers
        )

    def signed(self, typ: str, **claims: Any) -> str:
        said = {"aud": self.city.settings.issuer, "iat": self.city.clock.timestamp(), **claims}
        return self.key.sign(said, typ=typ, kid=self.key.key_id)

    def next(self) -> int:
        self.counter += 1
        return self.counter

    def asked(self) -> Any:
        """What is wanted of this device now."""
        answer = self.say("tasks", {"statement": self.signed("device-poll+jws")})
        assert answer.status_code == 200, answer.content
        return answer.json()["task"]

    def reading(self, key: str, nonce: str, **changed: Any) -> str:
        someone = person(key)
        block = text_block(someone, someone.documents[0])
        at = self.city.clock.timestamp()
        return self.key.reading(nonce, at, block, **{"counter": self.next(), **changed})

    def capture(
        self, image: bytes, nonce: object, *, chip: bytes = b"", **changed: Any
    ) -> dict[str, str]:
        digest = base64url(hashlib.sha256(image).digest())
        beside = {"chip_photo": base64url(chip)} if chip else {}
        if chip:
            changed = {"chip_photo_sha256": base64url(hashlib.sha256(chip).digest()), **changed}
        claims = {"nonce": nonce, "counter": self.next(), "live": True, "portrait_sha256": digest}
        statement = self.signed("face-capture+jws", **{**claims, **changed})
        return {"statement": statement, "portrait": base64url(image), **beside}


@dataclass(slots=True, kw_only=True)
class Kiosk:
    """The kiosk with its devices."""

    city: City
    devices: Devices
    shell: Agent
    reader: Agent
    camera: Agent

    def open_sitting(self, **said: str) -> str:
        """A ticket for one browser."""
        statement = self.shell.signed("device-sitting+jws", counter=self.shell.next(), **said)
        answer = self.shell.say("sittings", {"statement": statement})
        assert answer.status_code == 201, answer.content
        return str(answer.json()["ticket"])

    def seat(self, walker: Walker, ticket: str = "") -> Any:
        onward = quote("/oauth2/authorize?client_id=kiosk")
        ticket = ticket or self.open_sitting()
        return walker.http.get(f"/devices/seat?ticket={ticket}&return_to={onward}")

    def lay_card(self, key: str) -> Any:
        """Somebody's card is laid on the reader, which was asked to read one."""
        task = self.reader.asked()
        assert task["act"] == "read_card"
        return self.reader.say("readings", {"statement": self.reader.reading(key, task["nonce"])})

    def lay_card_again(self, key: str, chip: bytes = b"", **changed: Any) -> Any:
        """The reader reads once more, and hands in the photograph of the chip beside it."""
        task = self.reader.asked()
        assert task["chip_photo"] is True
        signed = {"chip_photo_sha256": base64url(hashlib.sha256(chip).digest())} if chip else {}
        statement = self.reader.reading(key, task["nonce"], **{**signed, **changed})
        photo = {"chip_photo": base64url(chip)} if chip else {}
        return self.reader.say("readings", {"statement": statement, **photo})

    def look(self, key: str) -> Any:
        """Somebody looks into the camera, which was asked to look."""
        task = self.camera.asked()
        assert task["act"] == "take_portrait"
        return self.camera.say("readings", self.camera.capture(portrait_of(key), task["nonce"]))


def staffed(kiosk: Kiosk, *, place: str = "window-3") -> Kiosk:
    """A service window of the same city: its screen, and a reader before a member of staff."""
    shell = enrolled(kiosk.city, kiosk.devices, "window", place=place)
    reader = enrolled(kiosk.city, kiosk.devices, "id_card_reader", place=place, is_attended=True)
    return replace(kiosk, shell=shell, reader=reader)


@contextmanager
def kiosk_of(city: City, *, has_camera: bool = True) -> Iterator[Kiosk]:
    """Enrol three devices at one place of the city, and serve the agents' addresses.

    Without a camera of its own, the third is at another place.
    """
    devices = Devices(clock=city.clock, audience=city.settings.issuer)
    readings = city.hall.readings
    sittings = readings.sittings
    reader, camera = DEVICE_READING["card_reader"], FACE_CAPTURING["camera"]
    agents = Agents(
        devices=devices,
        sittings=sittings,
        cards=reader.factory(reader.settings(), devices=devices, challenges=sittings.nonces),
        cameras=camera.factory(camera.settings(), devices=devices, challenges=sittings.nonces),
        faces=readings,
        store=city.store,
        clock=city.clock,
        audience=city.settings.issuer,
    )
    city.more_patterns = [
        *agent_patterns(agents, address_of=str),
        *seat_patterns(city.desk, readings, city.rooms.sessions),
    ]
    shell, card = (enrolled(city, devices, kind) for kind in ("kiosk", "id_card_reader"))
    eye = enrolled(city, devices, "camera", place=PLACE if has_camera else "kiosk-8")
    yield Kiosk(city=city, devices=devices, shell=shell, reader=card, camera=eye)
    city.more_patterns = []


def enrolled(
    city: City, devices: Devices, kind: str, *, place: str = PLACE, is_attended: bool = False
) -> Agent:
    """A new device of this kind, enrolled over HTTP."""
    new = NewDevice(kind=kind, place=place, label=f"{kind} of {place}", is_attended=is_attended)
    code = devices.invite(new, operator="operator-1").code
    agent = Agent(city=city, key=SigningDevice(), device_id="")
    proof = agent.key.proof(code, city.settings.issuer, city.clock.timestamp())
    answer = agent.say("enrolments", {"proof": proof})
    assert answer.status_code == 201, answer.content
    agent.device_id = answer.json()["device_id"]
    return agent


def again(walker: Walker) -> Walker:
    """The page looks again by itself."""
    return walker.open(walker.url)


def settled(walker: Walker) -> Walker:
    """Look again until the authority has answered."""
    wait_until(lambda: "Please look into the camera" not in again(walker).words or walker.left_to)
    return walker


def agree(kiosk: Kiosk, walker: Walker, key: str = ELDER) -> Walker:
    """Lay the card, agree to the comparison."""
    assert kiosk.lay_card(key).status_code == 202
    again(walker)
    assert "Look into the camera" in walker.words
    return walker.press("action", "agree")


def standing_before(kiosk: Kiosk, walker: Walker) -> Walker:
    """Somebody who stands before the kiosk and was sent to the provider."""
    level = Level(ial=3, aal=1)
    kiosk.city.clients.add("kiosk", minimum_level=level, channels=frozenset({"kiosk"}))
    seated = kiosk.seat(walker)
    assert seated["Location"] == "/oauth2/authorize?client_id=kiosk"
    walker.enter(client_id="kiosk", ui_locales=("en",))
    assert "Lay your identity card on the reader" in walker.words
    return walker
