"""Codes have words: nobody who runs a city reads `population_two_factor`."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from admin import words
from admin.event_words import EVENTS
from admin.figures import RISKY
from admin.reasons import STATUS_CAUSES
from admin.sections.alerts import MEANINGS, TYPE_NAMES
from admin.sections.policies.mistakes import problem_shown
from admin.sections.policies.values import value_name
from admin.sections.policies.words import FACTS, decision_shown, rule_shown
from connectors.documents.registry import DOCUMENT_TYPES
from idp.staff.alerts.rules import ALERTS, RULES
from idp.subjects import level_rules
from idp.subjects.links import CLAIMED, MATCH, REVOKED
from idp.subjects.models import Identifier, Person
from idp.subjects.statuses import Reason
from policies.decision import (
    POLICY_ERROR,
    STEP_UP_UNSATISFIABLE,
    Forbid,
    Permit,
    StepUp,
)
from policies.forms import Block, PolicyForm, read_text
from policies.levels import Level
from policies.obligations import Obligations
from policies.source import PolicySource, cautious_policies, default_policies
from policies.validation import validate_policies
from policies.vocabulary import BY_KEY, NAMES
from tests.architecture.test_translations import ROOT, read_po

HAN = re.compile("[\u4e00-\u9fff]{2}")
REFUSED = (
    POLICY_ERROR,
    STEP_UP_UNSATISFIABLE,
    "client_suspended",
    "person_frozen",
    "channel_not_allowed",
)
WRONG_OBLIGATIONS = {
    "unknown": '@obligation("dance")',
    "on_permit": '@obligation("step_up") @acr("requested")',
    "stray": '@acr("requested")',
    "step_up": '@obligation("step_up")',
    "mask_claims": '@obligation("mask_claims")',
    "notify": '@obligation("notify") @to("everybody")',
    "shorten_session": '@obligation("shorten_session") @minutes("0")',
    "reverify": '@obligation("reverify") @within("9999")',
    "by": '@obligation("reverify") @by("fax")',
    "a saying": '@says_en("Closed.")',
}
WRONG_CONDITIONS = {
    "a fact": "context.request has netwrok",
    "a value": 'context.subject.status == "froozen"',
    "a type": 'context.subject.ial == "2"',
    "another type": 'context.request.hour > "2"',
    "a place": 'resource.kind == "x"',
    "a guard": 'context.request.network == "10.1.1"',
}
EVENT_TYPE = re.compile(r"[a-z_]+\.[a-z_]+")
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
        said |= {code: str(STATUS_CAUSES.get(code, code)) for code in Reason}
        in_english = {code for code, word in said.items() if word.isascii()}
    assert [code for code, word in said.items() if word == code] == []
    assert (in_english == set()) is (language != "en")


TELLERS = {"AuditEvent", "_tell", "tell", "_record", "_told"}
"""By which the rooms tell the trail; a type is one of their words, or stands in a field for it."""


def told_types() -> set[str]:
    """Every type of event that the source writes out where it tells the trail."""
    types: set[str] = set()
    for room in ("idp", "admin", "deploy"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    types |= {word for word in _words_of(node) if EVENT_TYPE.fullmatch(word)}
    return types


def _words_of(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    given = [each.value for each in call.keywords if each.arg in {"type", "event", "event_type"}]
    for value in [*given, *(call.args if name in TELLERS else ())]:
        for each in ast.walk(value):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value


def test_events_of_the_trail_have_words() -> None:
    types = told_types()
    assert {"login.succeeded", "person.unmasked", "policies.proposed"} <= types
    assert types - EVENTS.keys() == set()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_values_of_facts_are_in_the_pages_language(language: str) -> None:
    named = [(name.key, value) for name in NAMES for value in name.values]
    with translation.override(language):
        bare = {value for fact, value in named if value_name(fact, value) == value}
        bare |= {code for code in Person.Status.values if str(words.status_name(code)) == code}
    assert bare == set()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_shipped_policies_are_told_in_the_pages_language(language: str) -> None:
    """Notes, titles, what is asked and why somebody is refused: nothing of it stays a code."""
    with translation.override(language):
        rules = [rule_shown(0, each) for each in read_text(cautious_policies().shared)]
        said = [str(each[part]) for each in rules for part in ("note", "title", "detail")]
    assert sum(1 for each in rules if each["note"]) == 4
    assert all(each["title"] for each in rules)
    assert [each for each in said if each and not HAN.search(each)] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "15 minutes, Passkey or Face"), ("zh-hans", "15 分钟, 通行密钥或人脸")],
)
def test_ways_of_a_policy_are_told_in_the_pages_language(language: str, said: str) -> None:
    text = PolicyForm(name="x", effect="reverify", parameter="15 passkey face").text()
    with translation.override(language):
        shown = _shown(read_text(text)[0])["detail"]
    assert re.sub(r"\s+", " ", str(shown)) == said


def test_title_is_not_told_of_a_policy_that_a_city_changed() -> None:
    shared = default_policies().shared.replace('"frozen"', '"deceased"')
    with translation.override("en"):
        rules = map(_shown, read_text(shared))
        titles = {each["form"].name: str(each["title"]) for each in rules}
    assert titles["frozen-person"] == ""
    assert titles["suspended-client"] == "Nobody enters a client that is suspended"


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
@pytest.mark.parametrize("what", [*WRONG_OBLIGATIONS, *WRONG_CONDITIONS])
def test_mistakes_are_told_in_the_pages_language(language: str, what: str) -> None:
    about = WRONG_CONDITIONS.get(what, "true")
    text = f'@id("x") {WRONG_OBLIGATIONS.get(what, "")} {{}} (principal, action, resource)'
    text = text.format("permit" if what == "on_permit" else "forbid") + f" when {{ {about} }};"
    (problem,) = validate_policies(PolicySource(shared=text))
    with translation.override(language):
        said = str(problem_shown(problem)["text"])
    assert HAN.search(said)
    assert not re.search(r"\b(Long|String|Bool|must|needs|never|is)\b", said), said


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant", "en"])
def test_refusals_and_duties_are_told_in_the_pages_language(language: str) -> None:
    owed = Obligations(
        masked_claims=frozenset({"birthdate"}),
        notified=frozenset({"security"}),
        reverify_by=frozenset({frozenset({"passkey", "card"})}),
    )
    decisions = [
        *(Forbid(reason=each, determining=("x",)) for each in REFUSED),
        Permit(determining=(), obligations=owed),
        StepUp(level=Level(ial=2, aal=2), determining=("x",)),
    ]
    with translation.override(language):
        shown = [decision_shown(each) for each in decisions]
        said = [str(each["said"]) for each in shown if each["said"]]
        said += [str(each) for one in shown for each in one["obligations"]]
    assert len(said) == len(REFUSED) + 4
    assert [each for each in said if "_" in each] == []
    assert [each for each in said if bool(HAN.search(each)) is (language == "en")] == []


def test_alerts_say_what_they_mean() -> None:
    assert set(MEANINGS) == set(TYPE_NAMES)
    assert set(RULES) <= set(TYPE_NAMES)
    raised = {each for each in told_types() if each.startswith(ALERTS)}
    assert raised <= set(TYPE_NAMES)


def _shown(block: Block) -> dict[str, Any]:
    return rule_shown(0, block)


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
