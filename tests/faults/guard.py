"""A security administrator without a browser: signs in, finds somebody, looks behind the mask."""

from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urljoin, urlsplit

import requests

from deploy.samples.staff import STAFF, StaffPersona
from idp.staff.roles import Role
from tests.key_holder import KeyHolder
from tests.product import WITHIN, Product
from tests.spec.pages import Form, forms

CASE = "GD-2026-0042"


@dataclass(slots=True, kw_only=True)
class Guard:
    """Knows the made-up administrator's password and holds their passkey."""

    home: str
    persona: StaffPersona
    jar: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def of(cls, product: Product) -> "Guard":
        persona = next(each for each in STAFF if each.role is Role.SECURITY)
        return cls(home=f"http://localhost:{urlsplit(product.issuer).port}", persona=persona)

    def sign_in(self) -> None:
        page = self.open("GET", f"{self.home}/console/sign-in")
        login = {"username": self.persona.username, "password": self.persona.password}
        page = self.send(page, "username", **login)
        holder = KeyHolder(
            origin=self.home,
            key=self.persona.key,
            credential_id=self.persona.credential_id,
            user_handle=self.persona.account_id.bytes,
        )
        options = unescape(page.text.split('data-options="', 1)[1].split('"', 1)[0])
        page = self.send(page, "passkey", passkey=holder.get(options))
        assert page.url == f"{self.home}/console/", page.url

    def find(self, typed: str) -> requests.Response:
        """The page of whoever is found by it, masked."""
        page = self.send(self.open("GET", f"{self.home}/console/people"), "q", q=typed)
        assert "/console/people/" in page.url, page.url
        return page

    def unmask(self, page: requests.Response) -> requests.Response:
        (form,) = (each for each in forms(page) if each.action.endswith("/unmask"))  # type: ignore[arg-type]  # it has what is read
        return self._sent(form, reason="hotline", reference=CASE)

    def send(self, page: requests.Response, having: str, **typed: str) -> requests.Response:
        """Fill in the form that has a field of this name."""
        form = next(each for each in forms(page) if having in each.fields)  # type: ignore[arg-type]
        return self._sent(form, **typed)

    def _sent(self, form: Form, **typed: str) -> requests.Response:
        kept = {name: values[-1] for name, values in form.fields.items()}
        return self.open("POST", form.action, data={**kept, **typed})

    def open(self, method: str, url: str, **options: object) -> requests.Response:
        """Follow redirects by hand: each is a GET, whatever led there."""
        headers = {"Accept-Language": "en", "Origin": self.home, "Referer": url}
        answer = self.jar.request(
            method, url, headers=headers, allow_redirects=False, timeout=WITHIN, **options
        )  # type: ignore[arg-type]
        while answer.is_redirect:
            target = urljoin(answer.url, answer.headers["Location"])
            answer = self.jar.get(target, headers=headers, allow_redirects=False, timeout=WITHIN)
        assert answer.status_code == 200, (answer.status_code, answer.url, answer.text[:800])
        return answer
