"""The declared rules of identity levels: a table, and nothing else.

Owns which check of which document, under which conditions, is worth which level, and for how long.
How rows of evidence are judged by it is `levels`'; docs/reference/levels.md is written from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

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

SMS_CODE: Final = "sms_code"
EMAIL_CODE: Final = "email_code"
POPULATION: Final = "population_two_factor"
OPERATOR: Final = "mobile_three_factor"
BANK_CARD: Final = "bank_card_four_factor"
CTID: Final = "ctid"
NETWORK_IDENTITY: Final = "network_identity"
FACE_AT_AUTHORITY: Final = "face_comparison"
FACE_LOCAL: Final = "face_local"
FACE_PROMPTED: Final = "face_prompted"
CARD_READER: Final = "card_reader"
IMMIGRATION: Final = "immigration"
ENTERPRISE_CA: Final = "enterprise_ca"
UPSTREAM: Final = "upstream_oidc"
IMPORTED: Final = "imported"
"""The methods' registered names, as adapters give them in their results."""

_YEAR: Final = 365
_CITIZEN: Final = frozenset({RESIDENT_ID_CARD})
_NUMBERED_CARDS: Final = frozenset({RESIDENT_ID_CARD, RESIDENCE_PERMIT_HMT})
_CHIPPED_CARDS: Final = frozenset({RESIDENT_ID_CARD, RESIDENCE_PERMIT_HMT, PERMANENT_RESIDENT_CARD})
_BORDER: Final = frozenset(
    {
        TRAVEL_PERMIT_HM,
        TRAVEL_PERMIT_TW,
        RESIDENCE_PERMIT_HMT,
        PERMANENT_RESIDENT_CARD,
        CN_PASSPORT,
        PASSPORT,
    }
)
ANY_DOCUMENT: Final = frozenset(DOCUMENT_TYPES)
NO_DOCUMENT: Final[frozenset[str]] = frozenset()


class Condition(StrEnum):
    """What must have been so when the check was made; the evidence says whether it was."""

    LIVENESS = "liveness"
    """A live person stood before the camera."""
    AUTHORITY_PHOTO = "authority_photo"
    """The face was compared with the photograph the authority holds."""
    CHIP_PHOTO = "chip_photo"
    """The face was compared with the photograph in the document's own chip."""
    CHIP = "chip"
    """The document's own chip was read, and its signature verified."""
    ENROLLED_DEVICE = "enrolled_device"
    """A device of ours took it, enrolled with a key of its own: the evidence names it."""
    ATTENDED = "attended"
    """A member of staff was present: the evidence names the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRule:
    """One row. `max_age` is in days of Asia/Shanghai, 0 for evidence that does not grow old.

    `document_types` empty means that no document is part of it. `beside` is the level that other
    live evidence of the same document (of the person, where there is none) must give already.
    """

    id: str
    level: int
    method: str
    document_types: frozenset[str] = NO_DOCUMENT
    conditions: frozenset[Condition] = frozenset()
    max_age: int = 0
    beside: int = 0


_PORTRAIT: Final = frozenset({Condition.LIVENESS, Condition.AUTHORITY_PHOTO})
_LOCAL: Final = frozenset({Condition.LIVENESS, Condition.ENROLLED_DEVICE})
_CHIP: Final = frozenset({Condition.CHIP, Condition.ENROLLED_DEVICE})
_WINDOW: Final = _CHIP | {Condition.ATTENDED}

COLLECTED: Final[frozenset[Condition]] = frozenset(
    {
        Condition.LIVENESS,
        Condition.AUTHORITY_PHOTO,
        Condition.CHIP_PHOTO,
        Condition.CHIP,
        Condition.ENROLLED_DEVICE,
    }
)
"""The conditions that pages bring about: faces compared with an authority's or a chip's photograph,
and chips read by our devices. None knows an operator: level 4 is given at windows.
"""


def conditions_met(*, attended: bool) -> frozenset[Condition]:
    """What comes about here; at attended windows, staff beside it."""
    return COLLECTED | {Condition.ATTENDED} if attended else COLLECTED


LEVEL_RULES: Final[tuple[LevelRule, ...]] = (
    LevelRule(id="phone", level=1, method=SMS_CODE),
    # Worth its level only where the deployment lets an address alone open an account.
    LevelRule(id="email", level=1, method=EMAIL_CODE),
    # Factors that match an authoritative library: nobody was seen.
    LevelRule(
        id="population",
        level=2,
        method=POPULATION,
        document_types=_NUMBERED_CARDS,
        max_age=5 * _YEAR,
    ),
    LevelRule(
        id="operator", level=2, method=OPERATOR, document_types=ANY_DOCUMENT, max_age=2 * _YEAR
    ),
    LevelRule(
        id="bank-card", level=2, method=BANK_CARD, document_types=ANY_DOCUMENT, max_age=2 * _YEAR
    ),
    LevelRule(id="ctid", level=2, method=CTID, document_types=_NUMBERED_CARDS, max_age=5 * _YEAR),
    LevelRule(
        id="immigration", level=2, method=IMMIGRATION, document_types=_BORDER, max_age=5 * _YEAR
    ),
    # The card was there, and genuine; who held it was not looked at.
    LevelRule(
        id="chip",
        level=2,
        method=CARD_READER,
        document_types=_CHIPPED_CARDS,
        conditions=_CHIP,
        max_age=5 * _YEAR,
    ),
    LevelRule(
        id="border-chip",
        level=2,
        method=IMMIGRATION,
        document_types=_BORDER,
        conditions=_CHIP,
        max_age=5 * _YEAR,
    ),
    # The person was seen alive, or vouched for by the national network identity.
    LevelRule(id="network-identity", level=3, method=NETWORK_IDENTITY, max_age=3 * _YEAR),
    LevelRule(
        id="network-identity-linked",
        level=3,
        method=NETWORK_IDENTITY,
        document_types=ANY_DOCUMENT,
        max_age=3 * _YEAR,
    ),
    LevelRule(
        id="ctid-portrait",
        level=3,
        method=CTID,
        document_types=_NUMBERED_CARDS,
        conditions=_PORTRAIT,
        max_age=3 * _YEAR,
    ),
    LevelRule(
        id="border-portrait",
        level=3,
        method=IMMIGRATION,
        document_types=_BORDER,
        conditions=_PORTRAIT,
        max_age=3 * _YEAR,
    ),
    LevelRule(
        id="face-at-authority",
        level=3,
        method=FACE_AT_AUTHORITY,
        document_types=ANY_DOCUMENT,
        max_age=3 * _YEAR,
        beside=2,
    ),
    # Our own engine counts on an enrolled device alone, and never against a photograph of a card:
    # elsewhere a picture can be injected in the camera's place.
    LevelRule(
        id="face-local-chip",
        level=3,
        method=FACE_LOCAL,
        document_types=ANY_DOCUMENT,
        conditions=_LOCAL | {Condition.CHIP_PHOTO},
        max_age=_YEAR,
        beside=2,
    ),
    LevelRule(
        id="face-local-authority",
        level=3,
        method=FACE_LOCAL,
        document_types=ANY_DOCUMENT,
        conditions=_LOCAL | {Condition.AUTHORITY_PHOTO},
        max_age=_YEAR,
        beside=2,
    ),
    # Frames of the browser at an enrolled kiosk or window, on prompts of ours, beside what its
    # enrolled reader found in the chip in the same sitting. The browser signs nothing, so this
    # lasts half as long as what an enrolled camera saw.
    LevelRule(
        id="face-prompted-chip",
        level=3,
        method=FACE_PROMPTED,
        document_types=_CHIPPED_CARDS,
        conditions=_LOCAL | {Condition.CHIP_PHOTO},
        max_age=_YEAR // 2,
        beside=2,
    ),
    # Never above what the partner asserts, whose ceiling its adapter keeps.
    LevelRule(id="upstream", level=3, method=UPSTREAM, document_types=ANY_DOCUMENT, max_age=_YEAR),
    # A platform that people came from: never above its source's ceiling, nor longer than it lasts.
    LevelRule(id="imported-phone", level=1, method=IMPORTED),
    LevelRule(
        id="imported", level=3, method=IMPORTED, document_types=ANY_DOCUMENT, max_age=5 * _YEAR
    ),
    # In person, before an operator, with the document's own chip; or a qualified certificate.
    LevelRule(
        id="window",
        level=4,
        method=CARD_READER,
        document_types=_CHIPPED_CARDS,
        conditions=_WINDOW,
        max_age=5 * _YEAR,
    ),
    LevelRule(
        id="border-window",
        level=4,
        method=IMMIGRATION,
        document_types=_BORDER,
        conditions=_WINDOW,
        max_age=5 * _YEAR,
    ),
    LevelRule(
        id="certificate",
        level=4,
        method=ENTERPRISE_CA,
        document_types=_CITIZEN,
        max_age=_YEAR,
        beside=2,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vouching:
    """How a method looks in `verified_claims` (OpenID Identity Assurance Schema Definition 1.0).

    `evidence` is "document" or "electronic_record"; `record` names the kind of record.
    """

    evidence: str
    check_method: str
    record: str = ""


def _record(kind: str, check_method: str = "data") -> Vouching:
    return Vouching(evidence="electronic_record", check_method=check_method, record=kind)


def _document(check_method: str) -> Vouching:
    return Vouching(evidence="document", check_method=check_method)


VOUCHING: Final[Mapping[str, Vouching]] = MappingProxyType(
    {
        POPULATION: _record("population_register"),
        OPERATOR: _record("mobile_subscriber_register"),
        BANK_CARD: _record("bank_account"),
        CTID: _record("population_register"),
        NETWORK_IDENTITY: _record("network_identity", "auth"),
        FACE_AT_AUTHORITY: _record("population_register", "bvr"),
        FACE_LOCAL: _document("bvr"),
        FACE_PROMPTED: _document("bvr"),
        CARD_READER: _document("vcrypt"),
        IMMIGRATION: _record("immigration_register"),
        ENTERPRISE_CA: _record("certificate_register", "auth"),
        UPSTREAM: _record("upstream_provider", "auth"),
        IMPORTED: _record("predecessor_platform"),
    }
)
"""The check methods are those the specification registers: data, auth, vcrypt, bvr (a face)."""
_GENUINE_CHIP: Final = _document("vcrypt")


def vouching_of(method: str, conditions: frozenset[Condition]) -> Vouching | None:
    """How one check looks: a chip that was read is the document itself; None for no document."""
    found = VOUCHING.get(method)
    if found is None or Condition.CHIP in conditions:
        return found and _GENUINE_CHIP
    if Condition.LIVENESS in conditions:
        return replace(found, check_method="bvr")
    return found
