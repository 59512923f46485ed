"""The versions that were in force, newest first, and whose texts each of them changed.

Reads as far back as somebody asks, however many there are. What a version changed is worked out
once in a process and remembered, for none ever changes.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from idp.journey.models import PolicyVersionRow

_REMEMBERED: Final = 16_384
_AT_ONCE: Final = 200
_FIELDS: Final = (
    "id",
    "at",
    "origin",
    "author",
    "approver",
    "reason",
    "sha256",
    "diff_sha256",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version without its texts; `owners` are the clients, or EVERYONE, whose text changed."""

    number: int
    at: datetime
    origin: str
    author: str
    approver: str
    reason: str
    owners: tuple[str, ...]


def entries(own: Collection[str] | None = None) -> Iterator[Entry]:
    """All versions; of some owners, those that changed a text of theirs, with no other owner."""
    rows = PolicyVersionRow.objects.order_by("-id").values(*_FIELDS)
    for row in rows.iterator(chunk_size=_AT_ONCE):
        digests = (row.pop("sha256"), row.pop("diff_sha256"))
        number = row.pop("id")
        owners = _touched(number, *digests)
        if own is not None:
            owners = tuple(each for each in owners if each in own)
        if owners or own is None:
            yield Entry(number=number, owners=owners, **row)


def last_changes(owners: Collection[str]) -> Mapping[str, Entry]:
    """The version that last changed the text of each; reads no further back than it must."""
    sought, found = set(owners), dict[str, Entry]()
    for entry in entries(owners) if sought else ():
        for owner in sought.intersection(entry.owners):
            found[owner] = entry
        sought.difference_update(entry.owners)
        if not sought:
            break
    return found


def has_touched(number: int, own: Collection[str]) -> bool:
    """Whether a version changed a text of one of these."""
    row = PolicyVersionRow.objects.filter(id=number).values_list("sha256", "diff_sha256").first()
    return row is not None and not set(own).isdisjoint(_touched(number, *row))


@lru_cache(maxsize=_REMEMBERED)
def _touched(number: int, _sha256: str, _diff_sha256: str) -> tuple[str, ...]:
    """Whose texts a version changed of the one before; the digests tell another house's apart."""
    rows = PolicyVersionRow.objects.filter(id__lte=number).order_by("-id")
    after, *more = rows.values_list("texts", flat=True)[:2]
    before: Mapping[str, str] = more[0] if more else {}
    return tuple(each for each in sorted({*before, *after}) if before.get(each) != after.get(each))
