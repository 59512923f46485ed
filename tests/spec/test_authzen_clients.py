"""OpenID AuthZEN Authorization API 1.0: which clients may ask."""

import pytest

from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider

pytestmark = pytest.mark.requirement("R2")


def test_client_is_refused_once_it_is_suspended(provider: Provider, house: HouseUnderTest) -> None:
    party = provider.party(
        grant_types=["client_credentials"],
        response_types=[],
        redirect_uris=None,
        scope="access:evaluate",
    )
    token = party.token(grant_type="client_credentials").json()["access_token"]
    house.suspend(party.client_id)
    question = {
        "subject": {"type": "user", "id": "x"},
        "action": {"name": "read"},
        "resource": {"type": "a", "id": "b"},
    }
    answer = provider.wire.post_json(
        "/access/v1/evaluation", question, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status == 401
