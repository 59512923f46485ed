"""The versions of the policies: each kept as it came into force, none ever changed.

Who may bring one into force, and what else has to be true, is `changes`' to judge.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.judge import take_turn
from idp.foundation.version import bump
from idp.journey.access.city_policies import EVERYONE, source_of
from idp.journey.models import PolicyRow, PolicyVersionRow
from policies.source import PolicySource

DECLARED: Final = "declared"
APPROVED: Final = "approved"
EMERGENCY: Final = "emergency"
ROLLED_BACK: Final = "rolled_back"
SHIPPED: Final = 0
"""The number of what the product ships, before a city made a version of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version: its number, its texts by client or EVERYONE, and how it came about.

    `sha256` is over all texts, `diff_sha256` over what it changed.
    """

    number: int
    texts: Mapping[str, str]
    sha256: str
    at: datetime | None = None
    origin: str = ""
    author: str = ""
    approver: str = ""
    reason: str = ""
    diff_sha256: str = ""
    proposal: UUID | None = None

    @property
    def source(self) -> PolicySource:
        return source_of(dict(self.texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a version comes about: for its row and the audit."""

    origin: str
    author: str
    reason: str
    approver: str = ""
    proposal: UUID | None = None


def in_force() -> Version:
    """The newest version."""
    row = PolicyVersionRow.objects.order_by("-id").first()
    if row is None:
        texts = dict(PolicyRow.objects.values_list("client_id", "text"))
        return Version(number=SHIPPED, texts=texts, sha256=source_of(texts).digest)
    return _version(row)


def find(number: int) -> Version | None:
    """A version by its number; SHIPPED is the product's own."""
    if number == SHIPPED:
        return Version(number=SHIPPED, texts={}, sha256=source_of({}).digest)
    row = PolicyVersionRow.objects.filter(id=number).first()
    return _version(row) if row else None


def former(number: int) -> Version:
    """The version that was in force before another; SHIPPED before the first."""
    row = PolicyVersionRow.objects.filter(id__lt=number).order_by("-id").first()
    return _version(row) if row else Version(number=SHIPPED, texts={}, sha256=source_of({}).digest)


def history(limit: int = 50) -> tuple[Version, ...]:
    """The newest versions first."""
    return tuple(_version(row) for row in PolicyVersionRow.objects.order_by("-id")[:limit])


def changed(base: Version, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of a version with some replaced; an empty one takes a client's own back."""
    whole = {**base.texts, **texts}
    return {client_id: text for client_id, text in whole.items() if text.strip()}


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Line by line, text by text; the shipped policies stand for a shared text nobody wrote."""
    old, new = source_of(dict(before)), source_of(dict(after))
    pairs = [(EVERYONE, old.shared, new.shared)]
    names = sorted(set(old.by_client) | set(new.by_client))
    pairs += [(each, old.by_client.get(each, ""), new.by_client.get(each, "")) for each in names]
    lines: list[str] = []
    for name, one, other in pairs:
        found = unified_diff(
            one.splitlines(), other.splitlines(), f"{name} before", f"{name} after", lineterm=""
        )
        lines.extend(found)
    return "\n".join(lines)


def digest_of(base: int, diff: str) -> str:
    """What an approval is bound to: this difference, to this version, and nothing else."""
    return hashlib.sha256(f"{base}\n{diff}".encode()).hexdigest()


def bring_into_force(
    base: Version, texts: Mapping[str, str], how: Making, *, clock: Clock
) -> Version:
    """Write the version, the texts in force, the audit event and the stamp, in one transaction."""
    now = clock.now()
    with transaction.atomic():
        diff = difference(base.texts, texts)
        row = PolicyVersionRow.objects.create(
            at=now,
            origin=how.origin,
            texts=dict(texts),
            sha256=source_of(dict(texts)).digest,
            diff_sha256=digest_of(base.number, diff),
            proposal=how.proposal,
            author=how.author,
            approver=how.approver,
            reason=how.reason,
        )
        PolicyRow.objects.exclude(client_id__in=list(texts)).delete()
        for client_id, text in texts.items():
            PolicyRow.objects.update_or_create(
                client_id=client_id, defaults={"text": text, "updated_at": now}
            )
        _record(_version(row), base, clock)
        bump()
    return _version(row)


def declare(client_id: str, text: str, *, clock: Clock) -> Version:
    """Replace the text of a client or of EVERYONE, as a file says; an empty one takes it back."""
    with transaction.atomic():
        take_turn("policies")
        base = in_force()
        how = Making(origin=DECLARED, author="", reason="declared in a file")
        return bring_into_force(base, changed(base, {client_id: text}), how, clock=clock)


def _record(version: Version, base: Version, clock: Clock) -> None:
    touched = [
        each
        for each in sorted({*base.texts, *version.texts})
        if base.texts.get(each) != version.texts.get(each)
    ]
    detail = {
        "version": version.number,
        "base": base.number,
        "sha256": version.sha256,
        "diff_sha256": version.diff_sha256,
        "clients": touched[:50],
        "approver": version.approver,
        "reason": version.reason,
    }
    event = AuditEvent(
        type=f"policies.{version.origin}",
        outcome="success",
        operator=version.author,
        client_id=touched[0] if len(touched) == 1 and touched[0] != EVERYONE else "",
        detail={name: value for name, value in detail.items() if value != ""},
    )
    record(event, clock=clock)


def _version(row: PolicyVersionRow) -> Version:
    return Version(
        number=row.id,
        texts=row.texts,
        sha256=row.sha256,
        at=row.at,
        origin=row.origin,
        author=row.author,
        approver=row.approver,
        reason=row.reason,
        diff_sha256=row.diff_sha256,
        proposal=row.proposal,
    )
