"""The drawings that say where a number stands: one for every kind, in every language."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from connectors.documents.registry import (
    DOCUMENT_TYPES,
    IDENTITY_DOCUMENTS,
    ORGANIZATION_NUMBERS,
    RESIDENT_ID_CARD,
    USCC,
)
from idp.journey.drawings import render_page
from idp.journey.verification.pages import DOCUMENTS, DocumentChoice, IdentityPage, Picture
from policies.levels import Level
from tests.browser.samples import LANGUAGES, look, samples
from tests.city import City
from tests.journeys.reading import read
from tests.walker import Walker

TEMPLATES = Path(__file__).parents[2] / "idp/journey/verification/templates"
PICTURES = TEMPLATES / "journey/verification/pictures"
CHINESE = re.compile(r"[一-鿿]")
pytestmark = pytest.mark.requirement("R3")
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda kind: kind.value)


def test_every_kind_has_a_picture_of_its_own_when_drawings_are_counted() -> None:
    drawn = {path.stem for path in PICTURES.glob("*.html")}
    assert {kind.value for kind in DOCUMENTS} == {*DOCUMENT_TYPES, USCC}
    assert sorted(kind.picture for kind in DOCUMENTS) == sorted(Picture)
    assert drawn == {*Picture, "drawing"}


@each_document
def test_sample_number_is_one_of_its_kind_when_read(document: DocumentChoice) -> None:
    kind = DOCUMENT_TYPES.get(document.value) or ORGANIZATION_NUMBERS[document.value]
    kind.parse(document.sample_number)  # raises InvalidDocumentNumber where it is none


@each_document
@pytest.mark.parametrize("language", LANGUAGES)
def test_picture_says_where_the_number_stands_when_read_aloud(
    document: DocumentChoice, language: str
) -> None:
    with translation.override(language):
        svg = render_to_string(document.picture.template, {"number": document.sample_number})
        hint = str(document.number_hint)
    title = re.search(r"<title>(.+?)</title>", svg)
    assert title
    assert document.sample_number in svg
    for words in (title[1], hint):
        assert bool(CHINESE.search(words)) == (language != "en"), words
    if language == "zh-hant":
        assert not set("证号码乡护湾门") & set(title[1] + hint)


@each_document
def test_picture_is_silent_when_it_stands_on_a_button(document: DocumentChoice) -> None:
    svg = render_to_string(document.picture.template, {"number": "1", "is_choice": True})
    assert 'aria-hidden="true"' in svg
    assert "<title>" not in svg


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_documents_are_chosen_by_picture_when_there_are_several(language: str) -> None:
    page = samples(language)["identity-documents"]
    assert isinstance(page, IdentityPage)
    tags = read(render_page(page, look(language))).tags
    buttons = [each for tag, each in tags if tag == "button" and each.get("name") == "document"]
    assert [each["value"] for each in buttons] == [kind.value for kind in page.others]
    silent = [each for tag, each in tags if tag == "svg" and each.get("class") == "picture"]
    assert len(silent) == len(page.documents)


@pytest.mark.storage
@pytest.mark.requirement("R1")
@pytest.mark.parametrize(
    ("asked", "offered"),
    [
        pytest.param(("population_library",), {RESIDENT_ID_CARD}, id="residents alone"),
        pytest.param(
            ("immigration",), set(IDENTITY_DOCUMENTS) - {RESIDENT_ID_CARD}, id="travellers alone"
        ),
        pytest.param(("population_library", "immigration"), set(IDENTITY_DOCUMENTS), id="both"),
    ],
)
def test_page_offers_what_an_authority_here_can_check_when_a_name_is_asked(
    asked: tuple[str, ...], offered: set[str], city: City, walker: Walker, phone: str
) -> None:
    """Supplementary cards and a business licence prove nobody: no authority offers them."""
    desk = replace(city.verification, inquiries=city.inquiries(*asked))
    object.__setattr__(city.particulars, "desk", desk)
    city.clients.add(minimum_level=Level(ial=2, aal=1))
    walker.enter().sign_in_by_code(phone)
    shown = {value for name, value in walker.form.buttons if name == "document"}
    assert shown | {walker.form.fields["document_type"]} == offered
