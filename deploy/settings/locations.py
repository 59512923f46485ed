"""Where a deployment keeps its files: the data directory and what lies in it."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
_LONGEST_SOCKET_PATH = 100  # sun_path holds 108 bytes on Linux, 104 elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Locations:
    """The files of one deployment; all below `data`, which only its owner may read."""

    data: Path

    @property
    def database(self) -> Path:
        """The embedded SQLite database."""
        return self.data / "tongxing.sqlite3"

    @property
    def secrets(self) -> Path:
        """The secrets that the development profile makes for itself."""
        return self.data / "development-secrets.json"

    @property
    def store(self) -> Path:
        """The embedded store's directory."""
        return self.data / "store"

    @property
    def store_socket(self) -> Path:
        """The embedded store's socket; in the temporary directory where `data` lies too deep."""
        path = self.store / "valkey.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
            return path
        name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"tongxing-{os.getuid()}-{name}" / "valkey.sock"

    @property
    def logs(self) -> Path:
        """What the processes of `up` write beside the terminal."""
        return self.data / "log"

    @property
    def lock(self) -> Path:
        """Held by the one `up` that runs on this directory."""
        return self.data / "up.lock"

    @property
    def prepared(self) -> Path:
        """What the embedded database was last prepared for."""
        return self.data / "prepared"

    @property
    def static(self) -> Path:
        """Collected static files, in production."""
        return self.data / "static"

    def create(self) -> None:
        """Make the data directory, readable by its owner alone."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
