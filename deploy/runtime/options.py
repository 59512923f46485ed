"""The options of `manage.py up`, and what follows from them."""

import argparse
import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.settings.locations import SOURCE, Locations


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the product is to run here."""

    host: str
    port: int
    issuer: str
    locations: Locations
    fresh: bool
    workers: int

    def environment(self) -> Mapping[str, str]:
        """Return the environment of every process: ours, plus what the options say."""
        inherited = {
            # Bytecode is written once, so that the next start is quick.
            name: value
            for name, value in os.environ.items()
            if name != "PYTHONDONTWRITEBYTECODE"
        }
        return {
            **inherited,
            "DJANGO_SETTINGS_MODULE": os.environ.get(
                "DJANGO_SETTINGS_MODULE", "deploy.settings.development"
            ),
            "PYTHONPATH": str(SOURCE),
            "PYTHONUNBUFFERED": "1",
            "TONGXING_DATA": str(self.locations.data),
            "TONGXING_HOST": self.host,
            "TONGXING_PORT": str(self.port),
            "TONGXING_ISSUER": self.issuer,
            "TONGXING_WORKERS": str(self.workers),
            **({} if is_loopback(self.host) else {"TONGXING_ALLOWED_HOSTS": self._hosts()}),
        }

    def _hosts(self) -> str:
        given = os.environ.get("TONGXING_ALLOWED_HOSTS", "")
        own = "" if self.host in {"0.0.0.0", "::"} else self.host
        return f"{given} {own}".strip()


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; argparse explains what is wrong with it and exits with 2."""
    parser = argparse.ArgumentParser(
        prog="manage.py up", description="Run the whole product in the development profile."
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (127.0.0.1)")
    parser.add_argument("--port", type=_port, default=8000, help="the provider's port (8000)")
    parser.add_argument("--issuer", help="the issuer, e.g. https://id.example behind a proxy")
    parser.add_argument("--data", type=Path, help="the data directory (var/)")
    parser.add_argument("--fresh", action="store_true", help="forget everything and start anew")
    parser.add_argument("--workers", type=int, default=1, help="server processes (1)")
    found = parser.parse_args(arguments)
    issuer = (found.issuer or f"http://127.0.0.1:{found.port}").rstrip("/")
    if not issuer.startswith(("http://", "https://")):
        parser.error("--issuer must start with http:// or https://")
    if found.workers < 1:
        parser.error("--workers must be 1 or more")
    data = found.data or Path(os.environ.get("TONGXING_DATA") or SOURCE / "var")
    return Options(
        host=found.host,
        port=found.port,
        issuer=issuer,
        locations=Locations(data=data.expanduser().resolve()),
        fresh=found.fresh,
        workers=found.workers,
    )


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65_500:
        raise argparse.ArgumentTypeError("expected 1 to 65500; up to 12 ports above it are used")
    return port
