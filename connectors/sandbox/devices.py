"""Simulated readers and cameras, which can be told what lies on them or who looks into them.

Owns their state and their keys: a device enrols by proving that it holds its key, and signs what it
reads, as the local agent beside a real reader does. Keys follow from the device's name, so that an
enrolment outlives a restart; they are worth nothing outside development.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.card_chips import PHOTO, has_chip, text_block
from connectors.sandbox.exchange import Incoming, Reply, json_reply, problem
from connectors.sandbox.population import person
from connectors.sandbox.portraits import portrait_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_DEVICES: Final[tuple[Mapping[str, str], ...]] = (
    {"id": "reader-hall-1", "kind": "id_card_reader", "place": "service_hall"},
    {"id": "kiosk-1", "kind": "kiosk", "place": "kiosk"},
    {"id": "reader-kiosk-1", "kind": "id_card_reader", "place": "kiosk"},
    {"id": "camera-kiosk-1", "kind": "camera", "place": "kiosk"},
    {"id": "camera-window-1", "kind": "camera", "place": "window"},
)
_OWN_ACTS: Final = {"kiosk": "sit", "id_card_reader": "read", "camera": "look"}
"""What each kind does beside enrolling and asking what is wanted."""


def described() -> tuple[Mapping[str, str], ...]:
    """Every simulated device: `id`, `kind` and `place`."""
    return _DEVICES


def key_of(device_id: str) -> str:
    """The thumbprint of a simulated device's key."""
    return _Agent(device_id=device_id).thumbprint()


def enrolment_proof(device_id: str, *, code: str, audience: str, now: datetime) -> str:
    """What a simulated device's agent says to enrol, for whoever cannot ask it over HTTP yet."""
    return _Agent(device_id=device_id).proof(code, audience, now=now)


class Devices:
    """Every simulated device, and what is presented to it."""

    def __init__(self) -> None:
        self._presented: dict[str, dict[str, str] | None] = {
            device["id"]: None for device in _DEVICES
        }
        self._agents = {device["id"]: _Agent(device_id=device["id"]) for device in _DEVICES}
        self._lock = Lock()

    def handle(self, incoming: Incoming, *, now: datetime) -> Reply:
        """`GET /devices`; `POST /devices/<id>` with `{"present": {"person": key} | null}`.

        `POST /devices/<id>/enrol` with `code` and `audience` gives the proof of its key, `/poll`
        and, of a kiosk, `/sit` with `audience` its signed question or request for a sitting;
        `/read` with `nonce` a signed reading of what lies on a reader, `/look` a signed capture of
        who stands before a camera.
        """
        device_id, _, act = incoming.path.removeprefix("/devices").strip("/").partition("/")
        if incoming.method == "POST" and act and device_id in self._presented:
            return self._act(device_id, act, incoming, now=now)
        if incoming.method == "GET" and not device_id:
            return json_reply(self._all())
        if incoming.method != "POST" or device_id not in self._presented:
            return problem(404, "no such device")
        try:
            presented = _presentable(json.loads(incoming.body)["present"])
        except (ValueError, TypeError, KeyError) as error:
            return problem(400, f"present: {error}")
        with self._lock:
            self._presented[device_id] = presented
        return json_reply(next(entry for entry in self._all() if entry["id"] == device_id))

    def _act(self, device_id: str, act: str, incoming: Incoming, *, now: datetime) -> Reply:
        kind = next(device["kind"] for device in _DEVICES if device["id"] == device_id)
        if act not in {"enrol", "poll", _OWN_ACTS.get(kind)}:
            return problem(404, "no such act")
        try:
            asked = json.loads(incoming.body)
            if act in {"read", "look"}:
                return self._present(device_id, act, str(asked["nonce"]), now=now)
            with self._lock:  # a counter that two statements share is a replay
                return json_reply(self._agents[device_id].say(act, asked, now=now))
        except (ValueError, TypeError, KeyError) as error:
            return problem(400, f"{act}: {error}")

    def _present(self, device_id: str, act: str, nonce: str, *, now: datetime) -> Reply:
        """What lies on a reader or stands before a camera, signed."""
        if act == "read":
            return self._read(device_id, nonce, now=now)
        return self._look(device_id, nonce, now=now)

    def _read(self, device_id: str, nonce: str, *, now: datetime) -> Reply:
        with self._lock:
            presented = self._presented[device_id]
        if presented is None:
            return problem(409, "no card lies on the reader")
        someone = person(presented["person"])
        for document in someone.documents:
            if document.type == presented["document_type"] and has_chip(document):
                block = text_block(someone, document)
                with self._lock:  # a counter that two readings share is a replay
                    reading = self._agents[device_id].reading(block, nonce, now=now)
                return json_reply({"reading": reading})
        return problem(409, "this document has no chip that the reader can read")

    def _look(self, device_id: str, nonce: str, *, now: datetime) -> Reply:
        with self._lock:
            presented = self._presented[device_id]
        if presented is None:
            return problem(409, "nobody stands before the camera")
        portrait = portrait_of(presented["person"])
        with self._lock:
            capture = self._agents[device_id].capture(portrait, nonce, now=now)
        return json_reply({"capture": capture, "portrait": _base64url(portrait)})

    def faces(self) -> dict[str, str]:
        """Who looks into which camera: device id → a person's key."""
        with self._lock:
            return {
                device["id"]: presented["person"]
                for device in _DEVICES
                if device["kind"] == "camera" and (presented := self._presented[device["id"]])
            }

    def _all(self) -> list[dict[str, object]]:
        with self._lock:
            return [{**device, "present": self._presented[device["id"]]} for device in _DEVICES]


def _presentable(asked: dict[str, str] | None) -> dict[str, str] | None:
    if asked is None:
        return None
    someone = person(asked["person"])
    document_type = asked.get("document_type", someone.documents[0].type)
    for document in someone.documents:
        if document.type == document_type:
            return {"person": someone.key, "document_type": document_type}
    raise ValueError(f"{someone.key} has no {document_type}")


@dataclass
class _Agent:
    """The local agent beside one device: its key and its counter."""

    device_id: str
    _counter: int = 0

    @cached_property
    def _key(self) -> "Ed25519PrivateKey":
        # Late: the library weighs more than the rest of the sandbox, and few need a key.
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        seed = hashlib.sha256(f"sandbox device {self.device_id}".encode()).digest()
        return Ed25519PrivateKey.from_private_bytes(seed)

    def say(self, act: str, asked: Mapping[str, Any], *, now: datetime) -> dict[str, str]:
        """A statement that needs nothing presented."""
        audience = str(asked["audience"])
        if act == "enrol":
            return {"proof": self.proof(str(asked["code"]), audience, now=now)}
        if act == "sit":
            return {"statement": self.sitting(audience, now=now)}
        return {"statement": self.question(audience, now=now)}

    def proof(self, code: str, audience: str, *, now: datetime) -> str:
        header = {"alg": "EdDSA", "typ": "device-enrolment+jws", "jwk": self._jwk()}
        claims = {"code": code, "aud": audience, "iat": int(now.timestamp())}
        return self._signed(header, claims)

    def reading(self, block: bytes, nonce: str, *, now: datetime) -> str:
        header = {"alg": "EdDSA", "typ": "card-reading+jws", "kid": self.thumbprint()}
        claims = {
            "nonce": nonce,
            "counter": self._next(now),
            "iat": int(now.timestamp()),
            "sam": "05.01-20260101-0000000001",
            "text": _base64url(block),
            "photo": _base64url(PHOTO),
        }
        return self._signed(header, claims)

    def capture(self, portrait: bytes, nonce: str, *, now: datetime) -> str:
        header = {"alg": "EdDSA", "typ": "face-capture+jws", "kid": self.thumbprint()}
        claims = {
            "nonce": nonce,
            "counter": self._next(now),
            "iat": int(now.timestamp()),
            "live": True,
            "portrait_sha256": _base64url(hashlib.sha256(portrait).digest()),
        }
        return self._signed(header, claims)

    def question(self, audience: str, *, now: datetime) -> str:
        header = {"alg": "EdDSA", "typ": "device-poll+jws", "kid": self.thumbprint()}
        return self._signed(header, {"aud": audience, "iat": int(now.timestamp())})

    def sitting(self, audience: str, *, now: datetime) -> str:
        header = {"alg": "EdDSA", "typ": "device-sitting+jws", "kid": self.thumbprint()}
        claims = {"aud": audience, "iat": int(now.timestamp()), "counter": self._next(now)}
        return self._signed(header, claims)

    def _next(self, now: datetime) -> int:
        # Never lower than before, also after a restart: so a real agent keeps it on disk.
        self._counter = max(self._counter + 1, int(now.timestamp() * 1000))
        return self._counter

    def _jwk(self) -> dict[str, str]:
        public = self._key.public_key().public_bytes_raw()
        return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}

    def thumbprint(self) -> str:
        members = json.dumps(self._jwk(), sort_keys=True, separators=(",", ":"))
        return _base64url(hashlib.sha256(members.encode()).digest())

    def _signed(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        signed = (
            f"{_base64url(json.dumps(header).encode())}.{_base64url(json.dumps(claims).encode())}"
        )
        return f"{signed}.{_base64url(self._key.sign(signed.encode('ascii')))}"


def _base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
