"""A photographed passport over HTTP: what is read stands in the form, bad pictures are told apart.

The picture is ICAO's specimen, drawn by us; a valid one is put together of its own letters.
"""

import io
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from connectors.documents.dates import BirthDate
from connectors.documents.mrz.reading import read_mrz
from connectors.documents.mrz.writing import ZoneContents, write_mrz
from connectors.documents.mrz.zone import Mrz
from connectors.ocr.camera import MrzCamera
from connectors.ocr.pictures import MOST_BYTES, PictureFault
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.uploads import MOST_FORM_BYTES
from idp.journey.verification.photograph import (
    REFUSALS,
    Photographs,
    Reading,
    has_zone,
    reading_of,
)
from policies.levels import Level
from tests.city import City
from tests.walker import Walker

pytestmark = [pytest.mark.requirement("R3"), pytest.mark.requirement("R13")]
PICTURES = Path(__file__).parents[1] / "connectors" / "pictures"
TODAY = date(2026, 11, 25)
BOTH = frozenset({"passport", "cn_passport"})
UPPER = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
LOWER = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
VALID = "L898902C36UTO7408122F3204153ZE184226B<<<<<16"
"""The same passport, valid until 2032-04-15."""
_LEFT, _PITCH, _TOP, _BOTTOM = 70, 26, 790, 845


def specimen() -> Image.Image:
    return Image.open(PICTURES / "td3.png").convert("RGB")


def valid_passport() -> Image.Image:
    """The specimen with its lower line written anew, letter by letter."""
    old, new = specimen(), specimen()
    for place, letter in enumerate(VALID):
        at = _LEFT + _PITCH * LOWER.index(letter)
        cell = old.crop((at, _TOP, at + _PITCH, _BOTTOM))
        new.paste(cell, (_LEFT + _PITCH * place, _TOP))
    return new


def encoded(picture: Image.Image, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def upload(data: bytes, name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/jpeg")


PLAIN = Image.new("RGB", (400, 300), "white")


@pytest.fixture
def at_the_desk(city: City, walker: Walker, phone: str) -> Walker:
    """Somebody who has to prove their name and chose the passport."""
    city.clients.add(minimum_level=Level(ial=2, aal=1))
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    return walker.press("document", "passport")


@pytest.mark.storage
@pytest.mark.slow
def test_photograph_fills_the_form_and_the_person_decides_when_it_is_read(
    city: City, at_the_desk: Walker
) -> None:
    assert 'enctype="multipart/form-data"' in at_the_desk.html
    at_the_desk.press("action", "read", photograph=upload(encoded(valid_passport())))
    assert "This is what we read. Please compare" in at_the_desk.words
    fields = at_the_desk.form.fields
    assert fields["name"] == "ANNA MARIA ERIKSSON"
    assert fields["document_number"] == "L898902C3"
    assert fields["birth_date"] == "1974-08-12"
    assert fields["document_type"] == "passport"
    at_the_desk.press("action", "verify", photograph="")
    assert at_the_desk.answer == "granted"
    assert city.door.granted.level.ial == 2


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("zh-Hans", ("有效期到 2012-04-15", "空的", "不是照片", "这种文件", "损坏",
                                 "太小", "带许多", "太大", "请先拍照"), id="zh-Hans"),
        pytest.param("zh-Hant", ("有效期到 2012-04-15", "空的", "不是相片", "這種檔案", "損壞",
                                 "太小", "帶有許多", "太大", "請先拍照"), id="zh-Hant"),
        pytest.param("en", ("valid until 2012-04-15", "is empty", "is no picture", "kind of file",
                            "damaged", "too small", "many <", "too large", "photograph first"),
                     id="en"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_page_says_what_is_wrong_with_a_picture_when_it_is_not_read(
    language: str, words: tuple[str, ...], city: City, walker: Walker, phone: str
) -> None:
    city.clients.add(minimum_level=Level(ial=2, aal=1))
    walker.enter(ui_locales=(language,)).sign_in_by_code(phone).press("document", "passport")
    pictures = [
        encoded(specimen()),
        b"",
        b"hello, this is text",
        b"\0\0\0\x18ftypheic" + bytes(100),
        encoded(PLAIN)[:800],
        encoded(PLAIN.resize((300, 200))),
        encoded(PLAIN) + b"PK\x03\x04<script>alert(1)</script>",
        b"\xff\xd8\xff" + bytes(MOST_BYTES),
        None,
    ]
    for picture, said in zip(pictures, words, strict=True):
        photograph = "" if picture is None else upload(picture)
        walker.press("action", "read", name="ANNA", photograph=photograph)
        assert walker.status == 200
        assert said in walker.words
        assert walker.form.fields["name"] == "ANNA"
        assert 'aria-invalid="true"' in walker.html


def test_photograph_is_read_when_the_main_button_was_pressed(at_the_desk: Walker) -> None:
    at_the_desk.press("action", "verify", photograph=upload(b"hello"))
    assert "This file is no picture" in at_the_desk.words


def test_body_is_not_read_when_it_is_larger_than_any_form(at_the_desk: Walker) -> None:
    huge = upload(b"\xff\xd8\xff" + bytes(MOST_FORM_BYTES))
    at_the_desk.form.buttons.append(("action", "read"))
    answer = at_the_desk.http.post(
        at_the_desk.form.action, {**at_the_desk.form.fields, "photograph": huge}
    )
    assert answer.status_code in {400, 413}


def test_no_photograph_is_asked_for_when_the_document_has_no_public_zone(
    at_the_desk: Walker,
) -> None:
    at_the_desk.press("document", "travel_permit_hm")
    assert "photograph" not in at_the_desk.form.fields
    assert "enctype" not in at_the_desk.html
    assert [kind for kind in ("passport", "cn_passport", "hkid", "uscc") if has_zone(kind)] == [
        "passport",
        "cn_passport",
    ]


def test_photograph_is_refused_when_the_site_has_no_camera(city: City, at_the_desk: Walker) -> None:
    object.__setattr__(city.particulars, "photographs", None)
    at_the_desk.press("action", "read", photograph=upload(encoded(PLAIN)))
    assert "Photographs cannot be read here" in at_the_desk.words
    assert "photograph" not in at_the_desk.form.fields


ANSWERING = """
import json, struct, sys
source, sink = sys.stdin.buffer, sys.stdout.buffer
while header := source.read(6):
    source.read(struct.unpack(">IH", header)[0])
    body = json.dumps({"lines": sys.argv[1].split()}).encode()
    sink.write(struct.pack(">I", len(body)) + body)
    sink.flush()
"""


def read(camera: MrzCamera, *, at_once: int = 1) -> Reading | FormError:
    photographs = Photographs(camera, at_once=at_once)
    try:
        return photographs.read(encoded(PLAIN), offered=BOTH, today=TODAY)
    finally:
        camera.close()


def seeing(*lines: str) -> MrzCamera:
    """A camera whose child saw these lines."""
    return MrzCamera(patience=30, command=(sys.executable, "-c", ANSWERING, " ".join(lines)))


@pytest.mark.parametrize(
    ("camera", "at_once", "mistake"),
    [
        pytest.param(
            seeing("PASSPORT", "UTOPIA"), 1, Mistake.PHOTOGRAPH_WITHOUT_ZONE, id="no zone"
        ),
        pytest.param(
            seeing(UPPER, LOWER[:9] + "5" + LOWER[10:]), 1, Mistake.PHOTOGRAPH_UNCLEAR, id="glare"
        ),
        pytest.param(
            seeing(
                "CRCHND231458907<<<<<<<<<<<<<<<",
                "7408122F1204159UTO<<<<<<<<<<<6",
                "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
            ),
            1,
            Mistake.PHOTOGRAPH_OF_ANOTHER,
            id="permit",
        ),
        pytest.param(MrzCamera(needs=("no_such_module",)), 1, Mistake.PHOTOGRAPH_UNAVAILABLE,
                     id="not installed"),
        pytest.param(
            MrzCamera(patience=0.2, command=(sys.executable, "-c", "input()")),
            1,
            Mistake.PHOTOGRAPH_TOO_SLOW,
            id="hangs",
        ),
        pytest.param(seeing(UPPER, VALID), 0, Mistake.PHOTOGRAPH_BUSY, id="others before"),
    ],
)  # fmt: skip
def test_photograph_is_answered_with_its_mistake_when_it_cannot_be_read(
    camera: MrzCamera, at_once: int, mistake: Mistake
) -> None:
    assert read(camera, at_once=at_once) == form_error(mistake)


def test_every_refusal_of_a_picture_has_its_words_when_they_are_counted() -> None:
    assert set(REFUSALS) == set(PictureFault)


def test_person_is_asked_to_look_closely_when_fillers_were_moved() -> None:
    chosen = read(seeing(UPPER, VALID.replace("<<<<<", "<<<<")))
    assert isinstance(chosen, Reading)
    assert chosen.needs_confirmation
    plain = read(seeing(UPPER, VALID))
    assert isinstance(plain, Reading)
    assert not plain.needs_confirmation


def passport(issuer: str, number: str, **more: object) -> Mrz:
    contents = {
        "document_code": "P",
        "issuer": issuer,
        "number": number,
        "nationality": issuer,
        "birth_date": BirthDate(year=1983, month=5, day=6),
        "sex": None,
        "expires": date(2033, 1, 31),
        "surname": "ZHENG",
        "given_names": "HAISHENG",
        **more,
    }
    lines = write_mrz("TD3", ZoneContents(**contents))  # type: ignore[arg-type]
    return read_mrz("\n".join(lines), today=TODAY)


def test_name_is_left_to_the_person_when_the_zone_has_it_in_pinyin() -> None:
    reading = reading_of(passport("CHN", "EA9990004"), offered=BOTH, today=TODAY)
    assert isinstance(reading, Reading)
    assert reading.document_type == "cn_passport"
    assert "name" not in reading.values
    assert reading.values["birth_date"] == "1983-05-06"


def test_name_is_left_to_the_person_when_the_zone_cuts_it_off() -> None:
    long = passport("UTO", "L898902C3", surname="A" * 30, given_names="B" * 30)
    reading = reading_of(long, offered=BOTH, today=TODAY)
    assert isinstance(reading, Reading)
    assert reading.name == ""


def test_birth_date_is_left_to_the_person_when_the_zone_leaves_it_open() -> None:
    unknown = passport("UTO", "L898902C3", birth_date=BirthDate(year=1983))
    reading = reading_of(unknown, offered=BOTH, today=TODAY)
    assert isinstance(reading, Reading)
    assert reading.birth_date == ""


@pytest.mark.parametrize(
    ("zone", "offered"),
    [
        pytest.param(passport("CHN", "K12345678"), BOTH, id="Hong Kong passport"),
        pytest.param(passport("UTO", "L898902C3"), {"cn_passport"}, id="nobody checks it"),
        pytest.param(passport("UTO", "L898902C3", document_code="V"), BOTH, id="visa"),
    ],
)
def test_photograph_is_of_another_document_when_nobody_here_takes_it(
    zone: Mrz, offered: frozenset[str]
) -> None:
    assert reading_of(zone, offered=offered, today=TODAY) == form_error(
        Mistake.PHOTOGRAPH_OF_ANOTHER
    )


def test_two_lines_are_read_as_typed_when_nobody_takes_a_picture(
    city: City, at_the_desk: Walker
) -> None:
    """Without a camera, too; a second press checks what stands in the form."""
    object.__setattr__(city.particulars, "photographs", None)
    at_the_desk.press("action", "read", zone=f"{UPPER}\n{LOWER[:9]}5{LOWER[10:]}")
    assert "seems to be mistyped" in at_the_desk.words
    permit = (
        "CRCHND231458907<<<<<<<<<<<<<<<\n"
        "7408122F1204159UTO<<<<<<<<<<<6\n"
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
    )
    at_the_desk.press("action", "read", zone=permit)
    assert "no lines of a passport" in at_the_desk.words
    at_the_desk.press("action", "verify", zone=f"{UPPER} {VALID}")
    assert at_the_desk.form.fields["document_number"] == "L898902C3"
    at_the_desk.press("action", "verify", zone=f"{UPPER} {VALID}")
    assert at_the_desk.answer == "granted"
    assert city.door.granted.level.ial == 2
