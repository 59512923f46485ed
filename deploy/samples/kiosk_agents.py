"""The local agents beside the kiosk's devices: they ask what is wanted, and hand in what was read.

They are what a maker of kiosks writes: the devices are reached at the sandbox authority, as they
would be at a driver; the provider is spoken to over its public addresses alone.
"""

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import httpx2

from deploy.samples.catalogue import KIOSK_CAMERA, KIOSK_DEVICE, KIOSK_READER

ATTENTIVE_FOR: Final = 900.0
"""Seconds after which agents rest when nobody began at the kiosk."""
PAUSE: Final = 0.7
"""Seconds between two looks: people wait for it, and a device may ask twice a second."""
_TIMEOUT: Final = 5
_ACTS: Final = {"read_card": "read", "take_portrait": "look"}


class KioskAgents:
    """One thread for both devices, alive while somebody uses the kiosk."""

    def __init__(
        self, issuer: str, devices: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`devices` is the address at which the simulated devices are reached."""
        self._issuer = issuer
        self._devices = devices
        self._clock = clock
        self._until = 0.0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pause = threading.Event()

    def open_sitting(self) -> str:
        """The ticket of a new sitting; the agents are attentive from now on.

        Raises:
            httpx2.HTTPError: provider or device is out of reach, or refused.
        """
        statement = self._device(KIOSK_DEVICE, "sit", audience=self._issuer)["statement"]
        ticket = str(self._provider("sittings", statement=statement)["ticket"])
        self._attend()
        return ticket

    def look_once(self) -> tuple[str, ...]:
        """Ask once for each device what is wanted; return what was handed in."""
        handed_in = (self._serve(device) for device in (KIOSK_READER, KIOSK_CAMERA))
        return tuple(act for act in handed_in if act)

    def _serve(self, device: str) -> str:
        statement = self._device(device, "poll", audience=self._issuer)["statement"]
        task = self._provider("tasks", statement=statement)["task"]
        if task is None:
            return ""
        answer = self._post(
            f"{self._devices}/devices/{device}/{_ACTS[task['act']]}", {"nonce": task["nonce"]}
        )
        if answer.status_code != httpx2.codes.OK:
            return ""  # nothing lies on the reader, nobody stands there: look again later
        said: dict[str, str] = answer.json()
        statement = said.pop("reading", "") or said.pop("capture", "")
        self._provider("readings", statement=statement, **said)
        return str(task["act"])

    def _attend(self) -> None:
        with self._lock:
            self._until = self._clock() + ATTENTIVE_FOR
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, daemon=True, name="agents")
                self._thread.start()

    def _work(self) -> None:
        while self._clock() < self._until:
            try:
                self.look_once()
            except (httpx2.HTTPError, KeyError, ValueError):
                self._pause.wait(PAUSE)  # refused or out of reach: a person tries again
            self._pause.wait(PAUSE)

    def _device(self, device: str, act: str, **asked: str) -> dict[str, Any]:
        return self._said(self._post(f"{self._devices}/devices/{device}/{act}", asked))

    def _provider(self, what: str, **said: str) -> dict[str, Any]:
        return self._said(self._post(f"{self._issuer}/devices/{what}", said))

    def _said(self, answer: httpx2.Response) -> dict[str, Any]:
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    def _post(self, url: str, body: dict[str, str]) -> httpx2.Response:
        return httpx2.post(url, json=body, timeout=_TIMEOUT)
