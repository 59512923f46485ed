"""Where journeys are kept while they last: sealed, in the store, bound to one browser.

What a journey goes through is the dispatcher's; this room keeps records, judges who may see them,
and lets one request at a time change each, without a lock: whoever comes second looks anew.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from idp.foundation.sealing import Sealer
from idp.foundation.storage import ShortLivedStore
from idp.journey.kept import Kept, Overtaken, begun, joined, split
from idp.journey.record import Journey
from idp.journey.request import JourneyRequest

TRAIL_TTL: Final = 86_400
"""How long, in seconds, an ended journey still leads back to its client."""
_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownForm:
    """What a form was made for: `version` and `turn` of the record it was shown from."""

    version: int
    turn: int


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
        raw = joined(self._sealed(journey), version=0, turn=0)
        self._store.put(_key(journey), raw, ttl=self._ttl)
        self._store.put(f"trail:{journey.id}", request.client_id.encode(), ttl=TRAIL_TTL)
        return journey

    def find(self, journey_id: str) -> Kept | None:
        """The journey as it is kept now, or None when it expired or never was."""
        raw = self._store.get(f"journey:{journey_id}")
        if raw is None:
            return None
        (version, turn, instant), sealed = split(raw)
        opened = self._sealer.unseal(sealed, purpose="journey", owner=journey_id)
        return Kept(
            journey=Journey.decode(opened),
            raw=raw,
            version=version,
            turn=turn,
            since=datetime.fromtimestamp(instant, UTC) if instant is not None else None,
        )

    def claim(self, kept: Kept, *, now: datetime) -> Kept:
        """Begin to act on it: one of all that read the same may.

        It costs nobody a wait should this process end before `keep` or `release`.

        Raises:
            Overtaken: somebody else was first.
        """
        mine = begun(kept, now=now)
        if not self._store.replace(_key(kept.journey), kept.raw, mine.raw, ttl=self._ttl):
            raise Overtaken
        return mine

    def keep(self, kept: Kept, journey: Journey) -> Kept:
        """Keep how far it came, if it is still as it was read.

        Raises:
            Overtaken: somebody else changed it in the meantime; nothing was written.
        """
        sealed, held, turn = self._sealed(journey), kept.raw, kept.turn
        for _ in range(_TRIES):
            raw = joined(sealed, version=kept.version + 1, turn=turn)
            if self._store.replace(_key(journey), held, raw, ttl=self._ttl):
                return Kept(journey=journey, raw=raw, version=kept.version + 1, turn=turn)
            found = self._store.get(_key(journey))
            if found is None:
                break
            (_, turn, _), present = split(found)
            if present != kept.sealed:
                break
            held = found  # somebody began to act on it, but we were done first
        raise Overtaken

    def release(self, kept: Kept) -> None:
        """End acting on it with nothing changed; should somebody else act by now, let them."""
        raw = joined(kept.sealed, version=kept.version, turn=kept.turn)
        self._store.replace(_key(kept.journey), kept.raw, raw, ttl=self._ttl)

    def client_of(self, journey_id: str) -> str:
        """The client an expired journey came from; "" after a day."""
        return (self._store.get(f"trail:{journey_id}") or b"").decode()

    def token(self, journey: Journey, step: str) -> str:
        """What binds a page to journey, step and browser; it stands in its URL."""
        return self._mac(f"{journey.id}\0{step}\0{journey.device_hash}")

    def is_token(self, journey: Journey, step: str, token: str) -> bool:
        return hmac.compare_digest(self.token(journey, step).encode(), token.encode())

    def form_token(self, kept: Kept, step: str) -> str:
        """What a form carries: bound like its page, and to the record as it is shown now."""
        front = f"{kept.version}.{kept.turn}"
        return f"{front}.{self._form_mac(kept.journey, step, front)}"

    def read_form(self, journey: Journey, step: str, token: str) -> ShownForm | None:
        """The form behind a token, or None when it was not made for journey, step and browser."""
        front, _, mac = token.rpartition(".")
        expected = self._form_mac(journey, step, front)
        if not front or not hmac.compare_digest(expected.encode(), mac.encode()):
            return None
        version, _, turn = front.partition(".")
        return ShownForm(version=int(version), turn=int(turn))

    def is_bound_to(self, journey: Journey, device_secret: str) -> bool:
        shown = hash_of_device(device_secret)
        return hmac.compare_digest(journey.device_hash.encode(), shown.encode())

    def _form_mac(self, journey: Journey, step: str, front: str) -> str:
        return self._mac(f"form\0{journey.id}\0{step}\0{journey.device_hash}\0{front}")

    def _mac(self, message: str) -> str:
        digest = hmac.digest(self._key, message.encode(), "sha256")
        return urlsafe_b64encode(digest[:18]).decode()

    def _sealed(self, journey: Journey) -> bytes:
        return self._sealer.seal(journey.encode(), purpose="journey", owner=journey.id)


def hash_of_device(device_secret: str) -> str:
    """Return the hex SHA-256 of a device secret; "" of none, which is bound to nothing."""
    return hashlib.sha256(device_secret.encode()).hexdigest() if device_secret else ""


def _key(journey: Journey) -> str:
    return f"journey:{journey.id}"
