"""A person whose browser is a cookie jar: follows redirects, fills in the contract's forms.

Over real sockets and across sites. Reads pages with `tests.spec.pages`; knows no markup but the
page hooks that the contract promises.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import requests

from tests.product import WITHIN, Product
from tests.spec.pages import STEPS, Form, forms

MOST_HOPS = 40


@dataclass(slots=True, kw_only=True)
class Visitor:
    """`knows` is what they type into a field of that name; a callable is asked when it is met."""

    knows: Mapping[str, str | Callable[[], str]] = field(default_factory=dict)
    presses: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    jar: requests.Session = field(default_factory=requests.Session)
    steps: list[str] = field(default_factory=list)

    def visit(self, url: str, *, until: str = "", **parameters: str) -> requests.Response:
        """Walk from `url` until a page asks for nothing, or a redirect leads to `until`."""
        answer = self.open("GET", url, params=parameters)
        return self.go_on(answer, until=until)

    def go_on(self, answer: requests.Response, *, until: str = "") -> requests.Response:
        for _ in range(MOST_HOPS):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["Location"])
                if until and target.startswith(until):
                    return answer
                answer = self.open("GET", target)
                continue
            form = step_form(answer)
            if form is None:
                return answer
            self.steps.append(form.step)
            answer = self.submit(form)
        raise AssertionError(f"the way does not end: {answer.url} {answer.text[:2000]}")

    def follow(self, answer: requests.Response) -> requests.Response:
        """Follow redirects to the next page, and do nothing on it."""
        for _ in range(MOST_HOPS):
            if not answer.is_redirect:
                return answer
            answer = self.open("GET", urljoin(answer.url, answer.headers["Location"]))
        raise AssertionError(f"redirected in a circle, last to {answer.url}")

    def submit(self, form: Form, **typed: str) -> requests.Response:
        """Fill in what is known and press the step's main action, or the one agreed on."""
        filled = {name: list(values) for name, values in form.fields.items()}
        for name in filled:
            if name in self.knows:
                known = self.knows[name]
                filled[name] = [known if isinstance(known, str) else known()]
        for name, value in typed.items():
            filled[name] = [value]
        agreed = self.presses.get(form.step)
        button, value = agreed if agreed in form.buttons else form.buttons[0]
        pairs = [(name, value) for name, values in filled.items() for value in values]
        return self.open(form.method, form.action, data=[*pairs, (button, value)])

    def open(self, method: str, url: str, **options: Any) -> requests.Response:
        self.jar.headers.setdefault("Accept-Language", "en")
        return self.jar.request(method, url, allow_redirects=False, timeout=WITHIN, **options)


def step_form(answer: requests.Response) -> Form | None:
    """The form of the step a page asks for, if it is a journey page."""
    if answer.status_code != 200 or "text/html" not in answer.headers.get("Content-Type", ""):
        return None
    return next((form for form in forms(answer) if form.step in STEPS), None)  # type: ignore[arg-type]  # it has what is read


def knowing(product: Product, person: Mapping[str, Any]) -> dict[str, str | Callable[[], str]]:
    """What one of the made-up people types: their password, or the code sent to their phone."""
    login = person["login"] or {}
    known: dict[str, str | Callable[[], str]] = {
        "identifier": login.get("identifier") or str(person["phone"]).removeprefix("+86"),
        "name": person["name"],
        "document_number": person["documents"][0]["number"],
        "code": lambda: product.code_to(person["phone"]),
    }
    return known | ({"password": login["password"]} if login else {})
