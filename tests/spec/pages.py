"""The journey's pages as a simple browser sees them: plain forms with the contract's hooks.

Owns reading a form and filling it in by its ``data-step``. Leaves sending it to ``wire``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from tests.spec.wire import Answer, Browser

SIGN_IN = ("action", "sign_in")
STEPS = ("login", "verification", "access", "consent", "acting_as", "logout")


@dataclass(slots=True, kw_only=True)
class Form:
    """One HTML form: its fields with their present values, its buttons in order."""

    action: str
    method: str
    attributes: Mapping[str, str]
    fields: dict[str, list[str]] = field(default_factory=dict)
    optional: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def step(self) -> str:
        return self.attributes.get("data-step", "")

    def offers(self, name: str) -> bool:
        return name in self.fields or any(button == name for button, _ in self.buttons)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can log in, with what they know and hold."""

    identifier: str
    password: str
    name: str = ""
    document_number: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a person walks a journey: what they type, and which button they press at each step."""

    person: Person
    presses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    unticks: frozenset[str] = frozenset()
    looks: Callable[[Form, Answer], None] = lambda _form, _page: None

    def typed(self, form: Form) -> dict[str, str]:
        known = {
            "identifier": self.person.identifier,
            "password": self.person.password,
            "name": self.person.name,
            "document_number": self.person.document_number,
            "phone": self.person.phone,
        }
        return {name: value for name, value in known.items() if name in form.fields and value}

    def pressed(self, form: Form) -> tuple[str, str] | None:
        """The button for a step: the one agreed on, or the one beside the password."""
        if form.step == "login" and "password" in form.fields and SIGN_IN in form.buttons:
            return SIGN_IN
        return self.presses.get(form.step)


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.forms: dict[str, Form] = {}
        self.open: Form | None = None
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(
                action=urljoin(self.base, given.get("action", "")),
                method=given.get("method", "get").upper(),
                attributes=given,
            )
            self.forms[given.get("id") or f"#{len(self.forms)}"] = self.open
            return
        form = self.forms.get(given["form"]) if "form" in given else self.open
        if form is not None and "disabled" not in given:
            self._read_field(form, tag, given)

    def _read_field(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "")
        if tag == "select":
            self.select = name
        elif tag == "option" and (self.select not in form.fields or "selected" in given):
            form.fields[self.select] = [value]
        elif tag == "button" or (tag == "input" and kind == "submit"):
            if kind != "button" and "formaction" not in given:
                form.buttons.append((name, value))
        elif tag in {"input", "textarea"} and name:
            self._read_input(form, name, value or "", given)

    @staticmethod
    def _read_input(form: Form, name: str, value: str, given: dict[str, str]) -> None:
        if given.get("type") in {"checkbox", "radio"}:
            form.optional.append((name, value or "on"))
            if "checked" not in given:
                return
            value = value or "on"
        form.fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = ""


def forms(page: Answer) -> list[Form]:
    reader = _Reader(page.url)
    reader.feed(page.text)
    return list(reader.forms.values())


def step_form(page: Answer) -> Form | None:
    """The form of the step a page asks for, if it is a journey page."""
    if page.status != 200 or page.media_type != "text/html":
        return None
    return next((form for form in forms(page) if form.step in STEPS), None)


def submit(
    browser: Browser, form: Form, typed: Mapping[str, str], *, press: tuple[str, str] | None = None
) -> Answer:
    """Fill the form in, press its main action (the first button) or the one named."""
    filled = {name: list(values) for name, values in form.fields.items()}
    for name, value in typed.items():
        filled[name] = [value]
    pairs = [(name, value) for name, values in filled.items() for value in values]
    button = press or (form.buttons[0] if form.buttons else ("", ""))
    if button[0]:
        pairs.append(button)
    if form.method == "GET":
        return browser.get(form.action, pairs)
    return browser.post(form.action, pairs)


def tick(form: Form, *, unticks: frozenset[str]) -> None:
    """Tick every box but those whose value is in ``unticks``."""
    for name, value in form.optional:
        ticked = form.fields.setdefault(name, [])
        if value in unticks and value in ticked:
            ticked.remove(value)
        elif value not in unticks and value not in ticked:
            ticked.append(value)


def walk(browser: Browser, answer: Answer, conduct: Conduct, *, limit: int = 10) -> Answer:
    """Walk every page of a journey until it leaves the provider, or cannot go on."""
    for _ in range(limit):
        answer = browser.follow(answer)
        form = step_form(answer)
        if form is None:
            return answer
        conduct.looks(form, answer)
        tick(form, unticks=conduct.unticks)
        answer = submit(browser, form, conduct.typed(form), press=conduct.pressed(form))
    raise AssertionError(f"the journey does not end; last page: {answer.text[:2000]}")
