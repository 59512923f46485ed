"""The section `connectors`: the city's word on connectors while they run."""

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from connectors.plan import Terms
from deploy.apply.document import BadFileError
from deploy.apply.plan import carry_out, compare, declare
from deploy.apply.section import Section
from deploy.apply.sections.connectors import ConnectorsSection
from idp.channels.connector_terms import ConnectorTerms
from idp.channels.models import ConnectorTermsRow
from idp.foundation.audit.models import AuditRow
from idp.foundation.clock import SystemClock
from idp.foundation.version import current

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R1")]

LIBRARY = Terms(name="population_library", order=1, cost=8)
KNOWN = {
    "verification": frozenset({"population_library", "ctid"}),
    "delivery": frozenset({"sms", "ctid"}),
}
Apply = Callable[[str], list[str]]


@pytest.fixture
def apply(tmp_path: Path) -> Apply:
    """Apply one entry; the plan's lines."""
    sections: dict[str, Section] = {
        "connectors": ConnectorsSection(known=KNOWN, clock=SystemClock())
    }

    def run(entry: str) -> list[str]:
        file = tmp_path / "city.yaml"
        file.write_text(f"connectors:\n  - {{{entry}}}\n", encoding="utf-8")
        changes = compare(declare([file], sections), sections)
        carry_out(changes, sections)
        return [str(change) for change in changes]

    return run


@pytest.fixture
def terms() -> ConnectorTerms:
    return ConnectorTerms()


def test_files_word_holds_until_the_city_says_otherwise(
    apply: Apply, terms: ConnectorTerms
) -> None:
    terms.reload()
    assert terms.verifying(LIBRARY) is LIBRARY

    before = current()
    (change,) = apply("name: population_library, order: 7, per_day: 500")
    assert change == (
        "~ connectors verification/population_library\n    order: None → 7\n    per_day: None → 500"
    )
    assert current() == before + 1
    terms.reload()
    assert terms.verifying(LIBRARY) == Terms(
        name="population_library", order=7, cost=8, per_day=500
    )
    detail = orjson.loads(AuditRow.objects.get(type="connectors.terms_declared").detail)
    assert detail["connector"] == "verification/population_library"
    assert orjson.loads(detail["said"]) == {"order": 7, "per_day": 500}


def test_nothing_changes_when_the_same_is_said_again(apply: Apply) -> None:
    assert apply("name: ctid") == []
    assert len(apply("name: ctid, switch: false")) == 1
    assert apply("name: ctid, switch: false") == []


def test_switch_takes_out_the_connector_of_its_section_alone(
    apply: Apply, terms: ConnectorTerms
) -> None:
    apply("name: ctid, section: delivery, switch: false, cost: 0")
    terms.reload()
    gateway = Terms(name="ctid", cost=3)
    assert terms.delivering(gateway) == Terms(name="ctid", is_on=False, cost=0)
    assert terms.verifying(gateway) is gateway


def test_files_word_holds_again_when_the_city_takes_back_its_own(
    apply: Apply, terms: ConnectorTerms
) -> None:
    apply("name: ctid, switch: false")
    (change,) = apply("name: ctid")
    assert "switch: False → None" in change
    assert not ConnectorTermsRow.objects.exists()
    terms.reload()
    assert terms.verifying(Terms(name="ctid")).is_on


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("name: librarry, order: 1", ".name: is no connector of this deployment"),
        ("name: sms, order: 1", "its verification: ctid, population_library"),
        ("name: ctid, section: verifying", ".section: must be one of delivery, verification"),
        ("name: ctid, cost: -1", ".cost: must not be below 0"),
        ("name: ctid, per_day: -1", ".per_day: must not be below 0"),
        ("name: ctid, app_secret: s", ".app_secret: is unknown"),
        ("order: 1", ".name: is missing"),
    ],
)
def test_mistake_is_told_by_field_and_nothing_changes(apply: Apply, entry: str, said: str) -> None:
    with pytest.raises(BadFileError) as refused:
        apply(entry)
    assert said in "\n".join(refused.value.problems)
    assert not ConnectorTermsRow.objects.exists()
