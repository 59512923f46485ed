"""A client of the i厦门 shape, written from its description alone; it knows nothing but a host."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

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
