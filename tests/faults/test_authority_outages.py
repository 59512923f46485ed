"""The authority slow, broken or silent: people wait or are told, and it costs them nothing."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.faults.crowd import CALLBACK, Portal
from tests.product import Product, wait_until
from tests.spec.pages import Form
from tests.visiting import Visitor, knowing, step_form

pytestmark = [pytest.mark.server, pytest.mark.requirement("R1"), pytest.mark.requirement("R16")]

LEVEL_2 = "urn:tongxing:acr:ial2:aal1"
# Whoever could answer for a resident by name and number: the one falls back on the other.
RESIDENTS = ("population_library", "ctid")
OUTAGES = ("500", "503", "reset", "garbage")


@pytest.fixture
def portal(shared_product: Product) -> Iterator[Portal]:
    yield Portal.at(shared_product)
    shared_product.mend()


@pytest.fixture
def ailing(portal: Portal) -> Iterator[Portal]:
    """Where authorities will have failed often: what a server remembers of it ends with it."""
    yield portal
    portal.product.kill("deploy.runtime.server")
    wait_until(portal.product.is_ready)


def test_no_attempt_is_lost_and_no_level_raised_when_the_authority_fails(ailing: Portal) -> None:
    portal, product = ailing, ailing.product
    visitor = Visitor(knows=knowing(product, product.person("rare_character")))
    answer = to_verification(portal, visitor)

    for outage in OUTAGES:
        for authority in RESIDENTS:
            product.spoil(authority, outage, times=2)  # a lost connection is tried again
        answer = settled(visitor, submitted(visitor, answer))
        product.mend()
        form = require_form(answer)
        assert ("action", "retry") in form.buttons, (outage, answer.text)
        assert 'role="alert"' in answer.text
        assert "error" in asked_silently(portal, visitor)
        answer = visitor.follow(visitor.submit(form))
        assert require_form(answer).fields["document_number"] == [visitor.knows["document_number"]]

    wrong = {"document_number": str(product.person("adult")["documents"][0]["number"])}
    answer = settled(visitor, visitor.submit(require_form(answer), **wrong))
    assert 'You can try <b class="figure">4</b> more times.' in answer.text
    answer = visitor.go_on(visitor.submit(require_form(answer)), until=CALLBACK)
    assert "code" in given(answer)


def test_page_waits_and_goes_on_by_itself_when_the_authority_is_slow(portal: Portal) -> None:
    product = portal.product
    visitor = Visitor(knows=knowing(product, product.person("minority_name")))
    answer = to_verification(portal, visitor)

    product.spoil("population_library", "slow", seconds=4)
    answer = submitted(visitor, answer)

    assert is_waiting(answer)
    assert 'http-equiv="refresh"' in answer.text
    answer = visitor.go_on(settled(visitor, answer), until=CALLBACK)
    assert "code" in given(answer)


def test_page_says_so_when_the_authority_never_answers(portal: Portal) -> None:
    product = portal.product
    visitor = Visitor(knows=knowing(product, product.person("agent")))
    answer = to_verification(portal, visitor)

    product.spoil("population_library", "slow", seconds=60)
    product.spoil("ctid", "500")
    answer = settled(visitor, submitted(visitor, answer))

    assert ("action", "retry") in require_form(answer).buttons
    product.mend()
    answer = visitor.follow(visitor.submit(require_form(answer)))
    answer = visitor.go_on(answer, until=CALLBACK)
    assert "code" in given(answer)


def to_verification(portal: Portal, visitor: Visitor) -> requests.Response:
    """Sign in for a service that needs a verified name; the page that asks for it."""
    asked, _ = portal.authorization(acr_values=LEVEL_2)
    endpoint = portal.metadata["authorization_endpoint"]
    answer = visitor.follow(visitor.open("GET", endpoint, params=asked))
    answer = visitor.follow(visitor.submit(require_form(answer)))
    assert require_form(answer).step == "verification"
    return answer


def submitted(visitor: Visitor, page: requests.Response) -> requests.Response:
    return visitor.follow(visitor.submit(require_form(page)))


def settled(visitor: Visitor, answer: requests.Response) -> requests.Response:
    """The page that comes once the authority has answered, or been given up."""
    pages = [visitor.follow(answer)]

    def is_settled() -> bool:
        if is_waiting(pages[-1]):
            pages.append(visitor.follow(visitor.open("GET", pages[-1].url)))
        return not is_waiting(pages[-1])

    wait_until(is_settled)
    return pages[-1]


def is_waiting(answer: requests.Response) -> bool:
    return answer.status_code == 200 and "data-refresh" in answer.text


def asked_silently(portal: Portal, visitor: Visitor) -> dict[str, list[str]]:
    """Whether the session would do for level 2 now, without a page."""
    wish = {"id_token": {"acr": {"essential": True, "values": [LEVEL_2]}}}
    asked, _ = portal.authorization(prompt="none", claims=json.dumps(wish))
    endpoint = portal.metadata["authorization_endpoint"]
    return given(visitor.open("GET", endpoint, params=asked))


def given(answer: requests.Response) -> dict[str, list[str]]:
    assert answer.is_redirect, (answer.status_code, answer.url, answer.text[:2000])
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def require_form(answer: requests.Response) -> Form:
    form = step_form(answer)
    assert form is not None, (answer.status_code, answer.url, answer.text[:2000])
    return form
