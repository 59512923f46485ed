"""The order in which connectors are asked: a table of what is wanted, and who is passed over."""

from typing import Any

import pytest

from connectors.contract import Offer
from connectors.ctid.adapter import Ctid
from connectors.evidence import Particular
from connectors.health import Health
from connectors.immigration.adapter import Immigration
from connectors.mobile_operator.adapter import MobileOperator
from connectors.outcomes import Outcome
from connectors.plan import Candidate, PassedOver, Terms, Wanted, particulars_asked, plan_for
from connectors.population_library.adapter import PopulationLibrary
from connectors.registry import IDENTITY_VERIFICATION

CARD, PERMIT = "resident_id_card", "travel_permit_hm"
PHONE, FACE, BORN = Particular.PHONE, Particular.LIVE_PORTRAIT, Particular.BIRTH_DATE
KINDS = {
    "library": (PopulationLibrary, "population_library"),
    "operator": (MobileOperator, "mobile_operator"),
    "ctid": (Ctid, "ctid"),
    "immigration": (Immigration, "immigration"),
}
AILING = Health(tries=10, failures=8)


def candidate(name: str, *, health: Health | None = None, used: int = 0, **terms: Any) -> Candidate:
    adapter, kind = KINDS[name]
    built = adapter(IDENTITY_VERIFICATION[kind].for_sandbox("http://127.0.0.1:1"), None)
    return Candidate(
        terms=Terms(name=name, **terms),
        adapter=built,
        health=health or Health(),
        used_today=used,
    )


def wanted(document_type: str, *has: Particular, level: int = 2) -> Wanted:
    return Wanted(level=level, document_type=document_type, has=frozenset(has))


ORDERS: dict[str, tuple[Wanted, list[Candidate], list[str]]] = {
    "the deployment's order first": (
        wanted(CARD),
        [candidate("ctid", order=1, cost=90), candidate("library", order=2, cost=1)],
        ["ctid", "library"],
    ),
    "then the cheaper": (
        wanted(CARD),
        [candidate("ctid", cost=90), candidate("library", cost=1)],
        ["library", "ctid"],
    ),
    "then the one that takes less": (
        wanted(CARD, PHONE),
        [candidate("operator"), candidate("ctid")],
        ["ctid", "operator"],
    ),
    "then the faster": (
        wanted(CARD),
        [
            candidate("ctid", health=Health(tries=1, seconds=3.0)),
            candidate("library", health=Health(tries=1, seconds=0.2)),
        ],
        ["library", "ctid"],
    ),
    "the ailing last": (
        wanted(CARD),
        [candidate("library", order=1, health=AILING), candidate("ctid", order=2)],
        ["ctid", "library"],
    ),
    "a few failures are not yet an illness": (
        wanted(CARD),
        [candidate("library", order=1, health=Health(tries=4, failures=4)), candidate("ctid")],
        ["library", "ctid"],
    ),
    "a face where level 3 is needed": (
        wanted(CARD, PHONE, FACE, level=3),
        [candidate("library"), candidate("operator"), candidate("ctid")],
        ["ctid"],
    ),
    "the one that knows the document": (
        wanted(PERMIT, BORN),
        [candidate("library"), candidate("ctid"), candidate("immigration")],
        ["immigration"],
    ),
}


@pytest.mark.parametrize(("asked", "candidates", "order"), ORDERS.values(), ids=ORDERS)
def test_order_is_that_of_the_table_when_there_are_several(
    asked: Wanted, candidates: list[Candidate], order: list[str]
) -> None:
    for listed in (candidates, candidates[::-1]):
        assert [option.name for option in plan_for(asked, listed).options] == order


PASSED_OVER: dict[str, tuple[Candidate, Wanted, PassedOver]] = {
    "switched off": (candidate("library", is_on=False), wanted(CARD), PassedOver.OFF),
    "another document": (candidate("library"), wanted(PERMIT), PassedOver.DOCUMENT),
    "no such level": (candidate("library"), wanted(CARD, level=3), PassedOver.LEVEL),
    "no phone": (candidate("operator"), wanted(CARD), PassedOver.PARTICULARS),
    "no face": (candidate("ctid"), wanted(CARD, level=3), PassedOver.PARTICULARS),
    "spent": (candidate("library", per_day=7, used=7), wanted(CARD), PassedOver.USED_UP),
    "resting": (
        candidate("library", health=Health(rests_for=3.0)),
        wanted(CARD),
        PassedOver.RESTING,
    ),
}


@pytest.mark.parametrize(("one", "asked", "reason"), PASSED_OVER.values(), ids=PASSED_OVER)
def test_connector_is_passed_over_with_a_reason_when_it_cannot_be_asked(
    one: Candidate, asked: Wanted, reason: PassedOver
) -> None:
    plan = plan_for(asked, [one])
    assert (plan.options, plan.passed_over) == ((), {one.terms.name: reason})


def test_offer_takes_least_when_more_was_given() -> None:
    (option,) = plan_for(wanted(CARD, PHONE, FACE), [candidate("ctid")]).options
    assert option.offer == Offer(document_types=frozenset({CARD}), level=2)


@pytest.mark.parametrize(
    ("asked", "needs"),
    [
        (wanted(CARD), frozenset()),
        (wanted(PERMIT), frozenset({BORN})),
        (wanted(PERMIT, BORN), frozenset()),
        (wanted("residence_permit_hmt"), frozenset()),
        (wanted(PERMIT, level=3), None),
        (wanted("a library card"), None),
    ],
)
def test_page_asks_only_what_the_best_connector_needs(
    asked: Wanted, needs: frozenset[Particular] | None
) -> None:
    candidates = [
        candidate("operator", order=1),
        candidate("library", order=2, health=Health(rests_for=9.0), per_day=1, used=1),
        candidate("immigration", order=3),
        candidate("ctid", order=0, is_on=False),
    ]
    assert particulars_asked(asked, candidates, may_ask=frozenset({BORN})) == needs


def test_health_says_nothing_bad_when_nothing_is_known() -> None:
    assert (Health().success_rate, Health().is_ailing) == (1.0, False)
    assert AILING.is_ailing
    assert Outcome.MATCH.raises_level
