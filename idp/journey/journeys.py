"""Where journeys are kept while they last: sealed, in the store, bound to one browser.

What a journey goes through is the dispatcher's; this room keeps records and judges who may see
them.
"""

import hashlib
import hmac
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from idp.foundation.sealing import Sealer
from idp.foundation.storage import ShortLivedStore
from idp.journey.record import Journey
from idp.journey.request import JourneyRequest

TRAIL_TTL: Final = 86_400
"""How long, in seconds, an ended journey still leads back to its client."""
_TURN_TTL: Final = 15
_TURN_LOOKS: Final = 60
_TURN_PAUSE: Final = 0.05


class TurnTaken(Exception):
    """Another request of the same journey is being answered and does not come to an end."""


class Journeys:
    """Begins, finds and keeps journeys. `ttl` in seconds, counted from the last step."""

    def __init__(
        self, *, store: ShortLivedStore, sealer: Sealer, key: bytes, ttl: int = 1_800
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._key = key
        self._ttl = ttl

    def begin(self, request: JourneyRequest, device_secret: str, *, now: datetime) -> Journey:
        """Begin a journey in the browser of this device secret."""
        journey = Journey(
            id=secrets.token_urlsafe(16),
            device_hash=hash_of_device(device_secret),
            request=request,
            began_at=now,
        )
        self.keep(journey)
        self._store.put(f"trail:{journey.id}", request.client_id.encode(), ttl=TRAIL_TTL)
        return journey

    def find(self, journey_id: str) -> Journey | None:
        """The journey, or None when it expired or never was."""
        sealed = self._store.get(f"journey:{journey_id}")
        if sealed is None:
            return None
        return Journey.decode(self._sealer.unseal(sealed, purpose="journey", owner=journey_id))

    def keep(self, journey: Journey) -> None:
        """Keep how far it came; within a `turn`, so that nobody else writes meanwhile."""
        sealed = self._sealer.seal(journey.encode(), purpose="journey", owner=journey.id)
        self._store.put(f"journey:{journey.id}", sealed, ttl=self._ttl)

    def client_of(self, journey_id: str) -> str:
        """The client an expired journey came from; "" after a day."""
        return (self._store.get(f"trail:{journey_id}") or b"").decode()

    @contextmanager
    def turn(self, journey_id: str) -> Iterator[None]:
        """Answer one request of a journey at a time: a double click waits for the first.

        Raises:
            TurnTaken: the first is not answered within three seconds.
        """
        key = f"turn:{journey_id}"
        mine = secrets.token_bytes(8)
        for _ in range(_TURN_LOOKS):
            if self._store.add(key, mine, ttl=_TURN_TTL):
                break
            time.sleep(_TURN_PAUSE)
        else:
            raise TurnTaken
        try:
            yield
        finally:
            if self._store.get(key) == mine:
                self._store.delete(key)

    def token(self, journey: Journey, step: str) -> str:
        """What binds a page to journey, step and browser; it stands in its URL and its form."""
        message = f"{journey.id}\0{step}\0{journey.device_hash}".encode()
        digest = hmac.digest(self._key, message, "sha256")
        return urlsafe_b64encode(digest[:18]).decode()

    def is_token(self, journey: Journey, step: str, token: str) -> bool:
        return hmac.compare_digest(self.token(journey, step).encode(), token.encode())

    def is_bound_to(self, journey: Journey, device_secret: str) -> bool:
        shown = hash_of_device(device_secret)
        return hmac.compare_digest(journey.device_hash.encode(), shown.encode())

    def advance(self, journey: Journey, **changes: Any) -> Journey:
        """Keep changed fields of `Progress`, and return the journey with them."""
        progress = replace(journey.progress, **changes)
        advanced = replace(journey, progress=progress)
        self.keep(advanced)
        return advanced


def hash_of_device(device_secret: str) -> str:
    """Return the hex SHA-256 of a device secret; "" of none, which is bound to nothing."""
    return hashlib.sha256(device_secret.encode()).hexdigest() if device_secret else ""
