"""Simulated readers and cameras, which can be told what lies on them or who looks into them.

Owns their state only. What a device sends to the product, signed with its key, comes with the
channels room.
"""

import json
from threading import Lock
from typing import Final

from connectors.sandbox.exchange import Incoming, Reply, json_reply, problem
from connectors.sandbox.population import person

_DEVICES: Final = (
    {"id": "reader-hall-1", "kind": "id_card_reader", "place": "service_hall"},
    {"id": "reader-kiosk-1", "kind": "id_card_reader", "place": "kiosk"},
    {"id": "camera-kiosk-1", "kind": "camera", "place": "kiosk"},
    {"id": "camera-window-1", "kind": "camera", "place": "window"},
)


class Devices:
    """Every simulated device, and what is presented to it."""

    def __init__(self) -> None:
        self._presented: dict[str, dict[str, str] | None] = {
            device["id"]: None for device in _DEVICES
        }
        self._lock = Lock()

    def handle(self, incoming: Incoming) -> Reply:
        """`GET /devices`, and `POST /devices/<id>` with `{"present": {"person": key} | null}`."""
        device_id = incoming.path.removeprefix("/devices").strip("/")
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
