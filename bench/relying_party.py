"""A client of either server: finds its endpoints, signs people in, redeems, refreshes."""

import base64
import hashlib
import json
import secrets
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from bench.browser import Browser, Page
from bench.load import LoadError

REDIRECT_URI = "http://127.0.0.1:9999/cb"
SESSIONS = 16
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
_FORM = "application/x-www-form-urlencoded"

SignIn = Callable[[Browser, Page], Page]


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Registered credentials, the same on both servers."""

    client_id: str
    secret: str

    @property
    def authorization(self) -> str:
        """The Authorization header of client_secret_basic (RFC 6749 §2.3.1)."""
        pair = f"{quote(self.client_id, safe='')}:{quote(self.secret, safe='')}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


WEB = Client(client_id="bench-web", secret="bench-web-secret-0123456789abcdef")


class RelyingParty:
    """Talks to one authorization server as `client`; `sign_in` walks a person through its pages."""

    def __init__(self, issuer: str, *, client: Client, sign_in: SignIn) -> None:
        self.metadata = read_json(f"{issuer}/.well-known/openid-configuration")
        self._issuer = issuer
        self._client = client
        self._sign_in = sign_in
        self._browsers: list[Browser] = []

    def authorize_url(self, scope: str) -> str:
        parameters = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": REDIRECT_URI,
            "scope": scope,
            "state": "bench",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        if "openid" in scope.split():
            parameters["nonce"] = "bench"
        return f"{self.metadata['authorization_endpoint']}?{urlencode(parameters)}"

    def browser_with_session(self, scope: str = "openid") -> Browser:
        """A new browser in which a person has just signed in for this client."""
        browser = Browser(self._issuer, stop_at=REDIRECT_URI)
        page = browser.open(self.authorize_url(scope))
        self._code(page if page.url.startswith(REDIRECT_URI) else self._sign_in(browser, page))
        return browser

    def first_login(self, scope: str = "openid") -> None:
        """Everything from a blank browser to the tokens."""
        browser = Browser(self._issuer, stop_at=REDIRECT_URI)
        page = self._sign_in(browser, browser.open(self.authorize_url(scope)))
        self.redeem(self._code(page))
        browser.close()

    def tokens(self, turn: int, scope: str) -> dict[str, Any]:
        """Tokens from a code flow on one of the live sessions."""
        browser = self.sessions()[turn % SESSIONS]
        return self.redeem(self._code(browser.open(self.authorize_url(scope))))

    def sessions(self) -> list[Browser]:
        while len(self._browsers) < SESSIONS:
            self._browsers.append(self.browser_with_session())
        return self._browsers

    def redeem(self, code: str) -> dict[str, Any]:
        return self.token_request(
            self._client,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": REDIRECT_URI,
                "code_verifier": VERIFIER,
            },
        )

    def token_request(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        answer: dict[str, Any] = read_json(
            self.metadata["token_endpoint"], form, client.authorization
        )
        return answer

    def write_refresh_tokens(self, file: Path, *, count: int, scope: str) -> None:
        """Fill `file` with unused refresh tokens."""
        file.write_text(
            "".join(f"{self.tokens(n, scope)['refresh_token']}\n" for n in range(count))
        )

    def write_cookies(self, file: Path) -> None:
        """Fill `file` with the Cookie headers of the live sessions."""
        file.write_text("".join(f"{browser.cookie_header}\n" for browser in self.sessions()))

    def code_flow_variables(self, file: Path, scope: str) -> dict[str, str]:
        """What code_flow.lua needs."""
        authorize = urlsplit(self.authorize_url(scope))
        body = {
            "grant_type": "authorization_code",
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
        }
        return {
            "BENCH_FILE": str(file),
            "BENCH_AUTHORIZE_PATH": f"{authorize.path}?{authorize.query}",
            "BENCH_TOKEN_PATH": urlsplit(self.metadata["token_endpoint"]).path,
            "BENCH_TOKEN_BODY": urlencode(body),
            "BENCH_AUTHORIZATION": self._client.authorization,
        }

    @staticmethod
    def _code(page: Page) -> str:
        answer = parse_qs(urlsplit(page.url).query)
        if not page.url.startswith(REDIRECT_URI) or "code" not in answer:
            raise LoadError(f"no code: {page.status} at {page.url}: {page.alerts()}")
        return answer["code"][0]


def read_json(url: str, form: Mapping[str, str] | None = None, authorization: str = "") -> Any:
    """GET, or POST a form, and read the JSON of a 200; LoadError for anything else."""
    request = urllib.request.Request(url)
    if form is not None:
        request.data = urlencode(form).encode()
        request.add_header("Content-Type", _FORM)
    if authorization:
        request.add_header("Authorization", authorization)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        said = error.read().decode("utf-8", "replace")[:300]
        raise LoadError(f"{error.code} from {urlsplit(url).path}: {said}") from error
