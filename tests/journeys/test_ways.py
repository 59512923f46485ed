"""Which way is best for whom: decided from values alone, and told in plain words."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest

from idp.journey.steps import Reply, Turn
from idp.journey.verification.pages import SetbackPage
from idp.journey.verification.setbacks import setback_of
from idp.journey.verification.ways import Fit, Scene, Situation, Way, as_other, best_first, fits_of
from policies.levels import Level
from tests.city import City
from tests.walker import Walker

pytestmark = pytest.mark.requirement("R1")
NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Plain:
    """A way that only says how it fits."""

    name: str
    suits: Fit | None
    label: str = "A way"
    detail: str = "What it takes"

    def fit(self, situation: Situation) -> Fit | None:
        del situation
        return self.suits

    def begin(self, turn: Turn, scene: Scene) -> Reply:
        raise NotImplementedError

    def show(self, turn: Turn, scene: Scene) -> Reply:
        raise NotImplementedError

    def submit(self, turn: Turn, scene: Scene) -> Reply:
        raise NotImplementedError


def standing(*, held: int = 1, needed: int = 2) -> Situation:
    return Situation(person_id=UUID(int=1), held=held, needed=needed, now=NOW)


def order(situation: Situation, **suits: Fit | None) -> list[str]:
    ways: list[Way] = [Plain(name, fit) for name, fit in suits.items()]
    return [each.way.name for each in best_first(fits_of(ways, situation), situation)]


TYPED = Fit(reaches=2, typed=2)
FACE = Fit(reaches=3, beside=2)
VISIT = Fit(reaches=3, takes_preparation=True)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        pytest.param(TYPED, Fit(reaches=2, typed=2, is_well=False), id="who is well"),
        pytest.param(Fit(reaches=2, order=1, cost=90), Fit(reaches=2), id="whom the city names"),
        pytest.param(Fit(reaches=2, cost=8), Fit(reaches=2, cost=20), id="who is cheap"),
        pytest.param(TYPED, Fit(reaches=2, typed=3), id="what is quick"),
        pytest.param(TYPED, VISIT, id="what everybody can go"),
        pytest.param(Fit(reaches=3, is_familiar=True, takes_preparation=True), TYPED, id="known"),
        pytest.param(Fit(reaches=3, belongs_here=True), TYPED, id="made for this place"),
    ],
)
def test_better_way_is_first_when_both_lead_there(better: Fit, worse: Fit) -> None:
    assert order(standing(), worse=worse, better=better) == ["better", "worse"]


def test_first_half_is_best_when_another_way_goes_on_from_there() -> None:
    """Name and number, then a face: everybody can, and it is what a level 3 takes."""
    ways = {"visit": VISIT, "typed": TYPED, "face": FACE}
    assert order(standing(needed=3), **ways) == ["typed", "visit"]
    assert order(standing(held=2, needed=3), **ways) == ["face", "visit"]


def test_whole_way_is_best_when_nothing_goes_on_from_the_half() -> None:
    assert order(standing(needed=3), typed=TYPED, visit=VISIT) == ["visit", "typed"]


def test_way_is_left_out_when_it_leads_no_further() -> None:
    assert order(standing(held=2, needed=3), typed=TYPED, nothing=None, face=FACE) == ["face"]


def test_other_way_says_so_when_its_authority_rests() -> None:
    ways: list[Way] = [Plain("down", Fit(reaches=2, is_well=False)), Plain("up", TYPED)]
    fitting = best_first(fits_of(ways, standing()), standing())
    up, down = (as_other(each, trouble="It rests") for each in fitting)
    assert (up.value, up.detail) == ("up", "What it takes")
    assert (down.value, down.detail) == ("down", "It rests")


def test_match_is_no_setback_when_it_is_told() -> None:
    assert setback_of("MATCH") is None
    page = SetbackPage(setback=setback_of("CANCELLED"), other_ways=())  # type: ignore[arg-type]  # it is one
    assert page.can_retry
    assert page.next_way is None


@pytest.mark.storage
def test_page_leads_to_a_window_when_no_way_is_left(city: City, walker: Walker, phone: str) -> None:
    city.clients.add(minimum_level=Level(ial=2, aal=1))
    object.__setattr__(city.hall.steps[1], "ways", ())
    walker.enter(ui_locales=("en",)).sign_in_by_code(phone)
    assert "Please come to a service window" in walker.words
    walker.form.buttons.append(("action", "verify"))
    walker.press("action", "verify")
    assert "Please come to a service window" in walker.words
    walker.press("action", "return")
    assert walker.answer == "access_denied"
