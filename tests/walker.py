"""A person with a browser: opens pages, reads their forms, fills them in, presses buttons."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from django.test import Client as DjangoClient

from idp.journey.outcome import Continue, JourneyOutcome
from idp.journey.request import Browser
from tests.city import City


class _Forms(HTMLParser):
    """The step's form: where it goes, what it holds; and alerts."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.step = ""
        self.fields: dict[str, str] = {}
        self.picked: set[str] = set()
        self.buttons: list[tuple[str, str]] = []
        self.checkboxes: list[tuple[str, bool]] = []
        self.form_post: dict[str, str] | None = None
        self.text: list[str] = []
        self._is_step = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_step = "data-step" in found
            if self._is_step:
                self.action, self.step = found["action"], found["data-step"]
            if "data-form-post" in found:
                self.form_post, self._is_step = {}, False
        is_mine = self._is_step or found.get("form") == "step-form"
        if tag == "input" and self.form_post is not None:
            self.form_post[found["name"]] = found.get("value", "")
        elif tag == "input" and is_mine and "name" in found:
            if found.get("type") == "checkbox":
                self.checkboxes.append((found["value"], "checked" in found))
            else:
                self.fields[found["name"]] = found.get("value", "")
                if found.get("type") == "date":
                    self.picked.add(found["name"])
        elif tag == "button" and is_mine and "name" in found:
            self.buttons.append((found["name"], found["value"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_step = False

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@dataclass(slots=True, kw_only=True)
class Walker:
    """What a person sees now: `url`, `status`, `html`; `left_to` once sent back to the client.

    What they had to do is counted as in the browser: `acted` are pages they pressed something on,
    but for consent; `typed` the fields they filled, a date picked in the browser's picker not.
    """

    city: City
    http: DjangoClient
    url: str = ""
    status: int = 0
    html: str = ""
    left_to: str = ""
    screens: int = 0
    acted: int = 0
    typed: int = 0
    response: Any = None
    form: _Forms = field(default_factory=_Forms)

    @property
    def browser(self) -> Browser:
        cookies = {name: morsel.value for name, morsel in self.http.cookies.items()}
        return self.city.hall.cookies.browser(cookies, remote_address="127.0.0.1")

    def enter(self, **wishes: Any) -> Self:
        """Come from a client; what the hall answers at once becomes an outcome of the door."""
        answer = self.city.enter(self.browser, **wishes)
        self.left_to = ""
        if not isinstance(answer, Continue):
            self.leave(answer)
            return self
        for cookie in answer.set_cookies:
            name, _, rest = cookie.partition("=")
            self.http.cookies[name] = rest.partition(";")[0]
        return self.open(answer.location)

    def leave(self, outcome: JourneyOutcome) -> None:
        answer = self.city.door.conclude(b"state-1", outcome, now=self.city.clock.now())
        self.left_to = answer.url

    def open(self, url: str, **headers: Any) -> Self:
        return self._follow(self.http.get(url, headers=headers), url)

    def has_news(self) -> bool:
        """What the script of the waiting page is told: whether there is anything new to show."""
        found = re.search(r'data-news-url="([^"]+)"', self.html)
        assert found, self.html
        answer = self.http.get(found[1])
        return answer.status_code != 204 or "Retry-After" not in answer

    def press(self, button: str, pressed: str, /, *, url: str = "", **typed: Any) -> Self:
        """Fill in and press a button; `claim` ticks, else boxes stay as they are shown."""
        ticked = typed.pop("claim", [box for box, is_on in self.form.checkboxes if is_on])
        assert (button, pressed) in self.form.buttons, (
            button,
            pressed,
            self.form.buttons,
            self.html,
        )
        self.acted += self.form.step != "consent"
        self.typed += sum(bool(typed[name]) for name in typed.keys() - self.form.picked)
        data = {**self.form.fields, **typed, button: pressed}
        if ticked:
            data["claim"] = ticked
        target = url or self.form.action
        return self._follow(self.http.post(target, data), target)

    def _follow(self, response: Any, url: str) -> Self:
        for _ in range(10):
            self.url, self.status, self.response = url, response.status_code, response
            if response.status_code not in {302, 303}:
                break
            location = response["Location"]
            if not location.startswith("/"):
                self.left_to = location
                return self
            url = location
            response = self.http.get(url)
        self.html = response.content.decode()
        self.form = _Forms()
        self.form.feed(self.html)
        self.screens += 1
        return self

    @property
    def step(self) -> str:
        return self.form.step

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.form.text).split())

    @property
    def answer(self) -> str:
        """The word the client was told."""
        return parse_qs(urlsplit(self.left_to).query)["answer"][0]

    def sign_in_by_code(self, phone: str) -> Self:
        """Type a phone, get the code, type it."""
        self.press("method", "sms", identifier=phone, password="")
        return self.type_code(phone)

    def type_code(self, phone: str) -> Self:
        return self.press("action", "sign_in", code=self.city.codes_for(phone)[0])

    def sign_in_by_password(self, identifier: str, password: str) -> Self:
        return self.press("action", "sign_in", identifier=identifier, password=password)

    def prove_name(self, name: str, number: str) -> Self:
        return self.press("action", "verify", name=name, document_number=number)
