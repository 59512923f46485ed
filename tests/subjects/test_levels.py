"""The declared rules, judged without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from connectors.documents.registry import DOCUMENT_TYPES
from connectors.registry import IDENTITY_VERIFICATION
from idp.subjects.level_rules import LEVEL_RULES, VOUCHING, Condition
from idp.subjects.levels import NOTHING_PROVEN, Proof, explain, judge, judgements, reachable

NOW = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
CARD, OTHER_CARD = UUID(int=1), UUID(int=2)


def proof(method: str, *conditions: str, **changes: Any) -> Proof:
    values: dict[str, Any] = {
        "evidence_id": uuid4(),
        "method": method,
        "authority": "somebody",
        "checked_at": NOW,
        "asserted": 4,
        "document_id": CARD,
        "document_type": "resident_id_card",
        "conditions": frozenset(Condition(each) for each in conditions),
    }
    return Proof(**{**values, **changes})


PHONE = proof("sms_code", document_id=None, document_type="", asserted=1)
LIBRARY = proof("population_two_factor")
PORTRAIT = ("liveness", "authority_photo")
WINDOW = ("chip", "enrolled_device", "attended")
PERMIT = {"document_type": "travel_permit_hm"}

CASES: dict[str, tuple[tuple[Proof, ...], int]] = {
    "nothing": ((), 0),
    "a phone": ((PHONE,), 1),
    "name and number": ((PHONE, LIBRARY), 2),
    "name and number of a border document": ((proof("immigration", **PERMIT),), 2),
    "the population library for a passport": (
        (proof("population_two_factor", document_type="passport"),),
        0,
    ),
    "an unknown method": ((proof("hearsay"),), 0),
    "a face alone": ((proof("face_comparison", *PORTRAIT),), 0),
    "a face beside name and number": ((LIBRARY, proof("face_comparison", *PORTRAIT)), 3),
    "a face beside name and number of another document": (
        (
            proof("population_two_factor", document_id=OTHER_CARD),
            proof("face_comparison", *PORTRAIT),
        ),
        2,
    ),
    "a portrait of nobody seen alive": ((proof("ctid", "authority_photo"),), 2),
    "a face of our own engine in a browser": ((LIBRARY, proof("face_local", *PORTRAIT)), 2),
    "a face of our own engine against a typed card": (
        (LIBRARY, proof("face_local", "liveness", "enrolled_device")),
        2,
    ),
    "a face of our own engine against the chip on an enrolled device": (
        (LIBRARY, proof("face_local", "liveness", "enrolled_device", "chip_photo")),
        3,
    ),
    "a face of our own engine against the authority's photograph on an enrolled device": (
        (LIBRARY, proof("face_local", *PORTRAIT, "enrolled_device")),
        3,
    ),
    "portrait and number at once": ((proof("ctid", *PORTRAIT),), 3),
    "a network identity without a document": (
        (proof("network_identity", document_id=None, document_type=""),),
        3,
    ),
    "a network identity linked to a document": ((proof("network_identity"),), 3),
    "a chip on an unknown device": ((proof("card_reader", "chip"),), 0),
    "a chip nobody watched": ((proof("card_reader", "chip", "enrolled_device"),), 2),
    "a chip at a window": ((proof("card_reader", *WINDOW),), 4),
    "a passport's chip at a window": (
        (proof("immigration", *WINDOW, document_type="passport"),),
        4,
    ),
    "more than the authority vouched for": ((proof("network_identity", asserted=2),), 2),
    "nothing the authority vouched for": ((proof("population_two_factor", asserted=0),), 0),
}


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(("proofs", "level"), CASES.values(), ids=CASES)
def test_level_follows_the_rules_when_this_is_proven(proofs: tuple[Proof, ...], level: int) -> None:
    assert judge(proofs, now=NOW).level == level


ENDS: dict[str, tuple[tuple[Proof, ...], datetime | None]] = {
    "a phone": ((PHONE,), None),
    "name and number, after five years of Shanghai's days": (
        (LIBRARY,),
        datetime(2031, 5, 31, 16, 0, tzinfo=UTC),
    ),
    "checked at one in the night of Shanghai": (
        (replace(LIBRARY, checked_at=datetime(2026, 5, 31, 17, 0, tzinfo=UTC)),),
        datetime(2031, 5, 31, 16, 0, tzinfo=UTC),
    ),
    "a document that ends sooner, at 24:00 of its last day": (
        (replace(LIBRARY, valid_until=date(2027, 3, 1)),),
        datetime(2027, 3, 1, 16, 0, tzinfo=UTC),
    ),
    "evidence with an end of its own": (
        (replace(LIBRARY, expires_at=NOW + timedelta(days=9)),),
        NOW + timedelta(days=9),
    ),
    "a face, with what it leans on": (
        (
            replace(LIBRARY, expires_at=NOW + timedelta(days=9)),
            proof("face_comparison", *PORTRAIT),
        ),
        NOW + timedelta(days=9),
    ),
    "the longer of two": (
        (replace(LIBRARY, expires_at=NOW + timedelta(days=9)), proof("ctid")),
        datetime(2031, 5, 31, 16, 0, tzinfo=UTC),
    ),
}


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(("proofs", "until"), ENDS.values(), ids=ENDS)
def test_level_says_until_when_when_it_rests_on(
    proofs: tuple[Proof, ...], until: datetime | None
) -> None:
    found = judge(proofs, now=NOW)
    assert found.until == until
    if until is not None:
        assert judge(proofs, now=until - timedelta(microseconds=1)).level == found.level
        assert judge(proofs, now=until).until != until


def test_level_names_both_when_one_proof_leans_on_another() -> None:
    face = proof("face_comparison", *PORTRAIT)
    assert judge((face, LIBRARY, PHONE), now=NOW).because == (face, LIBRARY)
    assert judge((), now=NOW) == NOTHING_PROVEN


def test_face_is_gone_when_what_it_leaned_on_is() -> None:
    face = proof("face_comparison", *PORTRAIT)
    weak = replace(LIBRARY, expires_at=NOW)
    assert judge((face, weak, PHONE), now=NOW).level == 1


def test_explanation_names_the_ways_on_offer_first_when_a_higher_level_exists() -> None:
    found = explain((PHONE, LIBRARY), methods={"face_comparison"}, now=NOW)
    assert (found.current.level, found.next_level) == (2, 3)
    assert found.ways[0].rule.id == "face-at-authority"
    assert found.ways[0].is_offered
    assert not any(way.is_offered for way in found.ways[1:])
    assert {way.rule.level for way in found.ways} == {3}


def test_explanation_names_no_way_when_nothing_is_higher() -> None:
    top = proof("card_reader", *WINDOW)
    found = explain((top,), methods=(), now=NOW)
    assert (found.current.level, found.next_level, found.ways) == (4, 0, ())


@pytest.mark.parametrize(
    ("methods", "level"),
    [
        ((), 0),
        (("none",), 0),
        (("sms_code",), 1),
        (("sms_code", "population_two_factor"), 2),
        (("sms_code", "face_comparison"), 1),
        (("sms_code", "population_two_factor", "face_comparison"), 3),
        (("network_identity",), 3),
    ],
    ids=str,
)
def test_reachable_level_follows_from_the_methods_when_connectors_are_chosen(
    methods: tuple[str, ...], level: int
) -> None:
    assert reachable(methods) == level


def test_reachable_level_is_no_higher_when_no_page_collects_what_a_rule_asks_for() -> None:
    methods = ("sms_code", "population_two_factor", "ctid", "immigration", "card_reader")
    assert reachable(methods, collected=frozenset()) == 2
    assert reachable(methods) == 3
    assert reachable(methods, collected=frozenset(Condition)) == 4
    ways = explain((PHONE, LIBRARY), methods=methods, now=NOW).ways
    offered = {way.rule.id for way in ways if way.is_offered}
    assert offered == {"ctid-portrait", "border-portrait"}


def test_table_is_sound_when_read_as_data() -> None:
    assert len({rule.id for rule in LEVEL_RULES}) == len(LEVEL_RULES)
    for rule in LEVEL_RULES:
        assert 1 <= rule.level <= 4, rule.id
        assert rule.beside < rule.level, rule.id
        assert rule.document_types <= set(DOCUMENT_TYPES), rule.id
        assert rule.max_age or rule.level == 1, rule.id
        assert rule.method in VOUCHING or rule.level == 1, rule.id


def test_every_connector_is_worth_something_when_registered() -> None:
    ruled = {rule.method for rule in LEVEL_RULES}
    methods = {kind.factory.method for kind in IDENTITY_VERIFICATION.values()}  # type: ignore[attr-defined]
    assert methods <= ruled


def test_higher_rules_are_judged_after_lower_when_one_proof_fits_several() -> None:
    window = proof("card_reader", *WINDOW)
    assert [each.level for each in judgements((window,), now=NOW)] == [2, 4]
