"""`python -m connectors.sandbox`: starts the sandbox authority and stops it cleanly.

Owns the command line, the clock and the signals; the outermost layer of its own process.
"""

import argparse
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Thread
from types import FrameType

from connectors.sandbox.authority import SandboxAuthority
from connectors.sandbox.server import MAIL_OFFSET, SandboxServer, is_loopback


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit status: 2 for a refused or taken address."""
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="listen beyond this machine: the inbox then shows codes to whoever can reach it",
    )
    options = parser.parse_args(arguments)
    if not is_loopback(options.host) and not options.allow_remote:
        sys.stderr.write(f"{options.host} is not loopback; the sandbox is for this machine only\n")
        return 2
    try:
        server = SandboxServer(
            options.host,
            options.port,
            SandboxAuthority(clock=_now),
            mail_port=options.port + MAIL_OFFSET if options.port else None,
        )
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host}:{options.port}: {error}\n")
        return 2
    return _serve(server)


def _serve(server: SandboxServer) -> int:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        # `shutdown` waits for the serving loop, which this very thread runs.
        Thread(target=server.shutdown).start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    with server:
        sys.stdout.write(f"sandbox authority: {server.base_url}\n")
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.2)
    return 0


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - this process has no other outermost layer


if __name__ == "__main__":
    raise SystemExit(main())
