"""The decision API sees what people's identities rest on, where a policy looks at it."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from idp.foundation.clock import SystemClock
from idp.journey.access.versions import declare
from tests.spec.authzen_fixture import POLICIES, Pep, system
from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider
from tests.spec.wire import Browser

pytestmark = pytest.mark.requirement("R2")
BY_EVIDENCE = """
@id("residents-lately-proven")
permit (principal, action == Action::"use", resource)
when {
    context.operation == Operation::"vote" &&
    context.subject has population && context.subject.population == "resident" &&
    context.subject has methods && !context.subject.methods.isEmpty() &&
    context.subject has evidence_age_days && context.subject.evidence_age_days < 365 &&
    !(context.subject has is_minor)
};
"""


@pytest.fixture
def elections(
    house: HouseUnderTest, provider: Provider, once_signed_in: dict[str, Browser]
) -> Iterator[Pep]:
    """The client's policies look at the evidence."""
    pep = system(house, provider, once_signed_in)
    policies = house.house.rooms.hall.policies
    declare(pep.party.client_id, f"{POLICIES}{BY_EVIDENCE}", clock=SystemClock())
    policies.reload()
    yield pep
    declare(pep.party.client_id, POLICIES, clock=SystemClock())
    policies.reload()


def test_facts_of_the_evidence_are_those_of_a_sign_in_where_a_policy_looks(elections: Pep) -> None:
    question = elections.question("vote")
    with CaptureQueriesContext(connection) as statements:
        answers = elections.ask("evaluations", {"evaluations": [question] * 20}).json()
    assert answers["evaluations"] == [{"decision": True}] * 20
    assert len(statements) <= 8, "a person's evidence is read once in a request"
    found = elections.ask("search/subject", question).json()["results"]
    assert {each["id"] for each in found} == {elections.alice, elections.bob}
