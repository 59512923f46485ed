"""A cold start to level 2 with every document, and a birth date where the number tells none."""

from datetime import date

import pytest

from connectors.sandbox.population import person
from idp.journey.verification.form import read_birth_date
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.models import Document
from policies.levels import Level
from tests.city import City
from tests.trail import detail, events
from tests.walker import Walker

pytestmark = pytest.mark.storage
IAL2 = Level(ial=2, aal=1)
TRAVELLERS = {
    "hongkong": ("zh-Hant", "回鄉證"),
    "macau": ("en", "Hong Kong and Macao residents"),
    "taiwan": ("zh-Hant", "台胞證"),
    "foreigner": ("en", "Foreign passport"),
    "permanent_resident": ("en", "permanent resident card"),
    "overseas_chinese": ("zh-Hans", "中国护照"),
}


@pytest.fixture
def at_the_desk(city: City, walker: Walker, phone: str) -> Walker:
    city.clients.add(minimum_level=IAL2)
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    return walker


@pytest.mark.requirement("R3")
@pytest.mark.requirement("R5")
@pytest.mark.parametrize("key", TRAVELLERS)
def test_person_reaches_level_two_when_they_hold_another_document(
    key: str, city: City, walker: Walker, phone: str
) -> None:
    someone, (language, words) = person(key), TRAVELLERS[key]
    document = someone.documents[0]
    city.clients.add(minimum_level=IAL2)
    walker.enter(ui_locales=(language,)).sign_in_by_code(phone)

    walker.press("document", document.type)
    assert words in walker.words
    assert "birth_date" in walker.form.fields
    walker.press(
        "action",
        "verify",
        name=someone.name,
        document_number=document.number,
        birth_date=document.details["birth_date"],
    )

    assert walker.answer == "granted"
    assert city.door.granted.level.ial == 2
    assert walker.screens == 4
    (event,) = events("document.verified")
    assert detail(event)["method"] == "immigration"
    (kept,) = Document.objects.all()
    assert kept.document_type == document.type
    chain = city.rooms.chain.live(city.door.granted.person_id, now=city.clock.now())
    assert [each.method for each in chain if each.identity_level == 2] == ["immigration"]


@pytest.mark.requirement("R3")
@pytest.mark.parametrize("key", ["hongkong", "macau", "taiwan"])
def test_residence_permit_needs_no_birth_date_when_its_number_tells_it(
    key: str, city: City, at_the_desk: Walker
) -> None:
    permit = next(each for each in person(key).documents if each.type == "residence_permit_hmt")
    at_the_desk.press("document", permit.type)
    assert "birth_date" not in at_the_desk.form.fields
    at_the_desk.prove_name(person(key).name, permit.number)
    assert city.door.granted.level.ial == 2


@pytest.mark.requirement("R5")
def test_second_document_is_refused_with_words_when_nothing_ties_it(
    city: City, at_the_desk: Walker
) -> None:
    at_the_desk.prove_name("陈思远", "350200198803149915")
    assert at_the_desk.answer == "granted"
    city.rooms.chain.revoke(
        city.door.granted.person_id,
        city.rooms.chain.live(city.door.granted.person_id, now=city.clock.now())[-1].id,
        authority="self",
        now=city.clock.now(),
    )
    someone = person("hongkong")
    city.rooms.documents.keep(
        city.door.granted.person_id,
        VerifiedDocument(
            document_type="resident_id_card", number="350200198803149915", holder_name="陈思远"
        ),
        Check(
            method="mobile_three_factor",
            authority="cn_mobile",
            checked_at=city.clock.now(),
            identity_level=1,
        ),
    )
    permit = next(each for each in someone.documents if each.type == "residence_permit_hmt")
    at_the_desk.enter(ui_locales=("en",)).press("document", permit.type)
    at_the_desk.prove_name(someone.name, permit.number)
    assert "Nothing ties this document" in at_the_desk.words


def test_resident_is_asked_no_birth_date_when_nothing_was_chosen(at_the_desk: Walker) -> None:
    assert "birth_date" not in at_the_desk.form.fields
    assert at_the_desk.form.fields["document_type"] == "resident_id_card"
    assert at_the_desk.form.buttons[0] == ("action", "verify")


def test_name_stays_and_number_goes_when_another_document_is_chosen(at_the_desk: Walker) -> None:
    at_the_desk.press("document", "passport", name="ANNA", document_number="123")
    assert at_the_desk.form.fields["name"] == "ANNA"
    assert at_the_desk.form.fields["document_number"] == ""
    at_the_desk.press("document", "resident_id_card")
    assert "birth_date" not in at_the_desk.form.fields


@pytest.mark.parametrize(
    ("birth_date", "words"),
    [
        ("", "Enter your date of birth"),
        ("yesterday", "no date of birth"),
        ("1994-02-30", "no date of birth"),
        ("2999-01-01", "no date of birth"),
        ("1994-08-24", "do not belong together. Please compare all three"),
    ],
)
def test_page_says_what_to_put_right_when_the_birth_date_is_not_it(
    birth_date: str, words: str, at_the_desk: Walker
) -> None:
    someone = person("hongkong")
    at_the_desk.press("document", "travel_permit_hm")
    at_the_desk.press(
        "action",
        "verify",
        name=someone.name,
        document_number=someone.documents[0].number,
        birth_date=birth_date,
    )
    assert words in at_the_desk.words
    assert at_the_desk.form.fields["birth_date"] == birth_date
    assert at_the_desk.form.fields["document_type"] == "travel_permit_hm"


def test_number_of_another_kind_is_unreadable_when_it_is_too_short(at_the_desk: Walker) -> None:
    at_the_desk.press("document", "travel_permit_hm")
    at_the_desk.press("action", "verify", name="梁", document_number="H1", birth_date="19940823")
    assert "seems to be mistyped" in at_the_desk.words


def test_document_is_refused_when_the_choice_is_forged(at_the_desk: Walker) -> None:
    button = ("document", "passport")
    at_the_desk.form.buttons.append(("document", "library"))
    at_the_desk.press("document", "library")
    assert "Choose which document" in at_the_desk.words
    assert button in at_the_desk.form.buttons


@pytest.mark.parametrize(
    "text",
    ["1994-08-23", "19940823", "1994/8/23", "1994年8月23日", "1994.08.23", "１９９４－０８－２３"],
)
def test_birth_date_is_read_when_it_is_written_anyhow(text: str) -> None:
    assert read_birth_date(text, today=date(2026, 1, 1)) == date(1994, 8, 23)
