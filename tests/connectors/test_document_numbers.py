"""Document numbers, by the vectors of the public rules: none is a real person's."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.check_digits import icao_731, mod_11_2
from connectors.documents.citizen_number import upgrade_15
from connectors.documents.document import Fault, InvalidDocumentNumber, Remark, Sex
from connectors.documents.registry import DOCUMENT_TYPES, mask
from connectors.documents.travel_permit import is_of_a_foreigner

CARD = DOCUMENT_TYPES["resident_id_card"]
PERMIT = DOCUMENT_TYPES["residence_permit_hmt"]
HM = DOCUMENT_TYPES["travel_permit_hm"]
TW = DOCUMENT_TYPES["travel_permit_tw"]
PRC = DOCUMENT_TYPES["permanent_resident_card"]

GB_11643 = pytest.mark.spec("GB 11643-1999 §4", "the check character is MOD 11-2")


@GB_11643
@pytest.mark.parametrize(
    ("number", "birth_date", "sex"),
    [
        ("11010519491231002X", date(1949, 12, 31), Sex.FEMALE),
        ("440524188001010014", date(1880, 1, 1), Sex.MALE),
        ("360426199101010071", date(1991, 1, 1), Sex.MALE),
        ("35020319900101123X", date(1990, 1, 1), Sex.MALE),
    ],
)
def test_citizen_number_is_read_when_it_is_valid(number: str, birth_date: date, sex: Sex) -> None:
    read = CARD.parse(number)

    assert (read.number, read.birth_date, read.sex) == (number, birth_date, sex)


@GB_11643
@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("110105194912310021", Fault.CHECK_DIGIT),
        ("", Fault.EMPTY),
        (" \u200b- ", Fault.EMPTY),
        ("1101051949123100", Fault.LENGTH),
        ("110105491231002", Fault.LENGTH),
        ("1101051949123100２X1", Fault.LENGTH),
        ("11010519491231X02X", Fault.CHARACTERS),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", Fault.CHARACTERS),
        ("110105194902300024", Fault.BIRTH_DATE),
        ("110105000012310024", Fault.BIRTH_DATE),
        ("810000199408230021", Fault.REGION),
        ("911398199012310021", Fault.REGION),
    ],
)
def test_citizen_number_is_refused_with_its_fault_when_it_cannot_be_one(
    typed: str, fault: Fault
) -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        CARD.parse(typed)

    assert refusal.value.fault is fault


def test_refusal_does_not_repeat_the_number_when_it_is_printed() -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        CARD.parse("110105194912310021")

    assert "110105194912310021" not in repr(refusal.value) + str(refusal.value)


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "１１０１０５１９４９１２３１００２ｘ",
        " 110105 19491231 002X ",
        "110105-19491231-002x",
        "110105\u300019491231\u00a0002X",
        "\u202a11010519491231002X\u202c",
        "110105－19491231—002X",
    ],
    ids=["lower x", "full width", "full-width x", "grouped", "dashed", "wide space", "bidi", "－"],
)
def test_citizen_number_is_forgiven_its_typing_when_it_is_otherwise_valid(typed: str) -> None:
    assert CARD.normalise(typed) == "11010519491231002X"


@pytest.mark.parametrize(
    ("county", "remarks"),
    [
        ("110105", ()),
        ("110103", (Remark.REGION_ABOLISHED,)),
        ("440524", (Remark.REGION_ABOLISHED,)),
        ("359999", (Remark.REGION_UNKNOWN,)),
    ],
)
def test_citizen_number_is_accepted_with_a_remark_when_its_county_is_gone(
    county: str, remarks: tuple[Remark, ...]
) -> None:
    body = f"{county}19900101001"

    read = CARD.parse(body + mod_11_2(body))

    assert (read.region, read.remarks) == (county, remarks)


def test_number_speaks_against_a_claim_when_it_tells_another_birth_date_or_sex() -> None:
    read = CARD.parse("11010519491231002X")

    assert not read.contradicts_birth_date(date(1949, 12, 31))
    assert read.contradicts_birth_date(date(1949, 12, 30))
    assert read.contradicts_sex(Sex.MALE)
    assert not read.contradicts_sex(Sex.FEMALE)
    short = PRC.parse("KAZ110090123105")
    assert not short.contradicts_birth_date(date(1990, 12, 31))
    assert short.contradicts_birth_date(date(1990, 12, 30))
    assert not HM.parse("H12345678").contradicts_birth_date(date(1990, 12, 31))


@pytest.mark.parametrize("prefix", ["00", "16", "47", "60", "72", "81", "82", "83", "99"])
def test_citizen_number_is_refused_when_its_province_never_existed(prefix: str) -> None:
    body = f"{prefix}010119900101001"

    with pytest.raises(InvalidDocumentNumber) as refusal:
        CARD.parse(body + mod_11_2(body))
    assert refusal.value.fault is Fault.REGION


def test_first_generation_number_becomes_eighteen_when_it_is_upgraded() -> None:
    read = upgrade_15("110105 491231 002")

    assert read.number == "11010519491231002X"
    assert read.remarks == (Remark.FIRST_GENERATION,)


@pytest.mark.parametrize("typed", ["11010519491231002X", "11010549123100A", "990105491231002"])
def test_first_generation_number_is_refused_when_it_is_none(typed: str) -> None:
    with pytest.raises(InvalidDocumentNumber):
        upgrade_15(typed)


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    "number", ["810000199408230021", "830000199201300022", "820000199001010010"]
)
def test_residence_permit_is_read_when_it_is_valid(number: str) -> None:
    assert PERMIT.normalise(number) == number


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("11010519491231002X", Fault.REGION),
        ("810101199408230021", Fault.REGION),
        ("810000199408230022", Fault.CHECK_DIGIT),
        ("8100001994082300", Fault.LENGTH),
    ],
)
def test_residence_permit_is_refused_when_it_cannot_be_one(number: str, fault: Fault) -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        PERMIT.parse(number)
    assert refusal.value.fault is fault


@pytest.mark.requirement("R3")
def test_travel_permit_has_one_key_for_life_when_renewals_are_printed_beside_it() -> None:
    old, new = HM.parse("h1234567801"), HM.parse("H12345678")

    assert old.number == new.number == "H12345678"
    assert (old.issue, new.issue) == ("01", None)
    assert HM.normalise("H12345678（01）") == "H12345678"
    assert not is_of_a_foreigner(new)


@pytest.mark.requirement("R3")
def test_travel_permit_is_a_foreigners_when_it_starts_with_two_letters() -> None:
    read = HM.parse("ma1234567")

    assert (read.number, read.nationality) == ("MA1234567", "")
    assert read.remarks == (Remark.RULE_UNOFFICIAL,)
    assert is_of_a_foreigner(read)


@pytest.mark.parametrize("number", ["X12345678", "H1234567", "H123456789", "HB1234567"])
def test_travel_permit_is_refused_when_it_cannot_be_one(number: str) -> None:
    with pytest.raises(InvalidDocumentNumber):
        HM.parse(number)


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    ("typed", "issue"), [("12345678", None), ("1234567801", "01"), ("1234567801B", "01B")]
)
def test_taiwan_permit_has_one_key_for_life_when_it_was_issued_again(
    typed: str, issue: str | None
) -> None:
    read = TW.parse(typed)

    assert (read.number, read.issue) == ("12345678", issue)


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    ("number", "version", "birth_date", "region"),
    [
        ("KAZ110090123105", "2017", None, "1100"),
        ("911398199012310021", "2023", date(1990, 12, 31), "11"),
    ],
)
def test_permanent_resident_card_is_read_when_it_is_valid(
    number: str, version: str, birth_date: date | None, region: str
) -> None:
    read = PRC.parse(number)

    assert (read.number, read.version, read.birth_date) == (number, version, birth_date)
    assert (read.nationality, read.region, read.sex) == ("KAZ", region, Sex.FEMALE)


def test_permanent_resident_card_is_read_with_a_remark_when_its_country_is_unknown() -> None:
    old, new = "QQQ11009012310", "91199919901231002"

    assert Remark.COUNTRY_UNKNOWN in PRC.parse(old + icao_731(old)).remarks
    assert PRC.parse(new + mod_11_2(new)).remarks == (Remark.COUNTRY_UNKNOWN,)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("KAZ110090123107", Fault.CHECK_DIGIT),
        ("911398199012310022", Fault.CHECK_DIGIT),
        ("KAZ110090133105", Fault.BIRTH_DATE),
        ("KAZ990090123105", Fault.REGION),
        ("999398199012310021", Fault.REGION),
        ("811398199012310021", Fault.CHARACTERS),
        ("KA0110090123105", Fault.CHARACTERS),
        ("KAZ11009012310", Fault.LENGTH),
    ],
)
def test_permanent_resident_card_is_refused_when_it_cannot_be_one(
    number: str, fault: Fault
) -> None:
    with pytest.raises(InvalidDocumentNumber) as refusal:
        PRC.parse(number)
    assert refusal.value.fault is fault


@pytest.mark.spec("ICAO Doc 9303-3 §4.9", "check digits are weighted 7-3-1")
@pytest.mark.parametrize(
    ("text", "digit"),
    [("520727", "3"), ("L898902C3", "6"), ("740812", "2"), ("120415", "9"), ("D23145890", "7")],
)
def test_icao_check_digit_is_computed_when_a_vector_is_given(text: str, digit: str) -> None:
    assert icao_731(text) == digit


def test_icao_filler_counts_nothing_when_it_pads_a_number() -> None:
    assert icao_731("AB<") == icao_731("AB0")


@pytest.mark.parametrize(
    ("document_type", "number", "masked"),
    [
        ("resident_id_card", "11010519491231002X", "1101**********002X"),
        ("travel_permit_hm", "H12345678", "H1*****78"),
        ("permanent_resident_card", "KAZ110090123105", "KAZ**********05"),
        ("cn_passport", "E123", "****"),
        ("unheard_of", "12345", "*****"),
    ],
)
def test_number_is_masked_when_it_is_shown(document_type: str, number: str, masked: str) -> None:
    assert mask(document_type, number) == masked


def test_every_type_has_a_name_in_every_language_when_it_is_listed() -> None:
    for identifier, entry in DOCUMENT_TYPES.items():
        assert entry.id == identifier
        assert set(entry.names) == {"zh-Hans", "zh-Hant", "en"}


def test_parsed_number_shows_nothing_when_it_is_printed() -> None:
    shown = repr(CARD.parse("11010519491231002X"))

    assert "1949" not in shown
    assert "female" not in shown


@settings(deadline=None)  # the machine may be busy with other tests
@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_when_it_is_typed(typed: str) -> None:
    for entry in DOCUMENT_TYPES.values():
        try:
            number = entry.normalise(typed)
        except InvalidDocumentNumber:
            continue
        assert entry.normalise(number) == number


@settings(deadline=None)  # the machine may be busy with other tests
@given(
    st.dates(min_value=date(1850, 1, 1), max_value=date(2100, 12, 31)),
    st.integers(min_value=0, max_value=999),
    st.integers(min_value=0, max_value=17),
    st.integers(min_value=1, max_value=9),
)
def test_one_wrong_digit_is_noticed_when_a_citizen_number_is_mistyped(
    born: date, serial: int, place: int, shift: int
) -> None:
    body = f"350203{born:%Y%m%d}{serial:03d}"
    number = body + mod_11_2(body)
    assert CARD.parse(number).birth_date == born
    wrong = "0123456789X"[(int(number[place].replace("X", "10")) + shift) % 10]
    mistyped = number[:place] + wrong + number[place + 1 :]
    if mistyped != number:
        with pytest.raises(InvalidDocumentNumber):
            CARD.parse(mistyped)
