"""The contract of `RedirectVerification`: every adapter, every outcome, every failure.

The browser is a real one in all that matters here: it reads the page's form, fills it in, sends it,
and tells where it was sent back to. A new adapter is one entry in ADAPTERS and passes the file.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from html.parser import HTMLParser
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from connectors.contract import RedirectStart
from connectors.evidence import IdentityClaim, VerificationResult
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.registry import REDIRECT_VERIFICATION
from connectors.sandbox.population import person
from connectors.settings import Secret
from connectors.visits import DECLINED, WRONG_STATE, Visit, VisitResult

RETURN_TO = "https://id.city.example/verification/back?journey=1"


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """How one adapter is driven: its steps in the sandbox, and who gives which outcome."""

    kind: str
    opens_at: str
    redeems_at: str
    people: Mapping[Outcome, tuple[str, str]]
    """Outcome → who is claimed to be there, and who stands before the page."""
    someone: str = "newcomer"
    another: str = "adult"
    """Two people whose documents it takes."""

    def build(self, sandbox: Any, client: OutboundClient, **changed: object) -> Any:
        kind = REDIRECT_VERIFICATION[self.kind]
        return kind.factory(replace(kind.for_sandbox(sandbox.url), **changed), client)


ADAPTERS = {
    "network_identity": Adapter(
        kind="network_identity",
        opens_at="apply",
        redeems_at="redeem",
        people={
            Outcome.MATCH: ("newcomer", "newcomer"),
            Outcome.MISMATCH: ("newcomer", "adult"),
            Outcome.NOT_FOUND: ("not_found", "not_found"),
            Outcome.INCONCLUSIVE: ("inconclusive", "inconclusive"),
            Outcome.RATE_LIMITED: ("rate_limited", "rate_limited"),
            Outcome.PROVIDER_ERROR: ("authority_down", "authority_down"),
        },
    ),
    "face": Adapter(
        kind="face",
        opens_at="session",
        redeems_at="result",
        people={
            Outcome.MATCH: ("newcomer", "newcomer"),
            Outcome.MISMATCH: ("newcomer", "adult"),
            Outcome.NO_PHOTO: ("not_found", "not_found"),
            Outcome.LOW_QUALITY: ("newcomer", "blurred"),
            Outcome.INCONCLUSIVE: ("inconclusive", "inconclusive"),
            Outcome.RATE_LIMITED: ("rate_limited", "rate_limited"),
            Outcome.PROVIDER_ERROR: ("authority_down", "authority_down"),
        },
    ),
}
ADAPTERS["immigration_face"] = Adapter(
    kind="immigration_face",
    opens_at="apply",
    redeems_at="result",
    people={
        Outcome.MATCH: ("foreigner", "foreigner"),
        Outcome.MISMATCH: ("hongkong", "macau"),
        Outcome.NOT_FOUND: ("hongkong_misspelt", "hongkong"),
        Outcome.NO_PHOTO: ("taiwan", "not_found"),
        Outcome.LOW_QUALITY: ("overseas_chinese", "blurred"),
        Outcome.INCONCLUSIVE: ("permanent_resident", "inconclusive"),
        Outcome.RATE_LIMITED: ("hongkong", "rate_limited"),
        Outcome.PROVIDER_ERROR: ("hongkong", "authority_down"),
    },
    someone="hongkong",
    another="macau",
)
FAILURES = {
    "slow": Outcome.TIMEOUT,
    "500": Outcome.PROVIDER_ERROR,
    "503": Outcome.PROVIDER_ERROR,
    "reset": Outcome.PROVIDER_ERROR,
    "truncated": Outcome.PROVIDER_ERROR,
    "garbage": Outcome.PROVIDER_ERROR,
    "wrong_content_type": Outcome.PROVIDER_ERROR,
    "redirect": Outcome.PROVIDER_ERROR,
    "oversized": Outcome.PROVIDER_ERROR,
    "wrong_signature": Outcome.PROVIDER_ERROR,
    "other_request": Outcome.PROVIDER_ERROR,
    "signed_garbage": Outcome.PROVIDER_ERROR,
    "document_type": Outcome.PROVIDER_ERROR,
    "doubled_field": Outcome.PROVIDER_ERROR,
    "unknown_result": Outcome.PROVIDER_ERROR,
}


@pytest.fixture(params=ADAPTERS.values(), ids=ADAPTERS)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    chosen: Adapter = request.param
    return chosen


class Form(HTMLParser):
    """The one form of a page: what a browser without scripts would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.offered: list[str] = []
        self.buttons: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input":
            self.values[given["name"]] = given["value"]
        elif tag == "option":
            self.offered.append(given["value"])
        elif tag == "button":
            self.buttons.append((given["name"], given["value"]))


def browse(method: str, url: str, body: str = "") -> tuple[int, str, str]:
    """Status, body and Location of one request, as a browser makes it."""
    target = urlsplit(url)
    connection = HTTPConnection(str(target.hostname), target.port, timeout=5)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, f"{target.path}?{target.query}", body=body, headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, answer.getheader("Location", "")


def visiting(start: RedirectStart, who: str, decision: str = "allow") -> dict[str, str]:
    """What the browser brings back after `who` came to the page and decided."""
    status, page, _ = browse("GET", start.url)
    assert status == 200
    form = Form(page)
    assert form.buttons == [("decision", "allow"), ("decision", "deny")]
    assert who in form.offered
    sent = {**form.values, "identifier": who, "decision": decision}
    status, _, back = browse("POST", start.url, urlencode(sent))
    assert status == 303
    assert back.startswith(RETURN_TO + "&")
    return dict(parse_qsl(urlsplit(back).query))


def visit_of(key: str, **changed: Any) -> Visit:
    key, misspelt, _ = key.partition("_misspelt")
    someone = person(key)
    document = someone.documents[0]
    born = document.details.get("birth_date")
    claim = IdentityClaim(
        document_type=document.type,
        document_number=document.number,
        name=f"{someone.name}子" if misspelt else someone.name,
        birth_date=date.fromisoformat(born) if born else None,
        nationality=document.details.get("country"),
    )
    return replace(Visit(return_to=RETURN_TO, claim=claim, consent_id="consent-7"), **changed)


def opened(built: Any, visit: Visit, now: Any) -> RedirectStart:
    start = built.start(visit, now=now)
    assert isinstance(start, RedirectStart), start
    return start


def require_harmless(told: VisitResult) -> None:
    assert told.result.identity_level == 0
    assert told.result.matched_claims == ()
    assert told.pseudonym == ""


def test_every_registered_kind_is_under_this_contract() -> None:
    assert set(ADAPTERS) == set(REDIRECT_VERIFICATION)


@pytest.mark.requirement("R1")
@pytest.mark.parametrize(
    ("adapter", "outcome"),
    [
        pytest.param(entry, outcome, id=f"{kind}-{outcome}")
        for kind, entry in ADAPTERS.items()
        for outcome in entry.people
    ],
)
def test_outcome_is_told_in_the_one_vocabulary_when_the_person_comes_back(
    adapter: Adapter, outcome: Outcome, sandbox: Any, outbound: OutboundClient
) -> None:
    claimed, came = adapter.people[outcome]
    built = adapter.build(sandbox, outbound)
    start = opened(built, visit_of(claimed), sandbox.now)

    told = built.finish(visiting(start, came), kept=start.kept, now=sandbox.now)

    assert told.result.outcome is outcome
    assert told.result.provider_code
    assert told.consent_id == "consent-7"
    assert (told.result.method, told.result.authority) == (built.method, built.authority)
    if outcome is Outcome.MATCH:
        assert told.result.identity_level == 3
        assert {"name", "document_number"} <= set(told.result.matched_claims)
        assert told.result.provider_reference
    else:
        require_harmless(told)


def test_visit_comes_to_the_same_when_it_is_awaited(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound)
    start = asyncio.run(built.astart(visit_of(adapter.someone), now=sandbox.now))
    back = visiting(start, adapter.someone)

    told = asyncio.run(built.afinish(back, kept=start.kept, now=sandbox.now))
    sandbox.spoil(adapter.kind, "500")
    failed = asyncio.run(built.astart(visit_of(adapter.someone), now=sandbox.now))

    assert (told.result.outcome, told.result.identity_level) == (Outcome.MATCH, 3)
    assert (failed.outcome, failed.was_asked) == (Outcome.PROVIDER_ERROR, True)


def test_nothing_is_told_twice_when_the_browser_comes_back_twice(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound)
    start = opened(built, visit_of(adapter.someone), sandbox.now)
    parameters = visiting(start, adapter.someone)
    assert built.finish(parameters, kept=start.kept, now=sandbox.now).result.identity_level == 3

    again = built.finish(parameters, kept=start.kept, now=sandbox.now)

    assert again.result.outcome is Outcome.INVALID_INPUT
    require_harmless(again)


@pytest.mark.parametrize("behaviour", ["state", "visit", "unkept"])
def test_return_is_refused_without_asking_when_it_is_of_another_visit(
    adapter: Adapter, behaviour: str, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound)
    mine = opened(built, visit_of(adapter.someone), sandbox.now)
    others = opened(built, visit_of(adapter.another), sandbox.now)
    parameters = visiting(others, adapter.another)
    kept = dict(mine.kept)
    if behaviour == "state":
        parameters["state"] = mine.kept["state"]
    elif behaviour == "visit":
        kept["visit_id"] = others.kept["visit_id"]
    else:
        kept = {}
    sandbox.spoil(adapter.kind, "500")  # would answer PROVIDER_ERROR, were it asked

    told = built.finish(parameters, kept=kept, now=sandbox.now)

    assert (told.result.outcome, told.result.provider_code) == (Outcome.INVALID_INPUT, WRONG_STATE)
    require_harmless(told)
    assert sandbox.authority.faults.waiting()


def test_decline_costs_nothing_when_the_person_says_no(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound)
    start = opened(built, visit_of(adapter.someone), sandbox.now)

    told = built.finish(visiting(start, adapter.someone, "deny"), kept=start.kept, now=sandbox.now)

    assert (told.result.outcome, told.result.provider_code) == (Outcome.INCONCLUSIVE, DECLINED)
    assert not told.result.outcome.costs_an_attempt


@pytest.mark.parametrize(("behaviour", "outcome"), FAILURES.items(), ids=FAILURES)
def test_visit_is_not_opened_when_the_authority_misbehaves(
    adapter: Adapter, behaviour: str, outcome: Outcome, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.kind, behaviour, step=adapter.opens_at)
    built = adapter.build(sandbox, outbound, timeout=0.2 if behaviour == "slow" else 5.0)

    told = built.start(visit_of(adapter.someone), now=sandbox.now)

    assert isinstance(told, VerificationResult)
    assert told.outcome is outcome
    assert not told.outcome.costs_an_attempt


@pytest.mark.parametrize(("behaviour", "outcome"), FAILURES.items(), ids=FAILURES)
def test_failure_raises_no_level_when_the_authority_misbehaves_at_the_end(
    adapter: Adapter, behaviour: str, outcome: Outcome, sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound, timeout=0.3 if behaviour == "slow" else 5.0)
    start = opened(built, visit_of(adapter.someone), sandbox.now)
    parameters = visiting(start, adapter.someone)
    sandbox.spoil(adapter.kind, behaviour, step=adapter.redeems_at)

    told = built.finish(parameters, kept=start.kept, now=sandbox.now)

    assert told.result.outcome is outcome
    assert not told.result.outcome.costs_an_attempt
    require_harmless(told)


def test_first_answer_counts_when_the_authority_answers_twice(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.kind, "twice", times=2)
    built = adapter.build(sandbox, outbound)
    start = opened(built, visit_of(adapter.someone), sandbox.now)

    told = built.finish(visiting(start, adapter.someone), kept=start.kept, now=sandbox.now)

    assert told.result.outcome is Outcome.MATCH


def test_provider_error_is_answered_with_its_code_when_the_code_is_unheard_of(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    sandbox.spoil(adapter.kind, "provider_code", code="7777", times=2)
    built = adapter.build(sandbox, outbound)

    told = built.start(visit_of(adapter.someone), now=sandbox.now)

    assert (told.outcome, told.provider_code) == (Outcome.PROVIDER_ERROR, "7777")


@pytest.mark.parametrize(
    "changed",
    [
        {"app_secret": Secret("another")},
        {"app_id": "another"},
        {"base_url": "http://127.0.0.1:9"},
        {"page_url": "https://elsewhere.example/page"},
    ],
    ids=["wrong secret", "wrong account", "nobody listens", "page elsewhere"],
)
def test_visit_is_not_opened_when_what_was_agreed_does_not_hold(
    adapter: Adapter, changed: dict[str, Any], sandbox: Any, outbound: OutboundClient
) -> None:
    built = adapter.build(sandbox, outbound, **changed)

    told = built.start(visit_of(adapter.another), now=sandbox.now)

    assert told.outcome is Outcome.PROVIDER_ERROR


def test_visit_shows_nothing_of_the_person_when_it_is_printed_or_kept(
    adapter: Adapter, sandbox: Any, outbound: OutboundClient
) -> None:
    visit = visit_of(adapter.someone)
    built = adapter.build(sandbox, outbound)
    start = opened(built, visit, sandbox.now)
    told = built.finish(visiting(start, adapter.someone), kept=start.kept, now=sandbox.now)

    shown = repr((visit, start, told, built, dict(start.kept)))

    assert visit.claim
    assert visit.claim.name not in shown
    assert visit.claim.document_number not in shown
    assert not told.pseudonym or told.pseudonym not in shown
