"""A broken export changes nothing, and is told of by line and field."""

from typing import Any

import pytest

from idp.subjects.imports.lines import LONGEST_LINE, BadLine, ExportFile
from idp.subjects.imports.record import FIELDS
from idp.subjects.models import Person
from tests.subjects.imports.conftest import RESIDENT, Office

GOOD = {"id": "a", "phone": "13900000001"}
CSV_HEADER = "id,name,phone\n"


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        pytest.param([b'{"id": "\xff"}\n'], "1: is not UTF-8 from byte 9 on", id="bad UTF-8"),
        pytest.param([GOOD, '{"id": "b", "pho'], "2: is not JSON", id="truncated"),
        pytest.param([b"[1]\n"], "1: is no JSON object", id="no object"),
        pytest.param(['{"id": "a\x00"}\n'], "1: holds a NUL", id="a NUL"),
        pytest.param(
            [GOOD, b'{"id": "' + b"x" * LONGEST_LINE + b'"}\n'],
            "2: is longer than 65536 bytes; nothing behind it was read",
            id="a huge line",
        ),
        pytest.param([GOOD, GOOD], "2: id: stands on line 1 already", id="an id twice"),
        pytest.param([b"\n  \n"], "holds no row", id="blank"),
        pytest.param([{**GOOD, "fone": "1"}], "1: fone: is no field of a person", id="a field"),
        pytest.param([{"phone": "13900000001"}], "1: id: is missing", id="no id"),
        pytest.param([{"id": "a\n"}], "", id="an id is trimmed"),
        pytest.param([{"id": "x" * 129}], "1: id: is longer than 128", id="a long id"),
        pytest.param([{"id": True}], "1: id: is no text", id="an id that is no text"),
        pytest.param([{"id": 12}], "", id="a number is taken as text"),
        pytest.param([{**GOOD, "phone": "12345"}], "1: phone: is no mobile number", id="phone"),
        pytest.param([{"id": "a", "email": "who"}], "1: email: cannot be one", id="email"),
        pytest.param([{"id": "a", "username": "?"}], "1: username: cannot be one", id="username"),
        pytest.param(
            [{"id": "a", "username": "13900000001"}], "", id="a user name that is a phone"
        ),
        pytest.param(
            [{**RESIDENT, "document_number": "110105194912310021"}],
            "1: document_number: cannot be one of a resident_id_card (check_digit)",
            id="a check digit",
        ),
        pytest.param(
            [{**RESIDENT, "document_type": "7"}], "1: document_type: is unknown", id="a type"
        ),
        pytest.param(
            [{"id": "a", "document_number": "1"}], "1: document_type: is missing", id="no type"
        ),
        pytest.param(
            [{**RESIDENT, "document_type": "4", "document_number": "A1234563"}],
            "",
            id="a type the source writes otherwise",
        ),
        pytest.param(
            [
                {
                    **RESIDENT,
                    "document_type": "passport",
                    "document_number": "L898902C3",
                    "document_issuer": "UTO",
                    "name": "Anna Maria Eriksson",
                }
            ],
            "",
            id="a passport",
        ),
        pytest.param([{**RESIDENT, "name": ""}], "1: name: is needed where there is", id="no name"),
        pytest.param([{**GOOD, "name": "x" * 200}], "1: name: cannot be one", id="a name"),
        pytest.param([{**GOOD, "level": 5}], "1: level: is from 0 to 4", id="a level"),
        pytest.param([{**GOOD, "status": "gone"}], "1: status: is one of", id="a status"),
        pytest.param(
            [{**RESIDENT, "document_valid_until": "soon"}],
            "1: document_valid_until: is not a day",
            id="a day",
        ),
        pytest.param(
            [{**GOOD, "verified_at": "2026"}], "1: verified_at: is not an instant", id="an instant"
        ),
        pytest.param(
            [{**GOOD, "password_hash": "abcd", "password_salt": "s"}],
            "1: password_hash: has 3 bytes where md5(md5(password)+salt) has 16",
            id="a short hash",
        ),
        pytest.param(
            [{**GOOD, "password_hash": "z" * 32, "password_salt": "s"}],
            "1: password_hash: is neither hexadecimal nor base64",
            id="no hash",
        ),
        pytest.param(
            [{**GOOD, "password_hash": "a" * 32}],
            "1: password_salt: is missing: md5(md5(password)+salt)",
            id="no salt",
        ),
        pytest.param(
            [{**GOOD, "password_hash": "a" * 32, "password_salt": 7}],
            "1: password_salt: is no text",
            id="a salt that is no text",
        ),
    ],
)
def test_problem_names_its_place_when_a_row_is_broken(
    office: Office, rows: list[Any], told: str
) -> None:
    found = office.surveyed(office.file(*rows))
    if not told:
        assert found.is_clean, office.told()
        return
    assert not found.is_clean
    assert office.told()
    assert office.told()[0].startswith(told), office.told()
    assert not Person.objects.exists()


def test_hash_is_refused_when_the_source_names_no_shape(office: Office) -> None:
    office.source = office.source.__class__(name="old")
    office.surveyed(office.file({**GOOD, "password_hash": "a" * 32}))
    assert "names no password_shape" in office.told()[0]


def test_count_is_told_when_rows_are_missing(office: Office) -> None:
    assert not office.surveyed(office.file(GOOD), expected_rows=2).is_clean
    assert office.told() == ["holds 1 rows where 2 were expected"]
    assert office.surveyed(office.file(GOOD), expected_rows=1).is_clean


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("\ufeff" + CSV_HEADER + "a,陈思远,13900000001\n", [], id="as Excel writes it"),
        pytest.param(CSV_HEADER + 'a,"陈,思远",\n', [], id="a comma quoted"),
        pytest.param(CSV_HEADER + "a,b\n", ["2: has 2 columns, the header 3"], id="a column less"),
        pytest.param(CSV_HEADER + 'a,"b,\n', ["2: is not CSV: unexpected end of data"], id="open"),
    ],
)
def test_csv_is_read_line_by_line_when_it_has_a_header(
    office: Office, text: str, told: list[str]
) -> None:
    office.surveyed(office.file(text, name="people.csv"))
    assert len(office.told()) == len(told)
    assert all(found.startswith(each) for found, each in zip(office.told(), told, strict=True))


@pytest.mark.parametrize(
    ("header", "told"),
    [
        pytest.param("id,fone\n", "names 'fone'; known are document_issuer", id="unknown"),
        pytest.param("id,id\n", "names a column twice", id="twice"),
        pytest.param('id,"x\n', "is not CSV", id="broken"),
    ],
)
def test_file_is_refused_when_its_header_is_wrong(office: Office, header: str, told: str) -> None:
    with pytest.raises(BadLine, match=told):
        office.surveyed(office.file(header, name="people.csv"))


def test_file_is_refused_when_its_name_tells_no_format(office: Office) -> None:
    path = office.folder / "people.txt"
    with pytest.raises(BadLine, match="--format"):
        ExportFile(path, known=frozenset(FIELDS))
    assert ExportFile(path, format_="csv", known=frozenset(FIELDS)).format == "csv"
