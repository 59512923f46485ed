"""Numbers of organizations: unified social credit code, organization code, business registration.

Owns their reading and what a code says of the kind of organization. Whether an organization
exists, and who acts for it, is the business registry's to say. None of them identifies a person.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from connectors.check_digits import USCC_ALPHABET, mod_11_10, organization_code, uscc
from connectors.documents.document import (
    Fault,
    InvalidDocumentNumber,
    Remark,
    clean,
    require_pattern,
)
from connectors.documents.regions import NATIONAL, PROVINCES, region_remarks

_USCC = re.compile(f"[{USCC_ALPHABET}]{{2}}[0-9]{{6}}[{USCC_ALPHABET}]{{10}}", re.ASCII)
_ORGANIZATION_CODE = re.compile(r"[0-9A-Z]{8}[0-9X]", re.ASCII)
_REGISTRATION = re.compile(r"[0-9]{15}", re.ASCII)


class OrganizationKind(StrEnum):
    """What sort of organization a credit code's first characters tell."""

    ORGAN = "organ"
    PUBLIC_INSTITUTION = "public_institution"
    SOCIETY = "society"
    PRIVATE_NON_ENTERPRISE = "private_non_enterprise"
    FOUNDATION = "foundation"
    UNION = "union"
    COMPANY = "company"
    SOLE_TRADER = "sole_trader"
    COOPERATIVE = "cooperative"
    AGRICULTURE = "agriculture"
    OTHER = "other"


class PrincipalTitle(StrEnum):
    """How the one who answers for an organization is called: one role, the title kept."""

    LEGAL_REPRESENTATIVE = "法定代表人"
    MANAGING_PARTNER = "执行事务合伙人"
    INVESTOR = "投资人"
    HEAD = "负责人"
    OPERATOR = "经营者"


# GB 32100-2015: the registering authority, then what it registered. 9 is "other" of each.
_KINDS: Final = MappingProxyType(
    {
        "11": OrganizationKind.ORGAN,
        "12": OrganizationKind.PUBLIC_INSTITUTION,
        "13": OrganizationKind.OTHER,
        "19": OrganizationKind.OTHER,
        "51": OrganizationKind.SOCIETY,
        "52": OrganizationKind.PRIVATE_NON_ENTERPRISE,
        "53": OrganizationKind.FOUNDATION,
        "59": OrganizationKind.OTHER,
        "91": OrganizationKind.COMPANY,
        "92": OrganizationKind.SOLE_TRADER,
        "93": OrganizationKind.COOPERATIVE,
    }
)
_KINDS_BY_REGISTRAR: Final = MappingProxyType(
    {
        "8": OrganizationKind.UNION,
        "N": OrganizationKind.AGRICULTURE,
        "Y": OrganizationKind.OTHER,
    }
)
# 91 covers companies, partnerships, sole-investor firms and branches: four titles.
_TITLES: Final[Mapping[OrganizationKind, tuple[PrincipalTitle, ...]]] = MappingProxyType(
    {
        OrganizationKind.SOLE_TRADER: (PrincipalTitle.OPERATOR,),
        OrganizationKind.COMPANY: (
            PrincipalTitle.LEGAL_REPRESENTATIVE,
            PrincipalTitle.MANAGING_PARTNER,
            PrincipalTitle.INVESTOR,
            PrincipalTitle.HEAD,
        ),
        OrganizationKind.ORGAN: (PrincipalTitle.HEAD, PrincipalTitle.LEGAL_REPRESENTATIVE),
    }
)
_USUAL_TITLES: Final = (PrincipalTitle.LEGAL_REPRESENTATIVE, PrincipalTitle.HEAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationNumber:
    """An organization's number in canonical form, with what can be read off it.

    Attributes:
        number: the form that is compared and indexed.
        kind: what sort of organization, where the number tells it.
        region: where it was registered (GB/T 2260), where the number tells it.
        organization_code: the nine characters of GB 11714 inside a credit code.
        remarks: what is worth a warning.
    """

    number: str
    kind: OrganizationKind | None = None
    region: str = ""
    organization_code: str = ""
    remarks: tuple[Remark, ...] = ()

    @property
    def is_legal_person(self) -> bool | None:
        """False for a sole trader; None where other kinds of the same code differ."""
        match self.kind:
            case OrganizationKind.SOLE_TRADER:
                return False
            case None | OrganizationKind.COMPANY | OrganizationKind.OTHER:
                return None
            case _:
                return True

    @property
    def principal_titles(self) -> tuple[PrincipalTitle, ...]:
        """What its principal may be called, the likeliest first."""
        return _TITLES.get(self.kind, _USUAL_TITLES) if self.kind else tuple(PrincipalTitle)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationNumberType:
    """One type of number that organizations bear."""

    id: str
    names: Mapping[str, str]
    parse: Callable[[str], OrganizationNumber]
    examples: tuple[str, ...] = field(default=())


def parse_uscc(text: str) -> OrganizationNumber:
    """Read a 统一社会信用代码 of 18 characters, and the organization code inside it.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = require_pattern(clean(text), _USCC, lengths=frozenset({18}))
    if number[17] != uscc(number[:17]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    if number[16] != organization_code(number[8:16]):
        raise InvalidDocumentNumber(Fault.ORGANIZATION_CODE)
    kind = _KINDS.get(number[:2]) or _KINDS_BY_REGISTRAR.get(number[0])
    return OrganizationNumber(
        number=number,
        kind=kind,
        region=number[2:8],
        organization_code=number[8:17],
        remarks=(*(() if kind else (Remark.REGISTRAR_UNKNOWN,)), *_where(number[2:8])),
    )


def parse_organization_code(text: str) -> OrganizationNumber:
    """Read an 组织机构代码 of nine characters: `D2143569-X`, the dash or not.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = require_pattern(clean(text), _ORGANIZATION_CODE, lengths=frozenset({9}))
    if number[8] != organization_code(number[:8]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    return OrganizationNumber(number=number, organization_code=number)


def parse_business_registration(text: str) -> OrganizationNumber:
    """Read a 营业执照注册号 of 15 digits, as licences bore it before the credit code.

    Raises:
        InvalidDocumentNumber: it cannot be one.
    """
    number = require_pattern(clean(text), _REGISTRATION, lengths=frozenset({15}))
    if number[14] != mod_11_10(number[:14]):
        raise InvalidDocumentNumber(Fault.CHECK_DIGIT)
    return OrganizationNumber(number=number, region=number[:6], remarks=_where(number[:6]))


def _where(code: str) -> tuple[Remark, ...]:
    """A registration stays right when its district is gone; national registrars use 100000."""
    if code[:2] == NATIONAL:
        return ()
    return region_remarks(code) if code[:2] in PROVINCES else (Remark.REGION_UNKNOWN,)
