"""Drafts: texts that somebody is still working on, kept whether or not they are valid yet.

Nothing is decided by a draft. How one becomes a proposal is `changes`'.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from idp.foundation.clock import Clock
from idp.journey.access.city_policies import EVERYONE
from idp.journey.access.versions import Version, in_force
from idp.journey.models import PolicyDraftRow
from policies.source import default_policies
from policies.validation import MOST_CHARACTERS

MOST_DRAFTS: Final = 50
"""Drafts of one author; beyond them the one that was touched longest ago is let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDraft:
    """A draft of the text of `owner`, a client or EVERYONE, begun from version `base`."""

    id: UUID
    owner: str
    base: int
    text: str
    revision: int
    author: str
    created_at: datetime
    updated_at: datetime

    @property
    def texts(self) -> Mapping[str, str]:
        """As a change takes them."""
        return {self.owner: self.text}


class DraftChanged(Exception):
    """Somebody, or another tab, saved it meanwhile; `now` is what it is."""

    def __init__(self, now: KeptDraft) -> None:
        super().__init__("the draft was changed meanwhile")
        self.now = now


class DraftTooLong(ValueError):
    """The text is longer than any policies may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDrafts:
    clock: Clock

    def begin(self, owner: str, *, author: str) -> KeptDraft:
        """A draft that holds what is in force."""
        base, now = in_force(), self.clock.now()
        row = PolicyDraftRow.objects.create(
            owner=owner,
            base=base.number,
            text=text_of(base, owner),
            author=author,
            created_at=now,
            updated_at=now,
        )
        own = PolicyDraftRow.objects.filter(author=author).order_by("-updated_at", "-created_at")
        spare = own.values_list("id", flat=True)[MOST_DRAFTS:]
        PolicyDraftRow.objects.filter(id__in=list(spare)).delete()
        return _draft(row)

    def find(self, draft_id: UUID) -> KeptDraft | None:
        row = PolicyDraftRow.objects.filter(id=draft_id).first()
        return _draft(row) if row else None

    def kept(self) -> tuple[KeptDraft, ...]:
        """All there are, the one touched last first."""
        return tuple(_draft(row) for row in PolicyDraftRow.objects.order_by("-updated_at")[:200])

    def save(self, draft_id: UUID, text: str, *, revision: int) -> KeptDraft | None:
        """Keep another text, if nobody kept one since `revision`; None where there is no draft.

        Raises:
            DraftChanged: somebody did.
            DraftTooLong: no policies may be as long.
        """
        if len(text) > MOST_CHARACTERS:
            raise DraftTooLong
        found = PolicyDraftRow.objects.filter(id=draft_id, revision=revision)
        is_saved = found.update(text=text, revision=revision + 1, updated_at=self.clock.now())
        now = self.find(draft_id)
        if now is not None and not is_saved:
            raise DraftChanged(now)
        return now

    def discard(self, draft_id: UUID) -> None:
        PolicyDraftRow.objects.filter(id=draft_id).delete()


def text_of(version: Version, owner: str) -> str:
    """What a version says for a client, or for EVERYONE: the shipped text where it says nothing."""
    written = version.texts.get(owner)
    if written is not None:
        return written
    return default_policies().shared if owner == EVERYONE else ""


def purge_drafts(*, now: datetime, ttl: int) -> int:
    """Forget drafts untouched for `ttl` seconds; the number."""
    limit = now - timedelta(seconds=ttl)
    return PolicyDraftRow.objects.filter(updated_at__lt=limit).delete()[0]


def _draft(row: PolicyDraftRow) -> KeptDraft:
    return KeptDraft(
        id=row.id,
        owner=row.owner,
        base=row.base,
        text=row.text,
        revision=row.revision,
        author=row.author,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
