"""Signs a persona of the sandbox in through the product's own pages, as a person would.

Knows only the contract: `form[data-step]`, the input names, `role="alert"`, and the sandbox's
`/people` and `/inbox`.
"""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin

from bench.browser import Browser, Form, Page
from bench.load import LoadError
from bench.relying_party import REDIRECT_URI, read_json

_MOST_PAGES = 10
_SMS_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    phone: str
    identifier: str
    password: str


class Personas:
    """The made-up population, in turn."""

    def __init__(self, sandbox_url: str) -> None:
        self._sandbox = sandbox_url
        # A minor may meet steps of its own (PIPL 31): no figure for everybody.
        records = [each for each in read_json(f"{sandbox_url}/people") if each["key"] != "minor"]
        people = [_person(each) for each in records if each["login"]]
        if not people:
            raise LoadError("the sandbox knows nobody who can log in")
        self._by_password: Iterator[_Person] = itertools.cycle(people)
        self._by_sms: Iterator[_Person] = itertools.cycle([each for each in people if each.phone])

    def sign_in(self, browser: Browser, page: Page) -> Page:
        """By password."""
        person = next(self._by_password)
        typed = {"identifier": person.identifier, "password": person.password}
        return self._walk(browser, page, typed, person, method="password")

    def sign_in_by_sms(self, browser: Browser, page: Page) -> Page:
        """By a code sent to the person's phone."""
        person = next(self._by_sms)
        typed = {"identifier": person.phone, "phone": person.phone}
        return self._walk(browser, page, typed, person, method="sms")

    def _walk(
        self, browser: Browser, page: Page, typed: dict[str, str], person: _Person, *, method: str
    ) -> Page:
        last = _last_message(self._sandbox, person.phone) if method == "sms" else None
        for _ in range(_MOST_PAGES):
            if page.url.startswith(REDIRECT_URI):
                return page
            form = _step(page, method)
            if "code" in form.typed:
                form.values["code"] = new_code(self._sandbox, person.phone, last=last)
            form.values.update({name: typed[name] for name in form.typed & typed.keys()})
            form.values.update(_pressed(form, method))
            page = browser.open(urljoin(page.url, form.action), form.values)
        raise LoadError(f"the journey did not end: {page.url}: {page.alerts()}")


def new_code(sandbox_url: str, phone: str, *, last: dict[str, Any] | None = None) -> str:
    """The code of the message that comes after `last`, as soon as it is in the inbox."""
    patience = time.perf_counter() + _SMS_PATIENCE_S
    while (message := _last_message(sandbox_url, phone)) is None or message == last:
        if time.perf_counter() > patience:
            raise LoadError("no text message came")
        time.sleep(0.005)
    return str(message["code"])


def _last_message(sandbox_url: str, phone: str) -> dict[str, Any] | None:
    """The newest message with a code: a notice about the account may come after it."""
    messages = read_json(f"{sandbox_url}/inbox?to={quote(phone)}")
    return next((message for message in messages if message["code"]), None)


def _person(record: dict[str, Any]) -> _Person:
    login = record["login"]
    return _Person(
        phone=record["phone"] or "", identifier=login["identifier"], password=login["password"]
    )


def _step(page: Page, method: str) -> Form:
    """The form to fill in: the step's own, or the one that switches to the wanted method."""
    forms = [form for form in page.forms() if form.step]
    if not forms:
        raise LoadError(f"no step to take at {page.url} ({page.status}): {page.alerts()}")
    if method == "sms" and "password" in forms[0].typed:
        return next((form for form in page.forms() if _switch(form, method)), forms[0])
    return forms[0]


def _switch(form: Form, method: str) -> tuple[str, str] | None:
    return next(
        ((name, value) for name, value in form.buttons if name == "method" and method in value),
        None,
    )


def _pressed(form: Form, method: str) -> dict[str, str]:
    """The button a willing person presses: the wanted method, "allow", or the main action."""
    wants_switch = method == "sms" and "code" not in form.typed
    switch = _switch(form, method) if wants_switch else None
    allow = ("decision", "allow") if ("decision", "allow") in form.buttons else None
    main = form.buttons[0] if form.buttons else ("", "")
    name, value = switch or allow or main
    return {name: value} if name else {}
