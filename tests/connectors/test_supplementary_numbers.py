"""Cards of Hong Kong, Macau and Taiwan, and organizations' numbers: public vectors alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.check_digits import (
    USCC_ALPHABET,
    hkid,
    icao_731,
    mod_11_2,
    mod_11_10,
    organization_code,
    taiwan_id,
    uscc,
)
from connectors.documents.document import Fault, InvalidDocumentNumber, Remark, Sex, Standing
from connectors.documents.organization import OrganizationKind, PrincipalTitle
from connectors.documents.regions import RegionStatus, region
from connectors.documents.registry import (
    DOCUMENT_TYPES,
    IDENTITY_DOCUMENTS,
    ORGANIZATION_NUMBERS,
    recognise,
)

pytestmark = pytest.mark.requirement("R3")
HKID = DOCUMENT_TYPES["hkid"]
USCC = ORGANIZATION_NUMBERS["uscc"]
LICENCE = ORGANIZATION_NUMBERS["business_registration"]


@pytest.mark.parametrize(
    ("document_type", "typed", "number", "sex"),
    [
        ("hkid", "A123456(3)", "A1234563", None),
        ("hkid", "G123456（A）", "G123456A", None),
        ("hkid", "a555555(0)", "A5555550", None),
        ("hkid", "C567890(9)", "C5678909", None),
        ("hkid", "AB987654(3)", "AB9876543", None),
        ("hkid", "WX123456(9)", "WX1234569", None),
        ("macau_bir", "1234567(8)", "12345678", None),
        ("macau_bir", "５１２３４５６８", "51234568", None),
        ("taiwan_id", "a123456789", "A123456789", Sex.MALE),
        ("taiwan_id", "F131104093", "F131104093", Sex.MALE),
        ("taiwan_arc", "A800000014", "A800000014", Sex.MALE),
        ("taiwan_arc", "A900000016", "A900000016", Sex.FEMALE),
    ],
)
def test_supplementary_number_is_read_when_it_is_valid(
    document_type: str, typed: str, number: str, sex: Sex | None
) -> None:
    entry = DOCUMENT_TYPES[document_type]

    read = entry.parse(typed)

    assert (read.number, read.sex) == (number, sex)
    assert entry.standing is Standing.SUPPLEMENTARY
    assert document_type not in IDENTITY_DOCUMENTS


@pytest.mark.parametrize(
    ("document_type", "typed", "fault"),
    [
        ("hkid", "A123456(4)", Fault.CHECK_DIGIT),
        ("hkid", "A12345(3)", Fault.LENGTH),
        ("hkid", "A123456(B)", Fault.CHARACTERS),
        ("macau_bir", "2234567(8)", Fault.CHARACTERS),
        ("macau_bir", "1234567", Fault.LENGTH),
        ("taiwan_id", "A123456788", Fault.CHECK_DIGIT),
        ("taiwan_id", "A800000014", Fault.CHARACTERS),
        ("taiwan_arc", "A123456789", Fault.CHARACTERS),
        ("taiwan_arc", "A800000015", Fault.CHECK_DIGIT),
        ("taiwan_arc", "A80000001", Fault.LENGTH),
    ],
)
def test_supplementary_number_is_refused_when_it_cannot_be_one(
    document_type: str, typed: str, fault: Fault
) -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        DOCUMENT_TYPES[document_type].parse(typed)
    assert refusal.value.fault is fault


@pytest.mark.spec("GB 32100-2015 §4", "the check character is computed modulo 31")
@pytest.mark.parametrize(
    ("number", "kind", "region_code", "inner"),
    [
        ("91110000600037341L", OrganizationKind.COMPANY, "110000", "600037341"),
        ("91350100M000100Y43", OrganizationKind.COMPANY, "350100", "M000100Y4"),
        ("91350200MA2XTE5T69", OrganizationKind.COMPANY, "350200", "MA2XTE5T6"),
    ],
)
def test_credit_code_is_read_when_it_is_valid(
    number: str, kind: OrganizationKind, region_code: str, inner: str
) -> None:
    read = USCC.parse(f" {number[:8].lower()} {number[8:]} ")

    assert (read.number, read.kind, read.region) == (number, kind, region_code)
    assert (read.organization_code, read.remarks) == (inner, ())


def credit_code(head: str, region_code: str = "350200") -> str:
    body = f"{head}{region_code}MA2XTE5T6"
    return body + uscc(body)


@pytest.mark.parametrize(
    ("head", "kind", "is_legal_person", "title"),
    [
        ("11", OrganizationKind.ORGAN, True, PrincipalTitle.HEAD),
        ("12", OrganizationKind.PUBLIC_INSTITUTION, True, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("51", OrganizationKind.SOCIETY, True, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("52", OrganizationKind.PRIVATE_NON_ENTERPRISE, True, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("53", OrganizationKind.FOUNDATION, True, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("81", OrganizationKind.UNION, True, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("91", OrganizationKind.COMPANY, None, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("92", OrganizationKind.SOLE_TRADER, False, PrincipalTitle.OPERATOR),
        ("93", OrganizationKind.COOPERATIVE, True, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("N2", OrganizationKind.AGRICULTURE, True, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("Y1", OrganizationKind.OTHER, None, PrincipalTitle.LEGAL_REPRESENTATIVE),
        ("A1", None, None, PrincipalTitle.LEGAL_REPRESENTATIVE),
    ],
)
def test_credit_code_tells_the_kind_when_its_first_characters_are_read(
    head: str,
    kind: OrganizationKind | None,
    title: PrincipalTitle,
    *,
    is_legal_person: bool | None,
) -> None:
    read = USCC.parse(credit_code(head))

    assert (read.kind, read.is_legal_person) == (kind, is_legal_person)
    assert read.principal_titles[0] is title
    assert (Remark.REGISTRAR_UNKNOWN in read.remarks) == (kind is None)


@pytest.mark.parametrize(
    ("code", "remarks"),
    [
        ("100000", ()),
        ("350206", ()),
        ("110103", (Remark.REGION_ABOLISHED,)),
        ("990000", (Remark.REGION_UNKNOWN,)),
    ],
)
def test_credit_code_is_accepted_with_a_remark_when_its_region_is_not_in_force(
    code: str, remarks: tuple[Remark, ...]
) -> None:
    assert USCC.parse(credit_code("91", code)).remarks == remarks


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("91110000600037341K", Fault.CHECK_DIGIT),
        ("91350200MA2XTE5T6", Fault.LENGTH),
        ("91350200MA2XTE5I69", Fault.CHARACTERS),
        ("", Fault.EMPTY),
    ],
)
def test_credit_code_is_refused_when_it_cannot_be_one(number: str, fault: Fault) -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        USCC.parse(number)
    assert refusal.value.fault is fault


def test_credit_code_is_refused_when_only_the_code_inside_it_is_wrong() -> None:
    body = "91350200MA2XTE5T7"

    with pytest.raises(InvalidDocumentNumber) as refusal:
        USCC.parse(body + uscc(body))
    assert refusal.value.fault is Fault.ORGANIZATION_CODE


@pytest.mark.parametrize("number", ["D2143569-X", "60003734-1", "m000100y-4"])
def test_organization_code_is_read_when_it_is_valid(number: str) -> None:
    read = ORGANIZATION_NUMBERS["organization_code"].parse(number)

    assert read.number == read.organization_code == number.replace("-", "").upper()
    assert read.is_legal_person is None
    with pytest.raises(InvalidDocumentNumber):
        ORGANIZATION_NUMBERS["organization_code"].parse(f"{number[:-1]}5")


@pytest.mark.spec("ISO 7064 MOD 11,10", "the check digit of hybrid systems")
@pytest.mark.parametrize("number", ["440301103097413", "110108000000016"])
def test_business_registration_is_read_when_it_is_valid(number: str) -> None:
    assert LICENCE.parse(number).region == number[:6]
    for wrong in set("0123456789") - {number[-1]}:
        with pytest.raises(InvalidDocumentNumber) as refusal:
            LICENCE.parse(number[:-1] + wrong)
        assert refusal.value.fault is Fault.CHECK_DIGIT


@pytest.mark.parametrize(
    ("typed", "types"),
    [
        ("A123456(3)", ("hkid",)),
        ("12345678", ("travel_permit_tw", "macau_bir")),
        ("810000199408230021", ("residence_permit_hmt",)),
        ("L898902C3", ("passport",)),
        ("", ()),
    ],
)
def test_number_is_recognised_when_somebody_chose_another_type(
    typed: str, types: tuple[str, ...]
) -> None:
    assert recognise(typed) == types


@pytest.mark.parametrize(
    ("code", "names", "status"),
    [
        ("350203", ("福建省", "厦门市", "思明区"), RegionStatus.IN_FORCE),
        ("3502", ("福建省", "厦门市"), RegionStatus.IN_FORCE),
        ("35", ("福建省",), RegionStatus.IN_FORCE),
        ("830000", ("台湾地区",), RegionStatus.IN_FORCE),
        ("440524", ("广东省", "汕头市", "潮阳县"), RegionStatus.ABOLISHED),
        ("359999", ("福建省",), RegionStatus.UNKNOWN),
        ("990000", (), RegionStatus.UNKNOWN),
    ],
)
def test_region_is_named_when_its_code_is_known(
    code: str, names: tuple[str, ...], status: RegionStatus
) -> None:
    found = region(code)

    assert (found.names, found.status) == (names, status)


def test_every_example_is_valid_when_it_is_shown() -> None:
    for entry in DOCUMENT_TYPES.values():
        assert entry.examples
        assert all(entry.parse(example).number for example in entry.examples)
    for kind in ORGANIZATION_NUMBERS.values():
        assert all(kind.parse(example).number == example for example in kind.examples)


DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# name → (body strategy, algorithm, alphabet of each place, catches neighbours swapped)
RULES = {
    "mod_11_2": (st.text(DIGITS, min_size=17, max_size=17), mod_11_2, DIGITS, True),
    "uscc": (st.text(USCC_ALPHABET, min_size=17, max_size=17), uscc, USCC_ALPHABET, True),
    "hkid": (
        st.builds(str.__add__, st.sampled_from(LETTERS), st.text(DIGITS, min_size=6, max_size=6)),
        hkid,
        DIGITS,
        True,
    ),
    "mod_11_10": (st.text(DIGITS, min_size=14, max_size=14), mod_11_10, DIGITS, False),
    "icao_731": (st.text(DIGITS, min_size=9, max_size=9), icao_731, DIGITS, False),
    "organization_code": (
        st.text(DIGITS, min_size=8, max_size=8),
        organization_code,
        DIGITS,
        True,
    ),
    "taiwan_id": (
        st.builds(str.__add__, st.sampled_from(LETTERS), st.text(DIGITS, min_size=8, max_size=8)),
        taiwan_id,
        DIGITS,
        False,
    ),
}


@pytest.mark.parametrize("rule", sorted(RULES))
@settings(deadline=None, max_examples=60)  # the machine may be busy with other tests
@given(st.data())
def test_check_digit_changes_when_one_digit_or_two_neighbours_do(
    rule: str, data: st.DataObject
) -> None:
    bodies, algorithm, alphabet, catches_swaps = RULES[rule]
    body = data.draw(bodies)
    first = 1 if body[0] not in alphabet else 0
    place = data.draw(st.integers(first, len(body) - 1))
    other = data.draw(st.sampled_from(alphabet))
    wrong = body[:place] + other + body[place + 1 :]
    if wrong != body and _is_sure(rule, place, body[place], other):
        assert algorithm(wrong) != algorithm(body)
    if catches_swaps and place > first and body[place] != body[place - 1]:
        swapped = body[: place - 1] + body[place] + body[place - 1] + body[place + 1 :]
        assert algorithm(swapped) != algorithm(body)


def _is_sure(rule: str, place: int, digit: str, other: str) -> bool:
    """What the algorithm cannot notice by construction: a weight that shares a factor with ten."""
    if rule != "taiwan_id":
        return True
    weight = 9 - place
    return (int(digit) - int(other)) * weight % 10 != 0
