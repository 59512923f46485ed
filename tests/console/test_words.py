"""Codes have words: nobody who runs a city reads `population_two_factor`."""

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
