"""`kill -9` of the server while people sign in: what anybody was told is in the database."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.crowd import Crowd, Portal, Told
from tests.product import Product, wait_until

pytestmark = [
    pytest.mark.server,
    pytest.mark.storage,
    pytest.mark.requirement("R16"),
]

SERVER = "deploy.runtime.server"


@pytest.mark.parametrize(
    ("logins", "kills"),
    [
        pytest.param(100, 1, id="a-hundred-logins"),
        pytest.param(1000, 2, id="a-thousand-logins", marks=pytest.mark.long),
    ],
)
def test_nothing_that_was_answered_is_lost_when_the_server_is_killed(
    fresh_portal: Portal, logins: int, kills: int
) -> None:
    product = fresh_portal.product
    crowd = Crowd(portal=fresh_portal, first=logins * 10, count=logins)

    def kill_now_and_then(crowd: Crowd) -> None:
        for kill in range(kills):
            crowd.wait_for(logins * (kill + 1) // (kills + 1))
            product.kill(SERVER)
            wait_until(product.is_ready)

    crowd.run(kill_now_and_then)

    assert set(crowd.statuses) <= {503}
    assert len(crowd.told) >= logins - kills * 20
    assert crowd.cut_short, "nobody was in the middle of anything"
    require_grants(fresh_portal, crowd.told)
    require_records(product, crowd.told)
    require_intact_chain(product)


@pytest.fixture
def fresh_portal(crowded_product: Product) -> Iterator[Portal]:
    return Portal.at(crowded_product)


def require_grants(portal: Portal, told: list[Told]) -> None:
    """Every refresh token that anybody was given is known, and every one works."""
    refused = [each.phone for each in told if not portal.is_active(each.refresh_token)]
    assert refused == []
    for each in told[:: max(1, len(told) // 50)]:
        assert portal.refresh(each.refresh_token).status_code == 200


def require_records(product: Product, told: list[Told]) -> None:
    """The account, the grant and the audit events of each login stand in the database."""
    grants = {
        str(sub): plain(person)
        for sub, person in product.rows(
            "SELECT sub, person_id FROM tokens_grant WHERE revoked_at IS NULL"
        )
    }
    people = {plain(row[0]) for row in product.rows("SELECT id FROM subjects_person")}
    events = Counter(
        (str(kind), plain(subject))
        for kind, subject in product.rows("SELECT type, subject FROM foundation_auditrow")
    )
    assert {each.sub for each in told} <= set(grants)
    for each in told:
        person = grants[each.sub]
        assert person in people
        for kind in ("person.registered", "login.succeeded", "consent.given", "token.issued"):
            assert events[kind, person] >= 1, (kind, each.phone)


def plain(identifier: object) -> str:
    return str(identifier).replace("-", "")


def require_intact_chain(product: Product) -> None:
    wait_until(lambda: not product.rows("SELECT id FROM foundation_auditrow WHERE seq IS NULL"))
    proven = product.manage("audit", "verify")
    assert proven.returncode == 0, proven.stdout + proven.stderr
    assert "intact" in proven.stdout
