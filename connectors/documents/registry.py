"""The tables of document types and of organizations' numbers: identifier → names, parser, mask.

Owns the identifiers, which are the ones used on every wire and in every record. A new type is one
entry here; the rules of its number live in a file beside this one.
"""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from connectors.documents.citizen_number import parse_residence_permit_hmt, parse_resident_id_card
from connectors.documents.document import DocumentType, InvalidDocumentNumber, Standing
from connectors.documents.organization import (
    OrganizationNumberType,
    parse_business_registration,
    parse_organization_code,
    parse_uscc,
)
from connectors.documents.passport import parse_chinese_passport, parse_passport
from connectors.documents.permanent_resident_card import parse_permanent_resident_card
from connectors.documents.supplementary import (
    parse_hkid,
    parse_macau_bir,
    parse_taiwan_arc,
    parse_taiwan_id,
)
from connectors.documents.travel_permit import parse_travel_permit_hm, parse_travel_permit_tw

RESIDENT_ID_CARD: Final = "resident_id_card"
RESIDENCE_PERMIT_HMT: Final = "residence_permit_hmt"
TRAVEL_PERMIT_HM: Final = "travel_permit_hm"
TRAVEL_PERMIT_TW: Final = "travel_permit_tw"
PERMANENT_RESIDENT_CARD: Final = "permanent_resident_card"
CN_PASSPORT: Final = "cn_passport"
PASSPORT: Final = "passport"
HKID: Final = "hkid"
MACAU_BIR: Final = "macau_bir"
TAIWAN_ID: Final = "taiwan_id"
TAIWAN_ARC: Final = "taiwan_arc"
USCC: Final = "uscc"
ORGANIZATION_CODE: Final = "organization_code"
BUSINESS_REGISTRATION: Final = "business_registration"

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
        is_for_life=True,
        examples=("11010519491231002X", "440524188001010014"),
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
        is_for_life=True,
        examples=("810000199408230021", "820000199001010010", "830000199201300022"),
    ),
    DocumentType(
        id=TRAVEL_PERMIT_HM,
        names={
            "zh-Hans": "港澳居民来往内地通行证(回乡证)",
            "zh-Hant": "港澳居民來往內地通行證(回鄉證)",
            "en": "Mainland travel permit for Hong Kong and Macau residents",
        },
        parse=parse_travel_permit_hm,
        is_for_life=True,
        examples=("H12345678", "M1234567801", "HA1234567"),
    ),
    DocumentType(
        id=TRAVEL_PERMIT_TW,
        names={
            "zh-Hans": "台湾居民来往大陆通行证(台胞证)",
            "zh-Hant": "台灣居民來往大陸通行證(台胞證)",
            "en": "Mainland travel permit for Taiwan residents",
        },
        parse=parse_travel_permit_tw,
        is_for_life=True,
        examples=("12345678", "1234567801B"),
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
        examples=("911398199012310021", "KAZ110090123105"),
    ),
    DocumentType(
        id=CN_PASSPORT,
        names={"zh-Hans": "中国护照", "zh-Hant": "中國護照", "en": "Chinese passport"},
        parse=parse_chinese_passport,
        mrz_formats=("TD3",),
        examples=("E12345678", "EA1234567", "G12345678"),
    ),
    DocumentType(
        id=PASSPORT,
        names={"zh-Hans": "外国护照", "zh-Hant": "外國護照", "en": "Passport"},
        parse=parse_passport,
        mrz_formats=("TD3", "TD2", "TD1"),
        examples=("L898902C3",),
    ),
    DocumentType(
        id=HKID,
        names={
            "zh-Hans": "香港身份证",
            "zh-Hant": "香港身份證",
            "en": "Hong Kong identity card",
        },
        parse=parse_hkid,
        visible=(1, 2),
        standing=Standing.SUPPLEMENTARY,
        is_for_life=True,
        examples=("A1234563", "AB9876543"),
    ),
    DocumentType(
        id=MACAU_BIR,
        names={
            "zh-Hans": "澳门居民身份证",
            "zh-Hant": "澳門居民身份證",
            "en": "Macau resident identity card",
        },
        parse=parse_macau_bir,
        visible=(1, 2),
        standing=Standing.SUPPLEMENTARY,
        is_for_life=True,
        examples=("12345678",),
    ),
    DocumentType(
        id=TAIWAN_ID,
        names={
            "zh-Hans": "台湾身份证",
            "zh-Hant": "台灣身分證",
            "en": "Taiwan identity card",
        },
        parse=parse_taiwan_id,
        standing=Standing.SUPPLEMENTARY,
        is_for_life=True,
        examples=("A123456789", "F131104093"),
    ),
    DocumentType(
        id=TAIWAN_ARC,
        names={
            "zh-Hans": "台湾居留证",
            "zh-Hant": "台灣居留證",
            "en": "Taiwan resident certificate",
        },
        parse=parse_taiwan_arc,
        standing=Standing.SUPPLEMENTARY,
        examples=("A800000014", "A900000016"),
    ),
)

DOCUMENT_TYPES: Final = MappingProxyType({entry.id: entry for entry in _TYPES})
IDENTITY_DOCUMENTS: Final = tuple(
    entry.id for entry in _TYPES if entry.standing is Standing.IDENTITY
)
"""The types that can prove who a person is; the others are kept beside evidence of these."""

_ORGANIZATION_TYPES = (
    OrganizationNumberType(
        id=USCC,
        names={
            "zh-Hans": "统一社会信用代码",
            "zh-Hant": "統一社會信用代碼",
            "en": "Unified social credit code",
        },
        parse=parse_uscc,
        examples=("91350200MA2XTE5T69", "91110000600037341L"),
    ),
    OrganizationNumberType(
        id=ORGANIZATION_CODE,
        names={
            "zh-Hans": "组织机构代码",
            "zh-Hant": "組織機構代碼",
            "en": "Organization code",
        },
        parse=parse_organization_code,
        examples=("D2143569X", "600037341"),
    ),
    OrganizationNumberType(
        id=BUSINESS_REGISTRATION,
        names={
            "zh-Hans": "营业执照注册号",
            "zh-Hant": "營業執照註冊號",
            "en": "Business registration number",
        },
        parse=parse_business_registration,
        examples=("440301103097413", "110108000000016"),
    ),
)
ORGANIZATION_NUMBERS: Final = MappingProxyType({entry.id: entry for entry in _ORGANIZATION_TYPES})


def mask(document_type: str, number: str) -> str:
    """The masked number; one of an unknown type is starred whole rather than guessed at."""
    entry = DOCUMENT_TYPES.get(document_type)
    return entry.mask(number) if entry is not None else "*" * len(number)


def recognise(text: str) -> tuple[str, ...]:
    """The types that a number may belong to, in the table's order: for "is it rather …?".

    A passport's form is so free that it is left out wherever a stricter type fits.
    """
    fitting = tuple(entry.id for entry in _TYPES if _fits(entry.parse, text))
    stricter = tuple(each for each in fitting if each != PASSPORT)
    return stricter or fitting


def _fits(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except InvalidDocumentNumber:
        return False
    return True
