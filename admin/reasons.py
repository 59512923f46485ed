"""Why staff do what touches a person: a reason from a list, and the number of the case.

No free text: it would carry personal data into an audit trail that must hold none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

UNMASK_REASONS: Final[Mapping[str, Any]] = {
    "hotline": _("The person called and asks for help"),
    "window": _("The person stands at a window"),
    "complaint": _("A complaint is being looked into"),
    "order": _("An authority ordered it in writing"),
    "incident": _("A security incident is being looked into"),
}
FREEZE_REASONS: Final[Mapping[str, Any]] = {
    "misuse": _("Somebody else seems to use the account"),
    "ordered": _("An authority ordered it in writing"),
}
OPEN_REASONS: Final[Mapping[str, Any]] = {"released": _("What it was frozen for is settled")}
"""Both by the names of `idp.subjects.statuses.Reason`."""
STATUS_CAUSES: Final[Mapping[str, Any]] = {
    "asked": _("The person asked for it"),
    "misuse": _("Somebody else seems to use the account"),
    "ordered": _("An authority ordered it in writing"),
    "objected": _("The person objected to opening it"),
    "reproven": _("The person proved their identity anew"),
    "released": _("What it was frozen for is settled"),
    "capacity_lost": _("Legal capacity was lost"),
    "capacity_restored": _("Legal capacity was restored"),
    "death": _("The person died"),
    "mistaken": _("It was reported in error"),
}
"""By the names of `idp.subjects.statuses.Reason`."""
MERGE_REASONS: Final[Mapping[str, Any]] = {
    "duplicate": _("One person has two accounts"),
    "asked": _("The person asked for it"),
    "order": _("An authority ordered it in writing"),
}
SPLIT_REASONS: Final[Mapping[str, Any]] = {
    "mistake": _("They are two people"),
    "asked": _("The person asked for it"),
    "order": _("An authority ordered it in writing"),
}
DEVICE_REASONS: Final[Mapping[str, Any]] = {
    "lost": _("It is lost or was stolen"),
    "broken": _("It is broken or was replaced"),
    "moved": _("It stands elsewhere now"),
    "maintenance": _("It is being looked after"),
    "settled": _("What it was suspended for is settled"),
    "incident": _("A security incident is being looked into"),
}
CONNECTOR_REASONS: Final[Mapping[str, Any]] = {
    "failure": _("The authority fails or is slow"),
    "maintenance": _("The authority announced maintenance"),
    "contract": _("The contract or the budget changed"),
    "incident": _("A security incident is being looked into"),
}
REFERENCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_-]{2,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason of the list, and the case it belongs to."""

    code: str
    reference: str

    def as_detail(self) -> dict[str, object]:
        """As the audit trail keeps it."""
        return {"reason": self.code, "reference": self.reference}

    def in_words(self) -> str:
        """As a row keeps it."""
        return f"{self.code} {self.reference}"


def reason_in_words(kept: str) -> tuple[Any, str]:
    """What a row keeps of a reason, as people say it, and the number of its case."""
    code, _space, reference = kept.partition(" ")
    return (MERGE_REASONS.get(code) or SPLIT_REASONS.get(code, code)), reference


def read_reason(posted: QueryDict, known: Mapping[str, Any]) -> Reason | None:
    """What was given; None without a known reason and a number of a case."""
    code, reference = posted.get("reason", ""), posted.get("reference", "").strip()
    if code not in known or not REFERENCE.fullmatch(reference):
        return None
    return Reason(code=code, reference=reference)
