"""What pages say: three languages complete, mistakes in words, personal data masked."""

import gettext
import re
from pathlib import Path

import pytest

from idp.journey.drawings import render_page
from idp.journey.login.pages import LoginPage
from idp.journey.mistakes import Mistake, form_error
from tests.browser.samples import LANGUAGES, look

JOURNEY = Path(__file__).parents[2] / "idp" / "journey"
LOCALE = JOURNEY / "locale"


def catalogue(language: str) -> dict[str | tuple[str, int], str]:
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return {k: v for k, v in gettext.GNUTranslations(file)._catalog.items() if k}  # type: ignore[attr-defined]  # gettext offers no other list


def source_messages() -> set[str]:
    """Collect the msgids of templates and modules, as gettext would."""
    found: set[str] = set()
    rooms = [JOURNEY, JOURNEY.parent / "account", JOURNEY.parent / "protocols"]
    for room in rooms:
        for file in room.rglob("*.html"):
            text = file.read_text()
            found |= {
                a or b for a, b in re.findall(r"\{% translate (?:\"(.+?)\"|'(.+?)') %\}", text)
            }
            found |= {
                re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", body)
                for body in re.findall(
                    r"\{% blocktranslate[^%]*%\}(.+?)\{% (?:plural|endblocktranslate) %\}", text
                )
            }
    for file in JOURNEY.rglob("*.py"):
        found |= set(re.findall(r'\b_\(\s*"((?:[^"\\]|\\.)+)"', file.read_text()))
    return found


@pytest.mark.parametrize("language", ["zh_Hans", "zh_Hant", "en"])
def test_every_message_is_translated_when_a_language_is_chosen(language: str) -> None:
    translated = catalogue(language)
    singular = {key[0] if isinstance(key, tuple) else key for key in translated}

    assert source_messages() - singular == set()
    assert all(translated.values())
    if language != "en":
        latin = {k: v for k, v in translated.items() if not re.search("[\u4e00-\u9fff]", v)}
        assert latin == {}


def test_traditional_chinese_has_words_of_its_own_when_translated() -> None:
    words = "".join(catalogue("zh_Hant").values())

    for own in ("登入", "驗證碼", "回鄉證", "台胞證", "資訊", "短訊"):
        assert own in words
    for foreign in ("登錄", "信息", "短信", "用戶名", "网"):
        assert foreign not in words


def test_placeholders_survive_when_a_message_is_translated() -> None:
    english = catalogue("en")
    for language in ("zh_Hans", "zh_Hant"):
        for key, text in catalogue(language).items():
            source = english[key] if key in english else str(key)
            found = re.findall(r"%\(\w+\)s|\{\w+\}|<[^>]+>", text)
            assert sorted(found) == sorted(re.findall(r"%\(\w+\)s|\{\w+\}|<[^>]+>", source))


@pytest.mark.parametrize("mistake", list(Mistake))
def test_mistake_has_words_in_every_language_when_shown(mistake: Mistake) -> None:
    values = {
        "seconds": 5,
        "length": 17,
        "expected": 18,
        "least": 15,
        "partner": "Province",
        "most": 128,
    }
    error = form_error(mistake, **values, day="2026-01-01")
    texts = {
        language: render_page(LoginPage(errors=(error,)), look(language)) for language in LANGUAGES
    }

    assert len(set(texts.values())) == len(LANGUAGES)
    assert "{seconds}" not in texts["en"]
