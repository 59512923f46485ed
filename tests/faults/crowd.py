"""Many people signing in at once as new citizens, and a note of what each was told."""

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.product import WITHIN, Product, wait_until
from tests.spec.relying_party import s256
from tests.visiting import Visitor, knowing

CALLBACK = "https://portal.example/callback"
HANDS = 6


class NotAnswered(Exception):
    """The server said that it cannot answer now, in words that may be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One login that was answered to its end."""

    phone: str
    sub: str
    code: str
    access_token: str
    refresh_token: str


@dataclass(slots=True, kw_only=True)
class Portal:
    """A confidential client, registered dynamically; it redeems codes and uses tokens."""

    product: Product
    registered: dict[str, Any]
    metadata: dict[str, Any]

    @classmethod
    def at(cls, product: Product) -> "Portal":
        registered = product.register(
            client_name="人群",
            redirect_uris=[CALLBACK],
            grant_types=["authorization_code", "refresh_token"],
            scope="openid phone",
        )
        return cls(product=product, registered=registered, metadata=product.metadata())

    def authorization(self, **parameters: str) -> tuple[dict[str, str], str]:
        verifier = secrets.token_urlsafe(48)
        return {
            "client_id": self.registered["client_id"],
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid phone",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": s256(verifier),
            "code_challenge_method": "S256",
            **parameters,
        }, verifier

    def code(self, visitor: Visitor, **parameters: str) -> tuple[str, str]:
        """Walk a journey to its end; the code and the verifier that goes with it."""
        asked, verifier = self.authorization(**parameters)
        answer = visitor.visit(self.metadata["authorization_endpoint"], until=CALLBACK, **asked)
        if answer.status_code >= 500:
            raise NotAnswered(answer.status_code)
        assert answer.is_redirect, (answer.status_code, answer.url, answer.text[:2000])
        given = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert "code" in given, given
        return given["code"][0], verifier

    def redeem(self, code: str, verifier: str) -> requests.Response:
        return self.post(
            "token_endpoint",
            grant_type="authorization_code",
            code=code,
            redirect_uri=CALLBACK,
            code_verifier=verifier,
        )

    def refresh(self, refresh_token: str) -> requests.Response:
        return self.post("token_endpoint", grant_type="refresh_token", refresh_token=refresh_token)

    def is_active(self, token: str) -> bool:
        return bool(self.post("introspection_endpoint", token=token).json()["active"])

    def post(self, endpoint: str, **form: str) -> requests.Response:
        client = (self.registered["client_id"], self.registered["client_secret"])
        return requests.post(self.metadata[endpoint], data=form, auth=client, timeout=WITHIN)


def newcomer(product: Product, number: int) -> Visitor:
    """Somebody whose telephone nobody has seen yet."""
    phone = f"139{number:08}"
    person = {"login": None, "phone": f"+86{phone}", "name": "", "documents": [{"number": ""}]}
    return Visitor(knows=knowing(product, person), presses={"login": ("method", "sms")})


def sign_in(portal: Portal, number: int) -> Told:
    """Make an account with a code by text message, agree, and redeem the portal's code."""
    visitor = newcomer(portal.product, number)
    code, verifier = portal.code(visitor)
    answer = portal.redeem(code, verifier)
    if answer.status_code >= 500:
        raise NotAnswered(answer.status_code)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    info = requests.get(
        portal.metadata["userinfo_endpoint"],
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        timeout=WITHIN,
    )
    if info.status_code >= 500:
        raise NotAnswered(info.status_code)
    return Told(
        phone=str(visitor.knows["identifier"]),
        sub=info.json()["sub"],
        code=code,
        access_token=tokens["access_token"],
        refresh_token=tokens["refresh_token"],
    )


@dataclass(slots=True, kw_only=True)
class Crowd:
    """`count` logins by a few hands at once; a login cut short is counted, not repeated."""

    portal: Portal
    first: int = 0
    count: int
    told: list[Told] = field(default_factory=list)
    cut_short: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def finished(self) -> int:
        return len(self.told) + len(self.cut_short)

    def run(self, meanwhile: Callable[["Crowd"], None]) -> None:
        """Let everybody sign in; `meanwhile` is done beside them."""
        with ThreadPoolExecutor(HANDS) as hands:
            logins = [
                hands.submit(self._one, number)
                for number in range(self.first, self.first + self.count)
            ]
            meanwhile(self)
            for login in logins:
                login.result()

    def wait_for(self, finished: int) -> None:
        wait_until(lambda: self.finished >= finished, seconds=WITHIN * 10)

    def _one(self, number: int) -> None:
        try:
            told = sign_in(self.portal, number)
        except (requests.ConnectionError, requests.Timeout, OSError) as lost:
            with self.lock:
                self.cut_short.append(f"{number}: {type(lost).__name__}")
            wait_until(self.portal.product.is_ready)
        except NotAnswered as problem:
            with self.lock:
                self.cut_short.append(f"{number}: {problem}")
                self.statuses.append(int(str(problem)))
        else:
            with self.lock:
                self.told.append(told)
