"""The declared rules of who is who, one row each; and what no rule ties."""

from dataclasses import replace
from datetime import date

import pytest

from idp.subjects.level_rules import Condition
from idp.subjects.ties import EXPLAINED, Papers, Tie, contradictions, tie_between, tie_of

pytestmark = pytest.mark.requirement("R5")
SEEN = frozenset({Condition.LIVENESS, Condition.AUTHORITY_PHOTO})
WINDOW = frozenset({Condition.CHIP, Condition.ENROLLED_DEVICE, Condition.ATTENDED})
TRAVEL = Papers(
    document_type="travel_permit_hm",
    number="H99900001",
    name="梁嘉欣",
    birthdate="1994-08-23",
    gender="female",
    method="immigration",
    level=2,
)
RESIDENCE = replace(
    TRAVEL, document_type="residence_permit_hmt", number="810000199408230021", method="ctid"
)
PASSPORT = replace(
    TRAVEL, document_type="passport", number="USA:123456789", issuer="USA", name="LEUNG KA YAN"
)
NETWORK = Papers(method="network_identity", level=3)


@pytest.mark.parametrize(
    ("held", "new", "expected"),
    [
        pytest.param(TRAVEL, RESIDENCE, Tie.PARTICULARS, id="two permits of one person"),
        pytest.param(
            TRAVEL, replace(RESIDENCE, gender=""), Tie.PARTICULARS, id="sex known of one alone"
        ),
        pytest.param(TRAVEL, replace(RESIDENCE, birthdate=""), None, id="no birth date"),
        pytest.param(TRAVEL, replace(RESIDENCE, birthdate="1994-08-24"), None, id="another day"),
        pytest.param(TRAVEL, replace(RESIDENCE, gender="male"), None, id="another sex"),
        pytest.param(TRAVEL, replace(RESIDENCE, name="梁嘉怡"), None, id="another name"),
        pytest.param(TRAVEL, replace(RESIDENCE, name=""), None, id="no name"),
        pytest.param(
            replace(TRAVEL, name="張雅婷"),
            replace(RESIDENCE, name="张雅婷"),
            None,
            id="folded names go to a person",
        ),
        pytest.param(
            TRAVEL,
            replace(RESIDENCE, document_type="resident_id_card"),
            None,
            id="documents nobody holds beside one another",
        ),
        pytest.param(
            PASSPORT, replace(PASSPORT, number="USA:123456780"), Tie.RENEWAL, id="renewed passport"
        ),
        pytest.param(
            PASSPORT,
            replace(PASSPORT, number="GBR:123456780", issuer="GBR"),
            Tie.PARTICULARS,
            id="passports of two countries",
        ),
        pytest.param(
            TRAVEL,
            replace(RESIDENCE, name="張雅婷", birthdate="", names=frozenset({TRAVEL.key})),
            Tie.NAMED_DOCUMENT,
            id="the chip names the permit",
        ),
        pytest.param(
            replace(TRAVEL, conditions=SEEN),
            replace(RESIDENCE, conditions=SEEN, name="梁嘉欣"),
            Tie.LIVE_FACE,
            id="a face against both",
        ),
        pytest.param(
            replace(TRAVEL, conditions=SEEN), RESIDENCE, Tie.PARTICULARS, id="a face against one"
        ),
        pytest.param(
            replace(TRAVEL, name="張雅婷"),
            replace(RESIDENCE, name="张雅婷", conditions=WINDOW),
            Tie.WINDOW,
            id="folded names before an operator",
        ),
        pytest.param(NETWORK, replace(RESIDENCE, conditions=WINDOW), Tie.WINDOW, id="网号, window"),
        pytest.param(
            NETWORK,
            replace(RESIDENCE, method="network_identity"),
            Tie.NETWORK_IDENTITY,
            id="网号 that names the document",
        ),
        pytest.param(NETWORK, RESIDENCE, None, id="网号 and a number typed"),
        pytest.param(
            replace(TRAVEL, record="upstream:17"),
            replace(PASSPORT, name="", birthdate="", record="upstream:17"),
            Tie.SAME_RECORD,
            id="one record of a partner",
        ),
    ],
)
def test_second_document_is_tied_when_a_rule_says_so(
    held: Papers, new: Papers, expected: Tie | None
) -> None:
    assert tie_of([held], [new]) is expected
    assert expected is None or EXPLAINED[expected]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(TRAVEL, RESIDENCE, None, id="what many know ties no accounts"),
        pytest.param(TRAVEL, TRAVEL, None, id="the same number, typed"),
        pytest.param(
            TRAVEL, replace(TRAVEL, level=3), Tie.SAME_DOCUMENT, id="the same number, seen alive"
        ),
        pytest.param(
            replace(TRAVEL, level=4), replace(TRAVEL, level=3), None, id="lower than its holder"
        ),
        pytest.param(NETWORK, replace(NETWORK, level=4), None, id="no document at all"),
        pytest.param(
            replace(TRAVEL, conditions=SEEN),
            replace(RESIDENCE, conditions=SEEN),
            Tie.LIVE_FACE,
            id="a face against both",
        ),
    ],
)
def test_two_accounts_are_tied_when_a_stricter_rule_says_so(
    one: Papers, other: Papers, expected: Tie | None
) -> None:
    assert tie_between([one], [other]) is expected


def test_nothing_contradicts_when_one_person_holds_many_documents() -> None:
    held = [TRAVEL, RESIDENCE, PASSPORT, replace(PASSPORT, number="USA:2"), NETWORK]
    assert contradictions(held, held) == ()
    assert contradictions([TRAVEL], [replace(TRAVEL, number="H99900002")]) == (
        "two numbers of one travel_permit_hm",
    )
    assert TRAVEL.born_on == date(1994, 8, 23)
    assert NETWORK.born_on is None
