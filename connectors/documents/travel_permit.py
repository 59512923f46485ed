"""Travel permits to the mainland: 回乡证 for Hong Kong and Macau, 台胞证 for Taiwan.

Owns the canonical key of each, which lasts for life while the printed renewal count changes.
Neither has a check digit, and their MRZ layouts are not public: no MRZ is judged here.
"""

import re

from connectors.documents.document import DocumentNumber, Remark, clean, require_pattern

_HM = re.compile(r"[HM](?:[0-9]{8}|[0-9]{10}|A[0-9]{7}|A[0-9]{9})", re.ASCII)
_TW = re.compile(r"[0-9]{8}(?:[0-9]{2}[0-9A-Z]?)?", re.ASCII)


def parse_travel_permit_hm(text: str) -> DocumentNumber:
    """Read a 港澳居民来往内地通行证 number: 9 characters, or 11 with the renewal count of 1999.

    Since 2024-07-10 permits of non-Chinese permanent residents start HA or MA. Their holders are
    no Chinese citizens, and cannot have a residence permit.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = require_pattern(clean(text), _HM, lengths=frozenset({9, 11}))
    is_foreigners = number[1] == "A"
    return DocumentNumber(
        number=number[:9],
        issue=number[9:] or None,
        nationality="" if is_foreigners else "CHN",
        version="2024" if is_foreigners else "2013" if len(number) == 9 else "1999",
        remarks=(Remark.RULE_UNOFFICIAL,) if is_foreigners else (),
    )


def is_of_a_foreigner(number: DocumentNumber) -> bool:
    """Whether a 回乡证 is a non-Chinese permanent resident's: such a person has no 居住证."""
    return number.version == "2024"


def parse_travel_permit_tw(text: str) -> DocumentNumber:
    """Read a 台湾居民来往大陆通行证 number: 8 digits, older ones with an issue count behind.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = require_pattern(clean(text), _TW, lengths=frozenset({8, 10, 11}))
    return DocumentNumber(
        number=number[:8],
        issue=number[8:] or None,
        nationality="CHN",
        version="2015" if len(number) == 8 else "1992",
    )
