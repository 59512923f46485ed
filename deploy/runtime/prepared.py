"""Remembers that the embedded database is prepared, so that a warm start need not ask again.

What could make it stale is in the stamp: the source, the ports and addresses that seeded clients
bear, and the database file itself. A database that others can change is always asked.
"""

import hashlib
from collections.abc import Iterator, Mapping

from deploy.settings.locations import SOURCE, Locations

_ROOMS = ("idp", "connectors", "policies", "deploy")
_TOLD = ("DJANGO_SETTINGS_MODULE",)


def stamp_of(locations: Locations, environment: Mapping[str, str]) -> str:
    """Return what the database was prepared for; "" where only asking it can tell."""
    if "DATABASE_URL" in environment or "DATABASE_URL_FILE" in environment:
        return ""
    if not locations.database.exists():
        return ""
    told = sorted(
        f"{name}={value}"
        for name, value in environment.items()
        if name.startswith("TONGXING_") or name in _TOLD
    )
    parts = [*told, str(locations.database.stat().st_ino), *_source()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def is_prepared(locations: Locations, environment: Mapping[str, str]) -> bool:
    """Tell whether nothing changed since `remember`."""
    stamp = stamp_of(locations, environment)
    try:
        return bool(stamp) and locations.prepared.read_text(encoding="utf-8") == stamp
    except OSError:
        return False


def remember(locations: Locations, environment: Mapping[str, str]) -> None:
    """Note that the database is prepared for what is there now."""
    locations.prepared.write_text(stamp_of(locations, environment), encoding="utf-8")


def _source() -> Iterator[str]:
    for room in _ROOMS:
        for path in sorted((SOURCE / room).rglob("*")):
            if path.suffix in {".py", ".json", ".cedar"}:
                known = path.stat()
                yield f"{path} {known.st_mtime_ns} {known.st_size}"


def forget(locations: Locations) -> None:
    """Have the next start ask again."""
    locations.prepared.unlink(missing_ok=True)
