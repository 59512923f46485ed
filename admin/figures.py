"""The figures of the last day, computed once for everybody who looks within a few seconds.

Owns what is summed up, from the counts by the hour alone, and how long that is kept. What the
figures are called, and how they are drawn, is `charts`' and the dashboard's.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

import orjson

from idp.channels.connector_desk import Standing
from idp.foundation.storage import ShortLivedStore
from idp.foundation.tally import EVENT, PROOF, SIGN_IN, STEP, Counted, read_counts
from idp.foundation.tally.reading import hour_of

HOURS: Final = 24
KEPT_SECONDS: Final = 5
LAST_SECONDS: Final = 60
MOST: Final = 10
CLIENT_ERRORS: Final = frozenset(
    {
        "client.authentication",
        "protocol.refused",
        "access.forbidden",
        "token.refresh_reused",
        "token.code_replayed",
    }
)
RISKY: Final = frozenset(
    {
        "access.alert",
        "authenticator.cloned",
        "device.refused",
        "document.claimed_by_another",
        "staff.forbidden",
        "staff.refused",
        "token.code_replayed",
        "token.refresh_reused",
    }
)
_RISKY_ROOMS: Final = ("alert.", "risk.")

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresDesk:
    """Hands out figures that are `KEPT_SECONDS` old; of many who then ask, one computes new ones.

    Meanwhile the others get the last figures, at most `LAST_SECONDS` old: nobody waits for
    another process. Where there are none yet, each process computes them once.
    """

    store: ShortLivedStore
    _lock: Lock = field(default_factory=Lock, repr=False)

    def of(self, scope: str, measure: Callable[[], Figures]) -> Figures:
        """The figures of a scope (a department, "" for the city)."""
        key = f"console:figures:{scope}"
        fresh, last = self.store.get_many(key, f"{key}:last")
        if fresh:
            return _read(fresh)
        if last and not self.store.add(f"{key}:turn", b"1", ttl=KEPT_SECONDS):
            return _read(last)
        with self._lock:
            kept = self.store.get(key)
            return _read(kept) if kept else self._new(key, measure)

    def _new(self, key: str, measure: Callable[[], Figures]) -> Figures:
        found = measure()
        written = orjson.dumps(found)
        self.store.put(f"{key}:last", written, ttl=LAST_SECONDS)
        self.store.put(key, written, ttl=KEPT_SECONDS)
        return found


def measure(
    now: datetime, *, clients: Collection[str] | None, standings: Iterable[Standing]
) -> Figures:
    """Sum up the last day; `clients` restricts it to what happened with these."""
    since = now - timedelta(hours=HOURS - 1)
    first = hour_of(since)
    sign_ins = read_counts(SIGN_IN, since, clients=clients, by_hour=True)
    events = read_counts(EVENT, since, clients=clients, by_client=True)
    return {
        "first_hour": first,
        "signed_in": _by_hour(sign_ins, first, "success"),
        "refused": _by_hour(sign_ins, first, "refused"),
        "methods": _halves(sign_ins, "success"),
        "proofs": _halves(read_counts(PROOF, since, clients=clients), "match"),
        "steps": _steps(read_counts(STEP, since, clients=clients)),
        "errors": _errors(events),
        "risk": _risk(events),
        "events": _often(events),
        "authorities": [_authority(each) for each in standings],
    }


def _read(kept: bytes) -> Figures:
    found: Figures = orjson.loads(kept)
    return found


def _by_hour(counted: Iterable[Counted], first: int, outcome: str) -> list[int]:
    hours = [0] * HOURS
    for each in counted:
        place = (each.hour or 0) - first
        if each.outcome == outcome and 0 <= place < HOURS:
            hours[place] += each.number
    return hours


def _halves(counted: Iterable[Counted], good: str) -> list[list[Any]]:
    """By name: how often it went well, and how often it did not; the most used first."""
    well: Counter[str] = Counter()
    badly: Counter[str] = Counter()
    for each in counted:
        (well if each.outcome == good else badly)[each.name] += each.number
    names = sorted({*well, *badly}, key=lambda name: (-well[name] - badly[name], name))
    return [[name, well[name], badly[name]] for name in names[:MOST]]


def _steps(counted: Iterable[Counted]) -> list[list[Any]]:
    """By step: entered, passed, stopped, and left by the people; those under way are among it."""
    found: dict[str, Counter[str]] = {}
    for each in counted:
        found.setdefault(each.name, Counter())[each.outcome] += each.number
    return [
        [
            name,
            (entered := found[name]["entered"]),
            (passed := found[name]["passed"]),
            (stopped := found[name]["stopped"]),
            max(0, entered - passed - stopped),
        ]
        for name in ("login", "verification", "access", "consent")
        if name in found
    ]


def _errors(events: Iterable[Counted]) -> list[list[Any]]:
    by_client: Counter[str] = Counter()
    for each in events:
        if each.name in CLIENT_ERRORS and each.client_id:
            by_client[each.client_id] += each.number
    return [[client_id, number] for client_id, number in by_client.most_common(MOST)]


def _risk(events: Iterable[Counted]) -> list[list[Any]]:
    by_type: Counter[str] = Counter()
    for each in events:
        if each.name in RISKY or each.name.startswith(_RISKY_ROOMS):
            by_type[each.name] += each.number
    return [[name, number] for name, number in by_type.most_common(MOST)]


def _often(events: Iterable[Counted]) -> list[list[Any]]:
    by_kind: Counter[tuple[str, str]] = Counter()
    for each in events:
        by_kind[each.name, each.outcome] += each.number
    most = sorted(by_kind.items(), key=lambda each: (-each[1], each[0]))[:12]
    return [[name, outcome, number] for (name, outcome), number in most]


def _authority(standing: Standing) -> dict[str, Any]:
    today = standing.today
    return {
        "section": standing.placed.section,
        "name": standing.terms.name,
        "authority": standing.placed.authority,
        "answered": today.answered,
        "failed": today.failed,
        "p95": today.p95,
        "is_beyond": today.is_beyond,
        "cost": today.cost,
    }
