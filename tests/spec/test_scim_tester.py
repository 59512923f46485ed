"""scim2-tester, the suite of python-scim, against the whole application: every check green."""

import random

import pytest
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_tester import Status, check_server

from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider
from tests.spec.scim_fixture import ROOT, staff_system

pytestmark = pytest.mark.requirement("R2")


def test_scim2_tester_finds_nothing_when_it_checks_all_it_knows(
    house: HouseUnderTest, provider: Provider
) -> None:
    random.seed(20_261_126)
    system = staff_system(house, provider, "system", "security", "audit", "supervisor")
    client = WSGISCIMClient(
        house.wire.application,
        base_url=f"{house.wire.origin}{ROOT}",
        headers={"Authorization": f"Bearer {system.token}"},
    )
    results = check_server(client)
    wrong = [
        f"{each.title}: {each.reason}" for each in results if each.status is not Status.SUCCESS
    ]
    assert not wrong, "\n".join(wrong)
    assert len(results) >= 60
