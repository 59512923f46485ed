"""What a chip holds of somebody of the population: 256 bytes of text and a photograph of nobody.

Written against the readers' public description, by code of its own.
"""

from collections.abc import Sequence
from typing import Final

from connectors.sandbox.population import SandboxDocument, SandboxPerson

PHOTO: Final = b"WLF" + bytes(1021)
_ADDRESS: Final = "福建省厦门市思明区示例路1号"
_AUTHORITY: Final = "厦门市公安局示例分局"
_ON_CHIP: Final = frozenset({"resident_id_card", "residence_permit_hmt", "permanent_resident_card"})


def has_chip(document: SandboxDocument) -> bool:
    """Whether a reader can read this document's chip."""
    is_new_card = document.details.get("version") == "2023"
    return document.type in _ON_CHIP and not is_new_card


def text_block(someone: SandboxPerson, document: SandboxDocument) -> bytes:
    """The 256 bytes of text."""
    until = (document.details.get("valid_until") or "长期").replace("-", "")
    begun = f"{int(until[:4]) - 10}{until[4:]}" if until.isdecimal() else "20150101"
    if document.type == "permanent_resident_card":
        born = (document.details.get("birth_date") or "").replace("-", "")
        sex = "1" if int(document.number[13]) % 2 else "2"
        fields: Sequence[tuple[str, int]] = (
            (someone.name_latin or someone.name, 120),
            (sex, 2),
            (document.number, 30),
            (document.number[:3], 6),
            ("", 30),
            (begun, 16),
            (until, 16),
            (born, 16),
            ("01", 4),
            ("1500", 8),
            ("I", 2),
        )
        return _packed(fields)
    sex = "1" if int(document.number[16]) % 2 else "2"
    common = (
        (someone.name, 30),
        (sex, 2),
        ("01", 4),
        (document.number[6:14], 16),
        (_ADDRESS, 70),
        (document.number, 36),
        (_AUTHORITY, 30),
        (begun, 16),
        (until, 16),
    )
    if document.type == "resident_id_card":
        return _packed(common)
    permit = someone.documents[0]
    issue = permit.details.get("issue") or ""
    return _packed((*common, (permit.number, 18), (issue, 4), ("", 6), ("J", 2)))


def _packed(fields: Sequence[tuple[str, int]]) -> bytes:
    return _field("", 256, begun=b"".join(_field(text, length) for text, length in fields))


def _field(text: str, length: int, *, begun: bytes = b"") -> bytes:
    octets = begun + text.encode("utf-16-le")
    return octets[:length] + " ".encode("utf-16-le") * ((length - len(octets)) // 2)
