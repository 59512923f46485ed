"""Codes have words: nobody who runs a city reads `population_two_factor`."""

import re

import pytest
from django.utils import translation

from admin import words
from admin.figures import RISKY
from admin.sections.policies.words import FACTS
from connectors.documents.registry import DOCUMENT_TYPES
from idp.subjects import level_rules
from idp.subjects.evidence import CLAIMED, MATCH, REVOKED
from idp.subjects.models import Identifier
from policies.vocabulary import BY_KEY
from tests.architecture.test_translations import ROOT, read_po

pytestmark = pytest.mark.requirement("R18")


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_codes_have_words_in_every_language(language: str) -> None:
    methods = {rule.method for rule in level_rules.LEVEL_RULES}
    with translation.override(language):
        said = {code: str(words.method_name(code)) for code in methods}
        said |= {code: str(words.evidence_outcome(code)) for code in (MATCH, CLAIMED, REVOKED)}
        said |= {code: str(words.identifier_name(code)) for code in Identifier.Kind.values}
        said |= {code: str(words.event_name(code)) for code in RISKY}
        said |= {code: words.document_name(code) for code in DOCUMENT_TYPES}
        in_english = {code for code, word in said.items() if word.isascii()}
    assert [code for code, word in said.items() if word == code] == []
    assert (in_english == set()) is (language != "en")


def test_facts_of_policies_have_words() -> None:
    assert BY_KEY.keys() - FACTS.keys() == set()


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("no evidence ties the two", "No evidence ties the two."),
        ("two sexes", "Their documents tell two sexes."),
        (
            "two numbers of one resident_id_card",
            "They hold two numbers of a document one has for life: Resident identity card.",
        ),
        ("0190 is frozen, not active", "One of the two accounts is not active."),
        ("something new", "something new"),
    ],
)
def test_problem_of_a_merge_is_said_in_the_pages_language(problem: str, said: str) -> None:
    with translation.override("en"):
        assert str(words.problem_name(problem)) == said


OF_OTHER_READERS = (
    r"登錄|登陸|服務器|軟件|信息|默認|用戶|賬|激活|屏幕|鏈接|訪問|會話|保存|配置|消息|創建|生成|文本|模板",
    r"實時|只讀|二維碼|調用|令牌|(?<!演)算法|(?<!通行)密鑰|手機號(?!碼)|服務視窗|下劃線",
    r"物件|型別|運算子|複制|換髮|系兩個",
    r"[“”臺]|網路",
)
"""Words of the mainland, what converting them blindly makes, and what is written in one way."""


@pytest.mark.parametrize(
    "words_of", OF_OTHER_READERS, ids=["mainland", "terms", "converted", "ways"]
)
def test_traditional_words_are_those_of_their_readers(words_of: str) -> None:
    source = ROOT / "admin/locale/zh_Hant/LC_MESSAGES/django.po"
    found = {said for said in read_po(source).values() if re.search(words_of, said)}
    assert found == set()
