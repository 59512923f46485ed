"""Passport numbers: the three Chinese forms, and any country's."""

import pytest

from connectors.documents.document import Fault, InvalidDocumentNumber, Remark
from connectors.documents.passport import parse_passport
from connectors.documents.registry import DOCUMENT_TYPES

CHINESE = DOCUMENT_TYPES["cn_passport"]
FOREIGN = DOCUMENT_TYPES["passport"]


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    ("typed", "number", "version"),
    [
        ("e 12345678", "E12345678", "2012"),
        ("EA1234567", "EA1234567", "2017"),
        ("Ｇ12345678", "G12345678", "1997"),
    ],
)
def test_chinese_passport_is_read_when_its_form_is_known(
    typed: str, number: str, version: str
) -> None:
    read = CHINESE.parse(typed)

    assert (read.number, read.version, read.nationality) == (number, version, "CHN")
    assert read.key == number


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("EI1234567", Fault.CHARACTERS),
        ("EO1234567", Fault.CHARACTERS),
        ("F12345678", Fault.CHARACTERS),
        ("GA1234567", Fault.CHARACTERS),
        ("E1234567", Fault.LENGTH),
        ("", Fault.EMPTY),
    ],
)
def test_chinese_passport_is_refused_when_its_form_is_not_known(typed: str, fault: Fault) -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        CHINESE.parse(typed)
    assert refusal.value.fault is fault


def test_passport_is_read_when_it_is_letters_and_digits() -> None:
    assert FOREIGN.normalise("l898902c3") == "L898902C3"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("L898902C3!", Fault.CHARACTERS),
        ("ABCDEFGHI", Fault.CHARACTERS),
        ("A123", Fault.LENGTH),
        ("1" * 21, Fault.LENGTH),
        ("", Fault.EMPTY),
    ],
)
def test_passport_is_refused_when_it_cannot_be_one(typed: str, fault: Fault) -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        FOREIGN.parse(typed)
    assert refusal.value.fault is fault


@pytest.mark.requirement("R5")
def test_passports_are_two_documents_when_two_countries_give_out_one_number() -> None:
    british, american = parse_passport("123456789", "gbr"), parse_passport("123456789", "USA")

    assert british.number == american.number
    assert (british.key, american.key) == ("GBR:123456789", "USA:123456789")
    assert parse_passport("123456789").key == "123456789"


@pytest.mark.parametrize(
    ("number", "country", "nationality", "remarks"),
    [
        ("C01X00T47", "D<<", "DEU", ()),
        ("123456789", "GBN", "GBR", ()),
        ("M12345678", "KOR", "KOR", ()),
        ("M123A4567", "KOR", "KOR", ()),
        ("L898902C3", "UTO", "UTO", ()),
        ("1234567", "JPN", "JPN", (Remark.FORM_UNUSUAL,)),
        ("1234567", "QQQ", "QQQ", (Remark.COUNTRY_UNKNOWN,)),
    ],
)
def test_passport_is_kept_with_remarks_when_its_country_is_known(
    number: str, country: str, nationality: str, remarks: tuple[Remark, ...]
) -> None:
    read = parse_passport(number, country)

    assert (read.nationality, read.remarks) == (nationality, remarks)
