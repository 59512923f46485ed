"""The mail server's side: takes messages over SMTP and delivers them into the inbox.

Owns the listening socket and the faults of a mail server. Plain, and on this machine only.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from ssl import SSLContext
from threading import Thread
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from connectors.sandbox.faults import FaultPlan
from connectors.sandbox.inbox import Delivered, Inbox

_CODE: Final = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_REPLIES: Final = {"500": "554 5.3.0 internal error", "503": "451 4.3.0 try again later"}


Protocol = Callable[[asyncio.AbstractEventLoop], SMTP]


class MailServer:
    """An SMTP server on an event loop of its own, in a thread; port 0 picks a free one.

    Not the library's controller, which connects to itself to find out whether it runs.
    """

    def __init__(
        self, host: str, port: int, protocol: Protocol, *, tls: SSLContext | None = None
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._listening = self._loop.run_until_complete(
            self._loop.create_server(lambda: protocol(self._loop), host, port, ssl=tls)
        )
        self._thread = Thread(target=self._loop.run_forever, daemon=True, name="mailbox")

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._listening.sockets[0].getsockname()[1]
        return port

    def start(self) -> None:
        """Serve, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End every conversation, and give the port back."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listening.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


class Mailbox(MailServer):
    """The sandbox's mail server: plain, without accounts."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        inbox: Inbox,
        faults: FaultPlan,
        clock: Callable[[], datetime],
    ) -> None:
        handler = _Handler(inbox, faults, clock)
        super().__init__(
            host, port, lambda loop: SMTP(handler, hostname="sandbox.example", loop=loop)
        )


class _Handler:
    """What happens to a whole message."""

    def __init__(self, inbox: Inbox, faults: FaultPlan, clock: Callable[[], datetime]) -> None:
        self._inbox = inbox
        self._faults = faults
        self._clock = clock
        self._taken = 0

    async def handle_DATA(  # noqa: N802 - the library's name for it
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        fault = self._faults.take("email")
        behaviour = fault.behaviour if fault is not None else ""
        if fault is not None and behaviour == "provider_code":
            return f"{fault.code} refused on command"
        if behaviour in _REPLIES:
            return _REPLIES[behaviour]
        self._deliver(envelope)
        self._taken += 1
        if fault is not None and behaviour == "slow":
            await asyncio.sleep(fault.seconds)
        if behaviour in {"reset", "truncated"} and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        if behaviour == "garbage":
            return "what is this?"
        return f"250 2.0.0 Ok: queued as SANDBOX{self._taken:08d}"

    def _deliver(self, envelope: Envelope) -> None:
        read = message_from_bytes(envelope.original_content or b"", policy=default)
        body = read.get_body(("plain",))
        text = str(body.get_content()) if body is not None else ""
        found = _CODE.search(text)
        for recipient in envelope.rcpt_tos:
            self._inbox.deliver(
                Delivered(
                    to=recipient,
                    channel="email",
                    text=f"{read['Subject']}\n\n{text}",
                    code=found[0] if found else "",
                    sent_at=self._clock().isoformat(),
                )
            )
