"""Tokens and single-use numbers that token services hand out.

Owns their lifetime and the memory of which number was used. The clock is handed in as `now`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

LIFETIME: Final = timedelta(hours=2)
_MOST: Final = 1_000


@dataclass(slots=True)
class Tokens:
    """What was handed out and is still good."""

    _tokens: dict[str, datetime] = field(default_factory=dict)
    _numbers: dict[str, str] = field(default_factory=dict)

    def issue(self, token: str, *, now: datetime) -> datetime:
        """A token is good from now on; returns until when."""
        _forget_oldest(self._tokens)
        self._tokens[token] = now + LIFETIME
        return self._tokens[token]

    def is_good(self, token: str, *, now: datetime) -> bool:
        """Whether a token was issued and has not ended."""
        return token in self._tokens and now < self._tokens[token]

    def forget(self) -> None:
        """As after a restart of the service: no token is good any more."""
        self._tokens.clear()

    def number(self, number: str, said: str) -> None:
        """A number is handed out for one use, with what was said for it."""
        _forget_oldest(self._numbers)
        self._numbers[number] = said

    def use(self, number: str) -> str | None:
        """What was said for a number, once; None for one that is used or was never handed out."""
        return self._numbers.pop(number, None)


def _forget_oldest(kept: dict[str, datetime] | dict[str, str]) -> None:
    if len(kept) >= _MOST:
        del kept[next(iter(kept))]
