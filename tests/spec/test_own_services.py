"""Connected services in the citizen's space: what each was told, and parting from one."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.spec.house import HouseUnderTest
from tests.spec.pages import Conduct, Form, forms, submit, walk
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty
from tests.spec.wire import Answer, Browser

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R15"), pytest.mark.requirement("R13")]

CLAIMS = json.dumps(
    {
        "userinfo": {
            "name": None,
            "verified_claims": {
                "verification": {"trust_framework": None},
                "claims": {"birthdate": None},
            },
        },
        "id_token": {"gender": None},
    }
)


def page_of(browser: Browser, party: RelyingParty) -> Answer:
    return browser.get(f"/account/services/{quote(party.client_id)}")


def withdrawal(page: Answer) -> Form:
    return next(form for form in forms(page) if ("action", "withdraw") in form.buttons)


@pytest.fixture
def portal(provider: Provider) -> RelyingParty:
    return provider.party(
        grant_types=["authorization_code", "refresh_token"],
        scope="openid profile offline_access",
        backchannel_logout_uri="https://portal.example/back-channel",
    )


def test_service_page_says_what_was_told_and_never_its_contents(
    provider: Provider, house: HouseUnderTest, portal: RelyingParty, citizen: Conduct
) -> None:
    browser = provider.browser()
    tokens = portal.redeem(portal.authorize(browser, citizen, claims=CLAIMS)).json()
    told = portal.userinfo(tokens["access_token"]).json()
    house.house.rooms.tokens.disclosures.flush(house.house.rooms.ground.clock.now())
    page = page_of(browser, portal)
    assert page.status == 200
    for words in ("Name", "Date of birth, as verified", "Sex", "has access", "You agreed to"):
        assert words in page.text
    assert told["name"] not in page.text
    assert told["verified_claims"]["claims"]["birthdate"] not in page.text
    listed = browser.get("/account/services").text
    assert "was told something on 1 day" in listed
    agreed = browser.get("/account/consents").text
    assert "See or withdraw" in agreed
    assert "Notice 2026-11" in agreed


def test_withdrawal_ends_access_tells_the_service_and_is_asked_anew(
    provider: Provider, house: HouseUnderTest, portal: RelyingParty, citizen: Conduct
) -> None:
    browser = provider.browser()
    wish = {"claims": CLAIMS, "scope": "openid profile offline_access", "prompt": "consent"}
    tokens = portal.redeem(portal.authorize(browser, citizen, **wish)).json()
    other = provider.party(scope="openid profile")
    others = other.redeem(other.authorize(browser, citizen, claims=CLAIMS)).json()
    page = page_of(browser, portal)
    assert "its access to your data ends at once" in page.text
    outbox(house)  # what earlier tests of this house left waiting
    page = submit(browser, withdrawal(page), {}, press=("action", "withdraw"))
    page = walk(browser, page, citizen)
    assert "you withdrew your agreement on" in page.text
    assert "has access" not in page.text
    assert portal.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert portal.userinfo(tokens["access_token"]).status == 401
    assert other.userinfo(others["access_token"]).status == 200
    assert portal.begin(browser, prompt="none", claims=CLAIMS).location_parameters()["error"] == (
        "consent_required"
    )
    assert "Withdrawn" in browser.get("/account/consents").text
    waiting = outbox(house)
    assert [each["client_id"] for each in waiting] == [portal.client_id]


def outbox(house: HouseUnderTest) -> list[dict[str, str]]:
    """The back-channel logouts that wait for their delivery."""
    from idp.foundation.outbox.models import OutboxMessage

    assert house
    rows = OutboxMessage.objects.filter(kind="oidc.backchannel_logout", state="waiting")
    found = [json.loads(each.payload) for each in rows]
    rows.delete()
    return found


@pytest.fixture
def bureau(house: HouseUnderTest, provider: Provider) -> Iterator[RelyingParty]:
    """A client that a law charges with its task."""
    rooms = house.house.rooms.clients
    secret = "bureau-secret-of-these-tests-with-43-characters"
    client = rooms.registrar.declare(
        "bureau",
        {"redirect_uris": [CALLBACK], "client_name": "登记局", "scope": "openid profile"},
        {"legal_basis": "statutory_duty", "statutory_claims": ["name", "birthdate", "gender"]},
        secret=secret,
    )
    rooms.directory.reload()
    yield RelyingParty(
        provider=provider,
        registered={**client.metadata, "client_id": "bureau", "client_secret": secret},
    )
    rooms.registrar.remove("bureau")
    rooms.directory.reload()


def test_what_a_law_gives_is_shown_and_not_the_persons_to_withdraw(
    provider: Provider, bureau: RelyingParty, elder: Conduct
) -> None:
    browser = provider.browser()
    claims = json.dumps({"id_token": {"name": None}})
    assert bureau.redeem(bureau.authorize(browser, elder, claims=claims)).status == 200
    page = page_of(browser, bureau)
    assert "A law charges this service with its task" in page.text
    assert "by law" in page.text
    assert not [form for form in forms(page) if ("action", "withdraw") in form.buttons]
    token = next(form for form in forms(page) if "csrfmiddlewaretoken" in form.fields)
    forged = {
        "action": "withdraw",
        **{n: v[0] for n, v in token.fields.items() if n.startswith("c")},
    }
    browser.post(f"/account/services/{bureau.client_id}", forged, origin=provider.issuer)
    assert "Withdrawn" not in browser.get("/account/consents").text


def test_service_the_person_never_met_is_not_there(
    provider: Provider, portal: RelyingParty, elder: Conduct, citizen: Conduct
) -> None:
    browser, stranger = provider.browser(), provider.browser()
    portal.authorize(browser, elder)
    walk(stranger, stranger.get("/account/"), citizen)
    assert page_of(stranger, portal).status == 404
