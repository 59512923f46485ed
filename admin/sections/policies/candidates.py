"""What a what-if, a replay or a recorded decision can be put to: a version, a proposal, a draft.

Each has a key that stands in addresses and forms: `in-force`, `version:7`, `draft:ID` and so on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from admin.console import Asked, Console
from admin.sections.policies.sets import set_name, version_url
from idp.journey.access.city_policies import source_of
from idp.journey.access.versions import changed, find, in_force
from idp.staff.roles import Role
from policies.source import PolicySource

IN_FORCE: Final = "in-force"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Whole texts that could be decided by, and where they are looked at."""

    key: str
    name: str
    texts: Mapping[str, str]
    url: str = ""

    @property
    def source(self) -> PolicySource:
        return source_of(dict(self.texts))

    @property
    def is_in_force(self) -> bool:
        return self.key == IN_FORCE


def find_candidate(console: Console, asked: Asked, key: str) -> Candidate | None:
    """The candidate of a key, if there is one that this member of staff may see."""
    if key in {"", IN_FORCE}:
        return _in_force()
    if asked.department:
        return None
    kind, _colon, name = key.partition(":")
    reader = _READERS.get(kind)
    return reader(console, asked, name) if reader else None


def candidate_name(console: Console, key: str) -> str:
    """What a key meant, for lists: its thing may be gone by now."""
    kind, _colon, name = key.partition(":")
    if kind == "version":
        return _("Version %(number)s") % {"number": name}
    if kind == "proposal":
        proposal = _by_id(console.policies.changes.find, name)
        return _proposal_name(console, proposal) if proposal else _("A proposal")
    if kind == "draft":
        draft = _by_id(console.policies.drafts.find, name)
        return _draft_name(console, draft) if draft else _("A draft that is gone")
    if kind == "texts":
        return _("A change sent by a program")
    return _("What is in force")


def choices(
    console: Console, asked: Asked, *, chosen: Candidate | None = None
) -> list[tuple[str, str]]:
    """What there is to choose from: in force, the open proposals, drafts, and what is chosen."""
    found = {IN_FORCE: _("What is in force")}
    if not asked.department:
        for each in console.policies.changes.proposals():
            found[f"proposal:{each.id}"] = _proposal_name(console, each)
    if asked.member.role is Role.SYSTEM:
        for draft in console.policies.drafts.kept():
            found[f"draft:{draft.id}"] = _draft_name(console, draft)
    if chosen is not None:
        found.setdefault(chosen.key, chosen.name)
    return list(found.items())


def _in_force() -> Candidate:
    base = in_force()
    return Candidate(key=IN_FORCE, name=_("What is in force"), texts=base.texts)


def _version(_console: Console, _asked: Asked, name: str) -> Candidate | None:
    is_number = name.isascii() and name.isdigit() and len(name) < 10
    found = find(int(name)) if is_number else None
    if found is None:
        return None
    return Candidate(
        key=f"version:{found.number}",
        name=_("Version %(number)s") % {"number": found.number},
        texts=found.texts,
        url=version_url(found.number),
    )


def _proposal(console: Console, _asked: Asked, name: str) -> Candidate | None:
    proposal = _by_id(console.policies.changes.find, name)
    base = find(proposal.base) if proposal else None
    if proposal is None or base is None:
        return None
    return Candidate(
        key=f"proposal:{proposal.id}",
        name=_proposal_name(console, proposal),
        texts=changed(base, proposal.texts),
        url=f"/console/policies/proposals/{proposal.id}",
    )


def _draft(console: Console, asked: Asked, name: str) -> Candidate | None:
    draft = _by_id(console.policies.drafts.find, name)
    if draft is None or asked.member.role is not Role.SYSTEM:
        return None
    return Candidate(
        key=f"draft:{draft.id}",
        name=_draft_name(console, draft),
        texts=changed(in_force(), draft.texts),
        url=f"/console/policies/drafts/{draft.id}",
    )


_READERS: Final[Mapping[str, Callable[[Console, Asked, str], Candidate | None]]] = {
    "version": _version,
    "proposal": _proposal,
    "draft": _draft,
}


def _by_id(reader: Callable[[UUID], Any], name: str) -> Any:
    try:
        return reader(UUID(name))
    except ValueError:
        return None


def _proposal_name(console: Console, proposal: Any) -> str:
    owners = ", ".join(set_name(console, owner) for owner in proposal.texts)
    return _("Proposal for %(owners)s: %(reason)s") % {
        "owners": owners,
        "reason": proposal.reason[:60],
    }


def _draft_name(console: Console, draft: Any) -> str:
    return _("Draft for %(owner)s") % {"owner": set_name(console, draft.owner)}
