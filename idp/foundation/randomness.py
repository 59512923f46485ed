"""Random values for the hot path: the system's generator, asked in blocks instead of each time.

Every byte is handed out once; a forked child starts with a block of its own.
"""

import os
import threading
from base64 import urlsafe_b64encode
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
