"""Debian's Chromium, and people who use it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.citizen import Citizen, arrive
from tests.browser.gallery import ARGUMENTS, CHROMIUM
from tests.product import Product

Arrive = Callable[..., Citizen]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def someone(chromium: Browser, shared_product: Product) -> Iterator[Arrive]:
    """Opens browsers; in the end nobody's page may have broken a rule or said a word."""
    arrived: list[Citizen] = []

    def come(**options: Any) -> Citizen:
        arrived.append(arrive(chromium, shared_product.issuer, **options))
        return arrived[-1]

    yield come
    for citizen in arrived:
        citizen.context.close()
    assert [citizen.wrong for citizen in arrived if citizen.wrong] == []
    assert [citizen.said for citizen in arrived if citizen.said] == []
