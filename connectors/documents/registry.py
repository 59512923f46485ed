"""The table of document types: identifier → names, parser and mask.

Owns the identifiers, which are the ones used on every wire and in every record. A new type is one
entry here; the rules of its number live in a file beside this one.
"""

import re
from types import MappingProxyType
from typing import Final

from connectors.documents.citizen_number import parse_residence_permit_hmt, parse_resident_id_card
from connectors.documents.document import DocumentType, by_pattern
from connectors.documents.permanent_resident_card import parse_permanent_resident_card
from connectors.documents.travel_permit import parse_travel_permit_hm, parse_travel_permit_tw

RESIDENT_ID_CARD: Final = "resident_id_card"
RESIDENCE_PERMIT_HMT: Final = "residence_permit_hmt"
TRAVEL_PERMIT_HM: Final = "travel_permit_hm"
TRAVEL_PERMIT_TW: Final = "travel_permit_tw"
PERMANENT_RESIDENT_CARD: Final = "permanent_resident_card"
CN_PASSPORT: Final = "cn_passport"
PASSPORT: Final = "passport"

# E + 8 digits, E + letter (no I, no O) + 7 digits since 2017-04, and the old G + 8 digits.
_CN_PASSPORT = re.compile(r"[EG][0-9]{8}|E[A-HJ-NP-Z][0-9]{7}", re.ASCII)
# ICAO Doc 9303-4: at most nine characters in the zone; longer numbers are found on the page.
_PASSPORT = re.compile(r"[0-9A-Z]+", re.ASCII)

_TYPES = (
    DocumentType(
        id=RESIDENT_ID_CARD,
        names={
            "zh-Hans": "居民身份证",
            "zh-Hant": "居民身份證",
            "en": "Resident identity card",
        },
        parse=parse_resident_id_card,
        visible=(4, 4),
    ),
    DocumentType(
        id=RESIDENCE_PERMIT_HMT,
        names={
            "zh-Hans": "港澳台居民居住证",
            "zh-Hant": "港澳台居民居住證",
            "en": "Residence permit for Hong Kong, Macau and Taiwan residents",
        },
        parse=parse_residence_permit_hmt,
        visible=(4, 4),
    ),
    DocumentType(
        id=TRAVEL_PERMIT_HM,
        names={
            "zh-Hans": "港澳居民来往内地通行证(回乡证)",
            "zh-Hant": "港澳居民來往內地通行證(回鄉證)",
            "en": "Mainland travel permit for Hong Kong and Macau residents",
        },
        parse=parse_travel_permit_hm,
    ),
    DocumentType(
        id=TRAVEL_PERMIT_TW,
        names={
            "zh-Hans": "台湾居民来往大陆通行证(台胞证)",
            "zh-Hant": "台灣居民來往大陸通行證(台胞證)",
            "en": "Mainland travel permit for Taiwan residents",
        },
        parse=parse_travel_permit_tw,
    ),
    DocumentType(
        id=PERMANENT_RESIDENT_CARD,
        names={
            "zh-Hans": "外国人永久居留身份证",
            "zh-Hant": "外國人永久居留身份證",
            "en": "Foreign permanent resident identity card",
        },
        parse=parse_permanent_resident_card,
        visible=(3, 2),
    ),
    DocumentType(
        id=CN_PASSPORT,
        names={"zh-Hans": "中国护照", "zh-Hant": "中國護照", "en": "Chinese passport"},
        parse=by_pattern(_CN_PASSPORT, lengths=frozenset({9})),
    ),
    DocumentType(
        id=PASSPORT,
        names={"zh-Hans": "外国护照", "zh-Hant": "外國護照", "en": "Passport"},
        parse=by_pattern(_PASSPORT, lengths=frozenset(range(5, 21))),
    ),
)

DOCUMENT_TYPES: Final = MappingProxyType({entry.id: entry for entry in _TYPES})


def mask(document_type: str, number: str) -> str:
    """The masked number; one of an unknown type is starred whole rather than guessed at."""
    entry = DOCUMENT_TYPES.get(document_type)
    return entry.mask(number) if entry is not None else "*" * len(number)
