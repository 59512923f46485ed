"""The store killed, away for a while, and back: people are told, tokens are judged as before."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.faults.crowd import CALLBACK, Portal, newcomer, sign_in
from tests.product import WITHIN, Product, wait_until
from tests.visiting import Visitor, step_form

pytestmark = [pytest.mark.server, pytest.mark.requirement("R16")]

STORE = "valkey-server"
"""A third death within a minute would bring everything down, as it should."""


@pytest.fixture(scope="module")
def portal(shared_product: Product) -> Portal:
    return Portal.at(shared_product)


@contextmanager
def store_away(product: Product) -> Iterator[None]:
    """Kill the store, and hold back the supervisor that would start it again at once."""
    before = product.pids(STORE)
    product.process.send_signal(signal.SIGSTOP)
    try:
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not product.is_ready())
        yield
    finally:
        product.process.send_signal(signal.SIGCONT)
        wait_until(lambda: bool(product.pids(STORE) - before))
        wait_until(product.is_ready)


def test_answers_say_so_and_none_is_an_error_of_ours_when_the_store_is_away(
    portal: Portal,
) -> None:
    product = portal.product
    told = sign_in(portal, 80_000_001)
    visitor = newcomer(product, 80_000_002)
    asked, _ = portal.authorization()
    endpoint = portal.metadata["authorization_endpoint"]
    page = visitor.follow(visitor.open("GET", endpoint, params=asked))
    form = step_form(page)
    assert form is not None

    with store_away(product):
        begun = Visitor().open("GET", endpoint, params=asked)
        shown = visitor.open("GET", page.url)
        posted = visitor.submit(form)
        refreshed = portal.refresh(told.refresh_token)
        introspected = portal.post("introspection_endpoint", token=told.access_token)
        published = requests.get(portal.metadata["jwks_uri"], timeout=WITHIN)

    for answer in (begun, shown, posted):
        assert answer.status_code == 503
        assert "text/html" in answer.headers["Content-Type"]
        assert 'role="alert"' in answer.text
    for answer in (refreshed, introspected):
        assert answer.status_code in {200, 503}
        assert answer.headers["Content-Type"].startswith("application/json")
    assert published.status_code == 200

    ended = visitor.go_on(visitor.open("GET", page.url), until=CALLBACK)
    assert ended.is_redirect or 'role="alert"' in ended.text
    assert sign_in(portal, 80_000_003).sub


def test_tokens_codes_and_sessions_are_judged_by_the_database_when_the_store_forgot(
    portal: Portal,
) -> None:
    kept, revoked = sign_in(portal, 80_000_004), sign_in(portal, 80_000_005)
    assert portal.post("revocation_endpoint", token=revoked.access_token).status_code == 200
    visitor = newcomer(portal.product, 80_000_006)
    code, verifier = portal.code(visitor)
    tokens = portal.redeem(code, verifier).json()

    with store_away(portal.product):
        pass

    assert portal.is_active(kept.refresh_token)
    assert portal.refresh(kept.refresh_token).status_code == 200
    assert not portal.is_active(revoked.access_token)
    again = portal.redeem(code, verifier)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert not portal.is_active(tokens["access_token"])
    assert portal.refresh(tokens["refresh_token"]).status_code == 400

    code, verifier = portal.code(visitor, prompt="none")
    assert portal.redeem(code, verifier).status_code == 200
