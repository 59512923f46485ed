"""Two hundred at once over HTTP: one is answered, and what it was given is taken back."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.faults.crowd import Portal, Told, newcomer, sign_in
from tests.product import Product

pytestmark = [
    pytest.mark.server,
    pytest.mark.storage,
    pytest.mark.requirement("R16"),
]

AT_ONCE = 200


@pytest.fixture(scope="module")
def portal(crowded_product: Product) -> Portal:
    return Portal.at(crowded_product)


@pytest.mark.spec("RFC 6749 §4.1.2", "MUST NOT use the authorization code more than once")
def test_code_gives_one_answer_and_its_tokens_die_when_two_hundred_redeem_it(
    portal: Portal,
) -> None:
    code, verifier = portal.code(newcomer(portal.product, 90_000_001))

    answers = all_at_once(lambda: portal.redeem(code, verifier))

    tokens = only_answer(answers)
    assert not portal.is_active(tokens["access_token"])
    assert portal.refresh(tokens["refresh_token"]).status_code == 400
    assert userinfo(portal, tokens["access_token"]) == 401


@pytest.mark.spec("RFC 9700 §4.14.2", "refresh token rotation")
def test_refresh_token_gives_one_answer_and_its_family_dies_when_two_hundred_use_it(
    portal: Portal,
) -> None:
    told: Told = sign_in(portal, 90_000_002)

    answers = all_at_once(lambda: portal.refresh(told.refresh_token))

    tokens = only_answer(answers)
    for token in (told.access_token, tokens["access_token"]):
        assert not portal.is_active(token)
        assert userinfo(portal, token) == 401
    assert portal.refresh(tokens["refresh_token"]).status_code == 400


def all_at_once(ask: Callable[[], requests.Response]) -> list[requests.Response]:
    gate = threading.Barrier(AT_ONCE)

    def one(_: int) -> requests.Response:
        gate.wait()
        return ask()

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        return list(crowd.map(one, range(AT_ONCE)))


def only_answer(answers: list[requests.Response]) -> dict[str, str]:
    """The one success; everybody else was told why not."""
    good = [answer for answer in answers if answer.status_code == 200]
    bad = [answer for answer in answers if answer.status_code != 200]
    assert {(answer.status_code, answer.json()["error"]) for answer in bad} == {
        (400, "invalid_grant")
    }
    assert len(good) == 1
    tokens: dict[str, str] = good[0].json()
    return tokens


def userinfo(portal: Portal, access_token: str) -> int:
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(
        portal.metadata["userinfo_endpoint"], headers=headers, timeout=60
    ).status_code
