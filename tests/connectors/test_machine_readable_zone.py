"""Machine readable zones: ICAO's specimens, what cameras make of them, and what proves them."""

from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors.check_digits import icao_731
from connectors.documents.dates import BirthDate, Expiry
from connectors.documents.document import Sex
from connectors.documents.mrz.layout import LAYOUTS
from connectors.documents.mrz.reading import read_mrz
from connectors.documents.mrz.writing import ZoneContents, write_mrz
from connectors.documents.mrz.zone import InvalidMrz, Mrz, MrzFault
from connectors.documents.names import MRZ_TD3, Likeness, compare_names

pytestmark = pytest.mark.requirement("R3")
TODAY = date(2026, 11, 25)
TD3 = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
TD1 = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
TD2 = ("I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6")
SPECIMENS = {"TD1": TD1, "TD2": TD2, "TD3": TD3}
ANNA = ZoneContents(
    document_code="P",
    issuer="UTO",
    number="L898902C3",
    nationality="UTO",
    birth_date=BirthDate(year=1974, month=8, day=12),
    sex=Sex.FEMALE,
    expires=date(2012, 4, 15),
    optional="ZE184226B",
    surname="Eriksson",
    given_names="Anna Maria",
)


def read(*lines: str) -> Mrz:
    return read_mrz("\n".join(lines), today=TODAY)


def fault_of(*lines: str) -> MrzFault:
    with pytest.raises(InvalidMrz) as refusal:
        read(*lines)
    assert not any(line and line in str(refusal.value) for line in lines)
    return refusal.value.fault


@pytest.mark.spec("ICAO Doc 9303-3 §4", "the zone's fields stand at fixed positions")
@pytest.mark.parametrize("name", sorted(SPECIMENS))
def test_zone_is_read_when_it_is_the_standards_specimen(name: str) -> None:
    zone = read(*SPECIMENS[name])

    assert zone.format == name
    assert zone.number == ("L898902C3" if name == "TD3" else "D23145890")
    assert (zone.surname, zone.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert (zone.issuer, zone.nationality, zone.sex) == ("UTO", "UTO", Sex.FEMALE)
    assert zone.birth_date == BirthDate(year=1974, month=8, day=12)
    assert zone.expiry == Expiry(until=date(2012, 4, 15))
    assert zone.is_passport == (name == "TD3")
    assert (zone.lines, zone.repairs) == (SPECIMENS[name], ())
    assert zone.optional == (("ZE184226B",) if name == "TD3" else ())
    assert not any(secret in repr(zone) for secret in (zone.number, "ERIKSSON", "1974"))


def test_zone_is_written_as_the_specimen_when_its_contents_are_given() -> None:
    assert write_mrz("TD3", ANNA) == TD3
    card = replace(ANNA, document_code="I", number="D23145890", optional="")
    assert write_mrz("TD1", card) == TD1
    assert write_mrz("TD2", card) == TD2


@pytest.mark.parametrize(
    ("typed", "format_name"),
    [
        ("".join(TD3), "TD3"),
        ("".join(TD1).lower(), "TD1"),
        (" ".join(TD2[0]) + "\n" + " ".join(TD2[1]), "TD2"),
        ("\n".join(TD3).replace("<", "«"), "TD3"),
        ("\n".join(TD3).replace("<", "＜"), "TD3"),
        ("\n".join(TD3).replace("P", "Ρ").replace("T", "Т"), "TD3"),
        ("PASSPORT\nUTOPIA\n\n" + "\n".join(TD3) + "\nend", "TD3"),
    ],
    ids=["one line", "lower case", "spaced", "guillemets", "full width", "Greek", "page around it"],
)
def test_zone_is_forgiven_its_typing_when_it_is_otherwise_whole(
    typed: str, format_name: str
) -> None:
    zone = read_mrz(typed, today=TODAY)

    assert (zone.format, zone.lines) == (format_name, SPECIMENS[format_name])


@pytest.mark.parametrize(
    ("lines", "repaired"),
    [
        ((TD3[0].replace("UTO", "UT0", 1), TD3[1]), [("issuer", "0", "O", False)]),
        (("1" + TD3[0][1:], TD3[1]), [("document_code", "1", "I", False)]),
        ((TD3[0].replace("ERIK", "ER1K"), TD3[1]), [("name", "1", "I", False)]),
        ((TD3[0], TD3[1].replace("7408122", "74O8I2Z")), [
            ("birth", "O", "0", True),
            ("birth", "I", "1", True),
            ("birth", "Z", "2", True),
        ]),
        ((TD3[0], TD3[1].replace("120415", "IZO4IS")), [
            ("expiry", "I", "1", True),
            ("expiry", "Z", "2", True),
            ("expiry", "O", "0", True),
            ("expiry", "I", "1", True),
            ("expiry", "S", "5", True),
        ]),
        ((TD3[0], TD3[1].replace("L898902C3", "L8989O2C3")), [("number", "O", "0", False)]),
        ((TD3[0], TD3[1].replace("F12", "P12")), [("sex", "P", "F", False)]),
        ((TD3[0][:-3], TD3[1]), [("name", "", "<", False)] * 3),
        ((TD3[0], TD3[1].replace("<<<<<10", "<<<10")), [("fillers", "", "<", True)] * 2),
        ((TD3[0], TD3[1].replace("<<<<<10", "<<<<<<10")), [("fillers", "<", "", True)]),
    ],
    ids=["issuer", "code", "name", "birth", "expiry", "number", "sex", "tail", "lost", "surplus"],
)  # fmt: skip
def test_zone_is_repaired_and_says_so_when_a_camera_misread_it(
    lines: tuple[str, ...], repaired: list[tuple[str, str, str, bool]]
) -> None:
    zone = read(*lines)

    assert zone.lines[1] == TD3[1]
    assert zone.lines[0][1:] == TD3[0][1:]
    told = [(each.field_name, each.read, each.taken, each.is_proved) for each in zone.repairs]
    assert told == repaired
    assert zone.needs_confirmation == any(name in {"number", "fillers"} for name, *_ in told)


def with_composite(line: str) -> str:
    return line[:-1] + icao_731(line[:10] + line[13:20] + line[21:43])


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (("",), MrzFault.EMPTY),
        (("a letter to my aunt, who lives in the mountains",), MrzFault.NOT_FOUND),
        ((TD3[0],), MrzFault.LENGTH),
        ((TD3[0], TD3[1][:30]), MrzFault.LENGTH),
        ((TD3[0] + "ABC", TD3[1]), MrzFault.LENGTH),
        ((TD3[0], TD3[1].replace("7408122", "74A8122")), MrzFault.CHARACTERS),
        ((TD3[0], TD3[1].replace("C36UTO", "C3<UTO")), MrzFault.CHARACTERS),
        ((TD3[0].replace("ERIK", "ER7K"), TD3[1]), MrzFault.CHARACTERS),
        ((TD3[0], TD3[1].replace("L898902C36", "A34767C934")), MrzFault.NUMBER_CHECK),
        ((TD3[0], TD3[1].replace("740812", "740813")), MrzFault.BIRTH_CHECK),
        ((TD3[0], TD3[1].replace("120415", "120416")), MrzFault.EXPIRY_CHECK),
        ((TD3[0], TD3[1].replace("ZE184226B", "ZE184227B")), MrzFault.AMBIGUOUS),
        ((TD3[0], TD3[1].replace("ZE184226B", "AE477664A")), MrzFault.OPTIONAL_CHECK),
        ((TD3[0], with_composite(TD3[1][:42] + "<0")), MrzFault.OPTIONAL_CHECK),
        ((TD3[0], TD3[1][:-1] + "1"), MrzFault.COMPOSITE_CHECK),
        ((TD1[0], TD1[1][:-1] + "1", TD1[2]), MrzFault.COMPOSITE_CHECK),
        ((TD3[0], TD3[1].replace("6UTO", "6<<<")), MrzFault.CHARACTERS),
        (("P<UTO".ljust(44, "<"), TD3[1]), MrzFault.NAME_MISSING),
        (("CRCHN" + TD1[0][5:], TD1[1], TD1[2]), MrzFault.LAYOUT_NOT_PUBLIC),
    ],
)
def test_zone_is_refused_with_its_fault_when_nothing_proves_it(
    lines: tuple[str, ...], fault: MrzFault
) -> None:
    assert fault_of(*lines) is fault


@pytest.mark.parametrize(
    ("birth", "expiry", "fault"),
    [("741312", "120415", MrzFault.BIRTH_DATE), ("740812", "120231", MrzFault.EXPIRY_DATE)],
)
def test_zone_is_refused_when_its_check_digits_prove_an_impossible_date(
    birth: str, expiry: str, fault: MrzFault
) -> None:
    line = f"{TD3[1][:13]}{birth}{icao_731(birth)}F{expiry}{icao_731(expiry)}{TD3[1][28:]}"

    assert fault_of(TD3[0], with_composite(line)) is fault


def test_zone_is_refused_when_two_readings_satisfy_its_check_digits() -> None:
    # Either zero may have been the letter: both stand where the weight is seven.
    line = write_mrz("TD3", replace(ANNA, number="O77077777", optional=""))[1]

    assert fault_of(TD3[0], line.replace("O77077777", "077077777")) is MrzFault.AMBIGUOUS


@pytest.mark.spec("ICAO Doc 9303-5 §4.2.2.1", "a longer number continues in the optional field")
@pytest.mark.parametrize("format_name", ["TD1", "TD2"])
def test_long_number_is_read_when_it_overflows(format_name: str) -> None:
    optional = "AB" if format_name == "TD1" else ""
    number = "D23145890734"
    contents = replace(ANNA, document_code="I", number=number, optional=optional)

    zone = read(*write_mrz(format_name, contents))

    assert (zone.number, zone.optional) == (number, ("AB",) if optional else ())
    wrong = [line.replace("7349", "7348") for line in zone.lines]
    assert fault_of(*wrong) is MrzFault.NUMBER_CHECK


def test_long_number_is_refused_when_its_format_has_no_room() -> None:
    with pytest.raises(ValueError, match="number has room"):
        write_mrz("TD3", replace(ANNA, number="D23145890734"))
    with pytest.raises(ValueError, match="optional has room"):
        write_mrz("TD2", replace(ANNA, optional="A" * 8))
    with pytest.raises(ValueError, match="no Latin spelling"):
        write_mrz("TD3", replace(ANNA, given_names="张"))


@pytest.mark.parametrize(
    ("birth", "iso"),
    [
        (BirthDate(year=1974), "1974"),
        (BirthDate(year=1974, month=8), "1974-08"),
        (BirthDate(year=2026, month=11, day=25), "2026-11-25"),
        (BirthDate(year=1926, month=12, day=1), "1926-12-01"),
        (None, None),
    ],
)
def test_birth_date_is_read_as_far_as_it_is_known_when_fillers_stand_for_the_rest(
    birth: BirthDate | None, iso: str | None
) -> None:
    zone = read(*write_mrz("TD3", replace(ANNA, birth_date=birth)))

    assert (zone.birth_date and zone.birth_date.isoformat()) == iso


def test_zone_has_no_end_when_its_expiry_is_empty() -> None:
    zone = read(*write_mrz("TD3", replace(ANNA, expires=None, sex=None)))

    assert zone.expiry.is_long_term
    assert zone.sex is None


def test_name_is_single_or_cut_off_when_the_zone_says_so() -> None:
    single = read(*write_mrz("TD3", replace(ANNA, surname="Suharto", given_names="")))
    assert (single.surname, single.given_names) == ("SUHARTO", "")
    assert not single.is_name_truncated
    long = replace(ANNA, surname="Nilavadhanananda", given_names="Chayapa Dejthamrong Krasuang")
    zone = read(*write_mrz("TD3", long))
    assert zone.is_name_truncated
    stated = "Nilavadhanananda Chayapa Dejthamrong Krasuang"
    assert compare_names(stated, zone.printed_name, carrier=MRZ_TD3) is Likeness.TRUNCATED_PREFIX
    edge = write_mrz("TD1", replace(ANNA, surname="A" * 28, given_names="Bo"))
    assert edge[2] == "A" * 27 + "<<B"


CONTENTS = st.builds(
    ZoneContents,
    document_code=st.sampled_from(["P", "I", "AC"]),
    issuer=st.sampled_from(["UTO", "D", "KAZ"]),
    number=st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=5, max_size=9),
    nationality=st.sampled_from(["UTO", "D", "KAZ"]),
    birth_date=st.builds(
        BirthDate,
        year=st.integers(1930, 2025),
        month=st.integers(1, 12),
        day=st.integers(1, 28),
    ),
    sex=st.sampled_from([Sex.MALE, Sex.FEMALE, None]),
    expires=st.dates(date(1980, 1, 1), date(2070, 1, 1)),
    optional=st.text("0123456789ABC", max_size=7),
    surname=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12),
    given_names=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12),
)


@settings(deadline=None, max_examples=60)
@given(CONTENTS, st.sampled_from(sorted(LAYOUTS)))
def test_zone_is_read_as_it_was_written_when_nothing_happens_between(
    contents: ZoneContents, format_name: str
) -> None:
    lines = write_mrz(format_name, contents)

    zone = read(*lines)

    assert (zone.lines, zone.repairs) == (lines, ())
    assert (zone.number, zone.birth_date, zone.sex) == (
        contents.number,
        contents.birth_date,
        contents.sex,
    )
    assert (zone.surname, zone.given_names) == (contents.surname, contents.given_names)
    assert zone.expiry.until == contents.expires
    assert zone.document_code == contents.document_code


@settings(deadline=None, max_examples=60)
@given(CONTENTS, st.integers(0, 43), st.sampled_from("0123456789"))
@example(
    ZoneContents(
        document_code="P",
        issuer="UTO",
        number="00000",
        nationality="UTO",
        birth_date=BirthDate(year=1930, month=4, day=1),
        sex=Sex.MALE,
        expires=date(2000, 3, 14),
        optional="00C",
        surname="A",
        given_names="A",
    ),
    43,
    "4",
)
def test_wrong_digit_is_refused_or_to_be_confirmed_when_a_check_digit_covers_it(
    contents: ZoneContents, at: int, digit: str
) -> None:
    first, second = write_mrz("TD3", contents)
    if not second[at].isdigit() or second[at] == digit:
        return
    try:
        zone = read(first, second[:at] + digit + second[at + 1 :])
    except InvalidMrz:
        return
    assert zone.needs_confirmation


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=200) | st.text("P<UTO0123456789ERIK\n", max_size=200))
def test_any_text_is_read_or_refused_when_it_is_typed(typed: str) -> None:
    with suppress(InvalidMrz):
        assert read_mrz(typed, today=TODAY).number
