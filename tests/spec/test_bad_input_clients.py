"""Whoever tries to be a client and fails is seen in the audit, however often they try."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from idp.clients.authentication.failures import network_of
from idp.foundation.audit.models import AuditRow
from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider, RelyingParty, basic
from tests.spec.wire import Answer

pytestmark = pytest.mark.requirement("R7")
SECRET_LOOKING = "hunter2-not-a-client"
Told = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def told(house: HouseUnderTest) -> Iterator[Told]:
    """What the audit is told of the failures since the test began."""
    ground = house.house.rooms.ground
    ground.failures.flush(ground.clock.now())
    last = AuditRow.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def read() -> list[dict[str, Any]]:
        ground.failures.flush(ground.clock.now())
        rows = AuditRow.objects.filter(id__gt=last, type="client.authentication").order_by("id")
        return [
            {"client_id": row.client_id, "outcome": row.outcome, **orjson.loads(row.detail)}
            for row in rows
        ]

    yield read
    ground.failures.flush(ground.clock.now())


def tried(provider: Provider, client_id: str, secret: str, endpoint: str = "token") -> Answer:
    return provider.wire.post(
        provider.metadata[f"{endpoint}_endpoint"],
        {"grant_type": "client_credentials", "token": "x"},
        headers={"Authorization": basic(client_id, secret)},
    )


def test_failures_become_one_event_when_somebody_guesses_a_secret(
    provider: Provider, service: RelyingParty, told: Told
) -> None:
    for number in range(20):
        assert tried(provider, service.client_id, f"guess-{number}").status == 401
    (event,) = told()
    assert event["client_id"] == service.client_id
    assert (event["count"], event["outcome"]) == (20, "refused")
    assert event["address"] == "203.0.113.0/24"
    assert "guess" not in str(event)


def test_failures_are_told_from_every_endpoint_that_knows_clients(
    provider: Provider, service: RelyingParty, told: Told
) -> None:
    for endpoint in ("token", "introspection", "revocation", "device_authorization"):
        assert tried(provider, service.client_id, "wrong", endpoint).status == 401
    assert sum(event["count"] for event in told()) == 4


def test_what_was_sent_is_not_told_when_the_client_is_unknown(
    provider: Provider, told: Told
) -> None:
    for number in range(30):
        assert tried(provider, f"{SECRET_LOOKING}-{number}", SECRET_LOOKING).status == 401
    (event,) = told()
    assert (event["client_id"], event["count"]) == ("", 30)
    assert SECRET_LOOKING not in str(event)


def test_success_tells_nothing(service: RelyingParty, told: Told) -> None:
    assert service.token(grant_type="client_credentials").status == 200
    assert told() == []


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", "unknown"),
    ],
)
def test_network_is_told_instead_of_the_address(address: str, network: str) -> None:
    assert network_of(address) == network
