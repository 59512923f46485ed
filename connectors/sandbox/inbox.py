"""What the gateways delivered, so that a tester can read a code that was sent to nobody real.

Owns the bounded list and the forgiving comparison of addresses.
"""

from collections import deque
from dataclasses import asdict, dataclass
from threading import Lock
from typing import Final

MOST_MESSAGES: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One delivered message; `sent_at` is ISO 8601 in UTC, `code` empty where there is none."""

    to: str
    channel: str
    text: str
    code: str
    sent_at: str


class Inbox:
    """The last messages, newest first."""

    def __init__(self) -> None:
        self._messages: deque[Delivered] = deque(maxlen=MOST_MESSAGES)
        self._lock = Lock()

    def deliver(self, message: Delivered) -> None:
        with self._lock:
            self._messages.appendleft(message)

    def to(self, recipient: str | None) -> list[dict[str, str]]:
        """The messages to `recipient`; everybody's, when None."""
        with self._lock:
            messages = tuple(self._messages)
        wanted = None if recipient is None else comparable(recipient)
        return [
            asdict(message)
            for message in messages
            if wanted is None or comparable(message.to) == wanted
        ]


def comparable(recipient: str) -> str:
    """The address without what people add: spaces, dashes, and the country code of the mainland.

    A `+` in a query string arrives as a space, so it says nothing.
    """
    folded = recipient.strip().lower()
    if "@" in folded:
        return folded
    digits = "".join(character for character in folded if character.isdecimal())
    digits = digits.removeprefix("00")
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
