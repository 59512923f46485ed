"""Whether an account exists is told neither by the work done nor by messages; nor can one flood."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import argon2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.spec.house import HouseUnderTest, Inbox
from tests.spec.pages import Conduct, step_form, submit
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.wire import Answer, Browser

WRONG = "certainly wrong 1"
NOBODY = "13900009999"
Work = Callable[[Callable[[], Answer]], "Done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What an answer cost: passwords compared, and statements by their kind and table."""

    answer: Answer
    comparisons: int
    statements: tuple[str, ...]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Runs something and counts; argon2 itself goes on as ever."""
    compared: list[str] = []
    compare = argon2.PasswordHasher.verify

    def counting(hasher: argon2.PasswordHasher, kept: str, password: str) -> bool:
        compared.append(kept)
        return compare(hasher, kept, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counting)

    def run(act: Callable[[], Answer]) -> Done:
        compared.clear()
        with CaptureQueriesContext(connection) as queries:
            answer = act()
        statements = tuple(shape(query["sql"]) for query in queries)
        return Done(answer=answer, comparisons=len(compared), statements=statements)

    return run


def shape(sql: str) -> str:
    """A statement's verb and table."""
    words = sql.replace('"', "").split()
    verb = words[0].upper()
    after = {"SELECT": "FROM", "INSERT": "INTO", "UPDATE": "UPDATE", "DELETE": "FROM"}.get(verb)
    return f"{verb} {words[words.index(after) + 1]}" if after in words else verb


def posted(
    party: RelyingParty, browser: Browser, typed: dict[str, str], *, press: tuple[str, str] | None
) -> Callable[[], Answer]:
    """The login form, filled in and ready to be sent."""
    form = step_form(browser.follow(party.begin(browser)))
    assert form is not None
    return lambda: submit(browser, form, typed, press=press)


@pytest.mark.parametrize(
    "press", [("action", "sign_in"), ("method", "sms")], ids=["password", "text message"]
)
def test_work_is_the_same_whether_the_account_exists(
    web: RelyingParty,
    provider: Provider,
    citizen: Conduct,
    work: Work,
    press: tuple[str, str],
) -> None:
    done = []
    for identifier in ("13900009998", citizen.person.phone, NOBODY):
        typed = {"identifier": identifier, "password": WRONG}
        done.append(work(posted(web, provider.browser(), typed, press=press)))
    _warm, known, unknown = done
    assert known.answer.status == unknown.answer.status
    assert known.comparisons == unknown.comparisons == (press[0] == "action")
    assert known.statements == unknown.statements


def test_text_messages_from_one_address_are_limited_by_the_hour(
    web: RelyingParty, provider: Provider, house: HouseUnderTest, inbox: Inbox
) -> None:
    """A service hall sits behind one address: sixty are sent, then one a minute."""
    limit = house.house.settings.limits.sms_per_address_hour
    wire = replace(provider.wire, remote_address="198.51.100.77")
    phones = [f"139{number:08}" for number in range(70_000, 70_000 + limit + 6)]
    for phone in phones:
        typed = {"identifier": phone, "password": ""}
        posted(web, Browser(wire=wire), typed, press=("method", "sms"))()
    sent = [phone for phone in phones if inbox(phone)]
    assert len(sent) == limit + 1
    other = provider.browser()
    last = phones[-1]
    posted(web, other, {"identifier": last, "password": ""}, press=("method", "sms"))()
    assert inbox(last), "other addresses are not held to it"
