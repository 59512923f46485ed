"""A bearer token of ours at an authority, kept until shortly before it ends.

Owns the keeping, and the one renewal when the authority forgot a token before its time; each
adapter's wire gets a new one. In this process, since a token is cheap and a shared one would be a
secret in the store.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from connectors.dialogue import Dialogue, Verdict

RENEWED_BEFORE: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldToken:
    """A token and the instant at which the authority stops believing it."""

    value: str = field(repr=False)
    expires_at: datetime


@dataclass(slots=True)
class TokenKeeper:
    """Remembers the newest token."""

    _held: HeldToken | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def current(self, *, now: datetime) -> HeldToken | None:
        """The token, when it lasts long enough for one more check."""
        with self._lock:
            held = self._held
        return held if held is not None and now < held.expires_at - RENEWED_BEFORE else None

    def keep(self, token: HeldToken) -> None:
        """From now on this one."""
        with self._lock:
            self._held = token

    def drop(self, token: HeldToken) -> None:
        """The authority does not believe it any more; a newer one is left alone."""
        with self._lock:
            if self._held is token:
                self._held = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFlow:
    """A check that needs a token: how to get one, how to use it, and the code that disowns one."""

    keeper: TokenKeeper
    fetch: Callable[[], Dialogue[HeldToken | Verdict]]
    use: Callable[[HeldToken], Dialogue[Verdict]]
    disowned: str

    def run(self, *, now: datetime) -> Dialogue[Verdict]:
        """Use the token that is kept, or a new one; a kept one that is disowned is renewed once."""
        kept = self.keeper.current(now=now)
        if kept is not None:
            verdict = yield from self.use(kept)
            if verdict.code != self.disowned:
                return verdict
            self.keeper.drop(kept)
        fresh = yield from self.fetch()
        if isinstance(fresh, Verdict):
            return fresh
        self.keeper.keep(fresh)
        return (yield from self.use(fresh))
