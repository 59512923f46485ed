"""Which mail server takes our messages, how it is secured, and in whose name they go."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from connectors.settings import Secret

IMPLICIT: Final = "tls"
UPGRADED: Final = "starttls"
PLAIN: Final = "none"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
NO_PASSWORD: Final = Secret("")
# Where the sandbox's mail server stands beside its HTTP port; `connectors.sandbox` knows the same.
_SANDBOX_OFFSET: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailSettings:
    """One account with a mail server.

    Attributes:
        host: the server's name, which its certificate must bear.
        port: 465 for `tls`, 587 for `starttls`.
        security: `tls` (implicit, RFC 8314) or `starttls`; `none` only to this machine.
        sender: the address messages come from.
        sender_name: the name beside it, the city's.
        username: the account; empty for a server that knows us by address.
        password: its password, sent only over TLS.
        ca_file: a file of certificates to trust instead of the system's.
        timeout: seconds for one message in all.
    """

    host: str
    sender: str
    sender_name: str
    port: int = 465
    security: str = IMPLICIT
    username: str = ""
    password: Secret = NO_PASSWORD
    ca_file: str = ""
    timeout: float = 10.0

    def __post_init__(self) -> None:
        """Refuse what could not work, or would not be safe.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        if not self.host or not 0 < self.port < 65536:
            raise ValueError("host and port: of a mail server")
        if self.security not in {IMPLICIT, UPGRADED, PLAIN}:
            raise ValueError(f"security: {IMPLICIT}, {UPGRADED} or {PLAIN}")
        if self.security == PLAIN and self.host not in _LOOPBACK:
            raise ValueError("security: none only to this machine")
        if self.sender.count("@") != 1 or not self.sender.isascii():
            raise ValueError("sender: one address")
        if not self.sender_name.isprintable():
            raise ValueError("sender_name: one line")
        if self.timeout <= 0:
            raise ValueError("timeout: more than 0 seconds")


def for_sandbox(base_url: str) -> EmailSettings:
    """The settings that the sandbox authority at `base_url` accepts: its mail server is beside."""
    parts = urlsplit(base_url)
    return EmailSettings(
        host=parts.hostname or "127.0.0.1",
        port=(parts.port or 80) + _SANDBOX_OFFSET,
        security=PLAIN,
        sender="no-reply@tongxing.example",
        sender_name="通行",
    )
