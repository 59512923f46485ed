"""How a session looks in the store, and the names of its keys there.

The secret never appears: its SHA-256 names the keys. The braces make a session's keys one Redis
Cluster hash tag, so that they can be read in one trip.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import orjson

from idp.sessions.session import Seen, Session
from idp.subjects.subject_identifiers import KnownAs
from policies.levels import Level

ENDED: Final = b"ended"
"""Stands where a session's record stood: a late refill from the database cannot revive it."""

_FIRST: Final = 12
_LATER: Final = ((), None, (), None, "", None, None, None, "")
"""What the first release did not keep, and stands in its records as unknown."""
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}")


def hash_of(secret: str) -> str:
    """Return the hex SHA-256 of a session secret, or "" for what cannot be one."""
    if not _SECRET.fullmatch(secret):
        return ""
    return hashlib.sha256(secret.encode()).hexdigest()


def session_key(secret_hash: str) -> str:
    return f"sess:{{{secret_hash}}}"


def consent_key(secret_hash: str, client_id: str) -> str:
    return f"consent:{{{secret_hash}}}:{client_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedSession:
    """A session with what only its directory needs.

    `seen_at` is the last instant the idle time-out knows of; at `level_until` evidence expires
    and the level has to be read anew.
    """

    session: Session
    seen_at: datetime
    level_until: datetime | None

    def encode(self) -> bytes:
        session = self.session
        return orjson.dumps(
            [
                session.id.hex,
                session.person_id.hex,
                session.person_status,
                session.authenticated_at.timestamp(),
                session.expires_at.timestamp(),
                session.level.ial,
                session.level.aal,
                session.amr,
                session.channel,
                session.display_name,
                self.seen_at.timestamp(),
                self.level_until.timestamp() if self.level_until else None,
                [(each[0], each[1], each[2].hex) for each in session.aliases],
                session.minor_until.timestamp() if session.minor_until else None,
                session.methods,
                session.proven_at.timestamp() if session.proven_at else None,
                session.population,
                session.seen.signals,
                session.seen.device_known,
                session.seen.own_aal,
                session.seen.device,
            ]
        )

    @classmethod
    def decode(cls, raw: bytes) -> "CachedSession":
        values: list[Any] = orjson.loads(raw)
        values += _LATER[len(values) - _FIRST :]  # kept by an earlier release
        return cls(
            session=Session(
                id=UUID(values[0]),
                person_id=UUID(values[1]),
                person_status=values[2],
                authenticated_at=_instant(values[3]),
                expires_at=_instant(values[4]),
                level=Level(ial=values[5], aal=values[6]),
                amr=tuple(values[7]),
                channel=values[8],
                display_name=values[9],
                aliases=tuple(
                    KnownAs(subject_type=kind, sector=sector, person_id=UUID(person))
                    for kind, sector, person in values[12]
                ),
                minor_until=_instant(values[13]) if values[13] is not None else None,
                methods=tuple(values[14]),
                proven_at=_instant(values[15]) if values[15] is not None else None,
                population=values[16],
                seen=Seen(
                    signals=None if values[17] is None else tuple(values[17]),
                    device_known=values[18],
                    own_aal=values[19],
                    device=values[20],
                ),
            ),
            seen_at=_instant(values[10]),
            level_until=_instant(values[11]) if values[11] is not None else None,
        )


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
