"""The declared rules of who is who: what evidence ties two documents to one person.

Pure: proofs come in as `Papers`. Reading them off the chain is `papers`', what follows (a second
document, a merge) is for who asks.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import product
from typing import Final

from connectors.documents.names import Likeness, compare_names
from connectors.documents.registry import (
    CN_PASSPORT,
    DOCUMENT_TYPES,
    PASSPORT,
    PERMANENT_RESIDENT_CARD,
    RESIDENCE_PERMIT_HMT,
    RESIDENT_ID_CARD,
    TRAVEL_PERMIT_HM,
    TRAVEL_PERMIT_TW,
)
from idp.subjects.level_rules import NETWORK_IDENTITY, Condition

NAMES_DOCUMENT: Final = "names_document"
"""The evidence's value that says which other document the chip or the authority named, as
"type:number" in canonical form: a residence permit's chip names the travel permit."""


class Tie(StrEnum):
    """A rule, by its registered name; `EXPLAINED` says it in words."""

    WINDOW = "window"
    NAMED_DOCUMENT = "named-document"
    NETWORK_IDENTITY = "network-identity"
    LIVE_FACE = "live-face"
    SAME_RECORD = "same-record"
    RENEWAL = "renewal"
    PARTICULARS = "particulars"
    SAME_DOCUMENT = "same-document"
    BOTH_ACCOUNTS = "both-accounts"
    OPERATOR = "operator"


EXPLAINED: Final[Mapping[Tie, str]] = {
    Tie.WINDOW: "an operator compared the chip and its holder at an enrolled device",
    Tie.NAMED_DOCUMENT: "the chip or the authority of one document names the number of the other",
    Tie.NETWORK_IDENTITY: "the national network identity vouched for both, under one 网号",
    Tie.LIVE_FACE: "a live face was compared with the photographs of both; the birth date is one",
    Tie.SAME_RECORD: "one record of one authority names both",
    Tie.RENEWAL: "a new number of the same type and country; name and birth date are the same",
    Tie.PARTICULARS: (
        "two documents that one person lawfully holds; authorities confirmed the same name, birth "
        "date and sex for both"
    ),
    Tie.SAME_DOCUMENT: "the claimant was proven for the very document, no lower than its holder",
    Tie.BOTH_ACCOUNTS: "the person signed in to both accounts, one after the other",
    Tie.OPERATOR: "an operator saw the originals; the case is named",
}

_BESIDE: Final = frozenset(
    {
        frozenset({TRAVEL_PERMIT_HM, RESIDENCE_PERMIT_HMT}),
        frozenset({TRAVEL_PERMIT_TW, RESIDENCE_PERMIT_HMT}),
        frozenset({CN_PASSPORT, RESIDENT_ID_CARD}),
        frozenset({PASSPORT, PERMANENT_RESIDENT_CARD}),
        frozenset({PASSPORT, TRAVEL_PERMIT_HM}),
        frozenset({PASSPORT}),
    }
)
"""Which documents one person lawfully holds beside one another."""
_SEEN: Final = (Condition.AUTHORITY_PHOTO, Condition.CHIP_PHOTO)
_WINDOW: Final = frozenset({Condition.CHIP, Condition.ENROLLED_DEVICE, Condition.ATTENDED})
_LEAST_CLAIM: Final = 3
"""The level from which a claim of a document that is another account's counts as a tie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """One proof of one document, as the rules look at it; no document for a 网号 alone.

    `number` is the document's key, `names` the documents it names, each as "type:number";
    `record` is the authority with its reference, "" where it gave none.
    """

    document_type: str = ""
    number: str = field(default="", repr=False)
    issuer: str = ""
    name: str = field(default="", repr=False)
    birthdate: str = field(default="", repr=False)
    gender: str = ""
    method: str = ""
    level: int = 0
    record: str = ""
    conditions: frozenset[Condition] = frozenset()
    names: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def key(self) -> str:
        """What another document would name this one by."""
        return f"{self.document_type}:{self.number}"

    @property
    def born_on(self) -> date | None:
        return date.fromisoformat(self.birthdate) if self.birthdate else None


Rule = Callable[[Papers, Papers], bool]


def tie_of(held: Iterable[Papers], new: Iterable[Papers]) -> Tie | None:
    """The first rule by which a new document is of the person who holds the others."""
    return _first(_LINKING, held, new)


def tie_between(one: Iterable[Papers], other: Iterable[Papers]) -> Tie | None:
    """The first rule by which two accounts are one person's, whoever asks.

    What many know (names, birth dates, numbers) does not tie two accounts.
    """
    return _first(_MERGING, one, other)


def contradictions(one: Collection[Papers], other: Collection[Papers]) -> tuple[str, ...]:
    """Why the two cannot be one person: for these no rule, no consent and no operator will do."""
    found = set()
    for a, b in product(one, other):
        entry = DOCUMENT_TYPES.get(a.document_type)
        is_same_type = a.document_type == b.document_type
        if entry and entry.is_for_life and is_same_type and a.number != b.number:
            found.add(f"two numbers of one {a.document_type}")
        if _differ(a.birthdate, b.birthdate):
            found.add("two dates of birth")
        if _differ(a.gender, b.gender):
            found.add("two sexes")
    return tuple(sorted(found))


def _first(
    rules: Iterable[tuple[Tie, Rule]], one: Iterable[Papers], other: Iterable[Papers]
) -> Tie | None:
    pairs = list(product(one, other))
    return next((tie for tie, rule in rules if any(rule(a, b) for a, b in pairs)), None)


def _window(held: Papers, new: Papers) -> bool:
    is_alike = not held.name or _likeness(held, new) is not Likeness.DIFFERENT
    return new.conditions >= _WINDOW and is_alike and not _differ(held.birthdate, new.birthdate)


def _named(one: Papers, other: Papers) -> bool:
    return other.key in one.names or one.key in other.names


def _network(held: Papers, new: Papers) -> bool:
    """One person has one 网号 here: a second one is refused before a document is looked at."""
    return held.method == new.method == NETWORK_IDENTITY


def _live_face(one: Papers, other: Papers) -> bool:
    are_seen = all(
        Condition.LIVENESS in each.conditions and any(seen in each.conditions for seen in _SEEN)
        for each in (one, other)
    )
    is_alike = _likeness(one, other) in {Likeness.EXACT, Likeness.POSSIBLE}
    return are_seen and is_alike and _same(one.birthdate, other.birthdate)


def _same_record(one: Papers, other: Papers) -> bool:
    return _same(one.record, other.record)


def _renewal(held: Papers, new: Papers) -> bool:
    entry = DOCUMENT_TYPES.get(new.document_type)
    is_kind = (held.document_type, held.issuer) == (new.document_type, new.issuer)
    return entry is not None and not entry.is_for_life and is_kind and _particulars_agree(held, new)


def _particulars(held: Papers, new: Papers) -> bool:
    types = frozenset({held.document_type, new.document_type})
    return types in _BESIDE and _particulars_agree(held, new)


def _same_document(holder: Papers, claimant: Papers) -> bool:
    """The claim of a document is no less proven than its holder's own."""
    is_claimed = bool(holder.number) and holder.key == claimant.key
    return is_claimed and min(holder.level, claimant.level) >= 1 and _outranks(holder, claimant)


def _outranks(holder: Papers, claimant: Papers) -> bool:
    return claimant.level >= max(_LEAST_CLAIM, holder.level)


def _particulars_agree(one: Papers, other: Papers) -> bool:
    return (
        _likeness(one, other) is Likeness.EXACT
        and _same(one.birthdate, other.birthdate)
        and not _differ(one.gender, other.gender)
    )


def _likeness(one: Papers, other: Papers) -> Likeness:
    if not one.name or not other.name:
        return Likeness.DIFFERENT
    return compare_names(one.name, other.name)


def _same(one: str, other: str) -> bool:
    return bool(one) and one == other


def _differ(one: str, other: str) -> bool:
    return bool(one) and bool(other) and one != other


_LINKING: Final[tuple[tuple[Tie, Rule], ...]] = (
    (Tie.WINDOW, _window),
    (Tie.NAMED_DOCUMENT, _named),
    (Tie.NETWORK_IDENTITY, _network),
    (Tie.LIVE_FACE, _live_face),
    (Tie.SAME_RECORD, _same_record),
    (Tie.RENEWAL, _renewal),
    (Tie.PARTICULARS, _particulars),
)
_MERGING: Final[tuple[tuple[Tie, Rule], ...]] = (
    (Tie.SAME_DOCUMENT, _same_document),
    (Tie.NAMED_DOCUMENT, _named),
    (Tie.LIVE_FACE, _live_face),
)
