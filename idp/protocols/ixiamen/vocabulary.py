"""The old shape's words: its scopes, channels, document types and the fields of a person."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

DOOR: Final = "ixiamen"
BASIC: Final = "basic"
ENTERPRISE: Final = "enterprise"

SCOPE_CLAIMS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        BASIC: (),
        "name": ("name",),
        "mobile": ("phone_number",),
        "certif-id": ("document_type", "document_number"),
        ENTERPRISE: (),
    }
)
"""What each scope asks for, in our claims. `enterprise` tells nothing yet: nobody acts for one."""

CHANNELS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "web",
        "web": "web",
        "pc": "web",
        "wechat": "wechat",
        "weixin": "wechat",
        "smk": "citizen_card",
        "citizen_card": "citizen_card",
    }
)
"""The old `channel` values as our channels; a client is registered for those it may use."""

CERTIF_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "resident_id_card": "0",
        "hkid": "1",
        "travel_permit_tw": "2",
        "macau_bir": "3",
        "travel_permit_hm": "4",
        "cn_passport": "5",
        "passport": "5",
        "taiwan_arc": "6",
        "residence_permit_hmt": "8",
        "permanent_resident_card": "9",
    }
)
OTHER_DOCUMENT: Final = "88"
NATURAL_PERSON: Final = "1"
_MAINLAND: Final = "+86"


def read_scope(text: str) -> tuple[str, ...]:
    """The scope values, separated by spaces (RFC 6749 §3.3) or commas, as many old clients do."""
    return tuple(dict.fromkeys(text.replace(",", " ").split()))


def person_of(open_id: str, claims: Mapping[str, object]) -> dict[str, str]:
    """A person in the old shape's fields; what was not released is absent."""
    document_type = claims.get("document_type")
    fields = {
        "openId": open_id,
        "userType": NATURAL_PERSON,
        "personName": claims.get("name"),
        "certifType": CERTIF_TYPES.get(str(document_type), OTHER_DOCUMENT)
        if document_type
        else None,
        "certifId": claims.get("document_number"),
        "mobile": str(claims.get("phone_number") or "").removeprefix(_MAINLAND),
    }
    return {name: str(value) for name, value in fields.items() if value}
