"""Random values for the hot path: the system's generator, asked in blocks instead of each time.

Every byte is handed out once; a forked child starts with a block of its own.
"""

import os
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

_BLOCK: Final = 4096


class _Block(threading.local):
    def __init__(self) -> None:
        self.octets = b""
        self.used = 0
        self.pid = 0


_block = _Block()


def random_octets(count: int) -> bytes:
    """`count` bytes (at most 4096) of the system's cryptographic generator."""
    block = _block
    end = block.used + count
    if end > len(block.octets) or block.pid != os.getpid():
        block.octets, block.used, block.pid = os.urandom(_BLOCK), 0, os.getpid()
        end = count
    found = block.octets[block.used : end]
    block.used = end
    return found


def random_token(count: int) -> str:
    """`count` random bytes in base64url without padding, as `secrets.token_urlsafe` writes them."""
    return urlsafe_b64encode(random_octets(count)).rstrip(b"=").decode("ascii")


def random_uuid() -> UUID:
    """A random UUID (RFC 9562 §5.4)."""
    return UUID(bytes=random_octets(16), version=4)


def ordered_uuids(now: datetime) -> Callable[[], UUID]:
    """UUIDs that sort in the order they are asked for (RFC 9562 §5.7), for many rows at once.

    Rows that are written together then lie together, in every index that begins with the id. A
    counter stands where the RFC lets it (§6.2, method 1); 48 bits of each, and those the counter
    begins with, are random.
    """
    prefix = int(now.timestamp() * 1000) << 80 | 0x7 << 76 | 0x2 << 62
    number = int.from_bytes(random_octets(3), "big")

    def next_one() -> UUID:
        nonlocal number
        number += 1
        counter = (number >> 14 & 0xFFF) << 64 | (number & 0x3FFF) << 48
        return UUID(int=prefix | counter | int.from_bytes(random_octets(6), "big"))

    return next_one
