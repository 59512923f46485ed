"""A client of the i厦门 shape, written from its description alone; it knows nothing but a host.

Owns what such a client sends and expects, and how operators declare one for a test.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tests.spec.house import HouseUnderTest
from tests.spec.pages import Conduct, walk
from tests.spec.wire import Browser

CALLBACK = "https://old.example/callback?from=ixiamen"
SECRET = "an-old-clients-secret-of-43-characters-0001"
ALL = "basic name mobile certif-id enterprise"
Post = Callable[[str, Mapping[str, str]], tuple[int, bytes]]
"""Address, form → status and body."""


@dataclass(slots=True, kw_only=True)
class OldClient:
    """What a portal's programmers wrote years ago; `post` is their HTTP library."""

    host: str
    client_id: str
    client_secret: str
    redirect_uri: str
    post: Post
    states: set[str] = field(default_factory=set)

    def start(self, scope: str = "basic name", channel: str = "web") -> str:
        """Where the browser is sent."""
        state = secrets.token_urlsafe(8)
        self.states.add(state)
        parameters = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": scope,
            "state": state,
            "channel": channel,
        }
        return f"{self.host}/oauth/authorize?{urlencode(parameters)}"

    def returned(self, location: str) -> dict[str, str]:
        """What came back to the redirect URI; the state is ours, once."""
        assert location.startswith(self.redirect_uri), location
        given = dict(parse_qsl(urlsplit(location).query, strict_parsing=True))
        self.states.remove(given["state"])
        return given

    def token(self, code: str, /, **changes: str) -> tuple[int, dict[str, Any]]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            **changes,
        }
        return self._asked("/oauth/token", {name: word for name, word in form.items() if word})

    def user(self, access_token: str) -> tuple[int, dict[str, Any]]:
        return self._asked("/oauth/userinfo", {"access_token": access_token})

    def _asked(self, path: str, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        status, body = self.post(f"{self.host}{path}", form)
        answer: dict[str, Any] = json.loads(body)
        return status, answer


Made = Callable[..., OldClient]


@pytest.fixture
def old(house: HouseUnderTest) -> Made:
    """Clients as operators declare them for the old shape."""

    def make(*, city: Mapping[str, Any] | None = None, **metadata: Any) -> OldClient:
        client_id = f"old-{secrets.token_hex(4)}"
        given = {
            "client_name": "旧门户",
            "redirect_uris": [CALLBACK],
            "scope": ALL,
            "token_endpoint_auth_method": "client_secret_post",
            **metadata,
        }
        settings = {"legacy_doors": ["ixiamen"], **(city or {})}
        clients = house.house.rooms.clients
        clients.registrar.declare(client_id, given, settings, secret=SECRET)
        clients.directory.reload()

        def post(url: str, form: Mapping[str, str]) -> tuple[int, bytes]:
            answer = house.wire.post(url, form)
            return answer.status, answer.body

        return OldClient(
            host=house.wire.origin,
            client_id=client_id,
            client_secret=SECRET,
            redirect_uri=CALLBACK,
            post=post,
        )

    return make


def code_of(client: OldClient, browser: Browser, conduct: Conduct, **wishes: str) -> str:
    """Walk through the pages to the code."""
    end = walk(browser, browser.get(client.start(**wishes)), conduct)
    return client.returned(end.location)["code"]
