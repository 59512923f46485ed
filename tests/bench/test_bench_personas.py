"""The benchmark's person walks the journey's pages by the contract's hooks alone."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from bench.load import LoadError
from bench.personas import Personas
from bench.relying_party import REDIRECT_URI, WEB, RelyingParty

PEOPLE = [
    {"key": "minor", "phone": "+8613800000005", "login": {"identifier": "m", "password": "m"}},
    {"key": "adult", "phone": "+8613800000001", "login": {"identifier": "a", "password": "right"}},
    {"key": "newcomer", "phone": "+8613800000017", "login": None},
]
LOGIN = """<form method="post" action="/language"><button name="language" value="en">
</button></form>
<form method="post" action="" data-step="login">{alert}<input type="hidden" name="csrf" value="t">
<input name="identifier"><input type="password" name="password">
<button name="action" value="sign_in">Sign in</button>
<button name="method" value="sms">Text message</button></form>"""
CODE = """<form method="post" action="/code" data-step="login">
<input type="hidden" name="csrf" value="t"><input name="code">
<button name="action" value="sign_in">Sign in</button>
<button name="action" value="resend">Again</button></form>"""
CONSENT = """<form method="post" action="/consent" data-step="consent">
<input type="hidden" name="csrf" value="t"><input type="checkbox" name="claim" value="name">
<button name="decision" value="deny">No</button>
<button name="decision" value="allow">Yes</button></form>"""


class Provider(BaseHTTPRequestHandler):
    """A provider with its sandbox in one: a few pages, one person, one code at a time."""

    inbox: list[dict[str, str]]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        base = f"http://{self.headers['Host']}"
        answers = {
            "/.well-known/openid-configuration": {
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
            },
            "/people": PEOPLE,
            "/inbox": self.inbox,
        }
        if path in answers:
            self._answer(json.dumps(answers[path]))
        elif path == "/authorize":
            self._redirect("/login")
        else:
            self._answer(LOGIN.format(alert=""))

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = {
            name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()
        }
        if self.path == "/token":
            assert form["code"] == "c-1"
            self._answer(json.dumps({"access_token": "x"}))
            return
        assert form["csrf"] == "t"
        if self.path == "/login" and form.get("method") == "sms":
            self.inbox.insert(0, {"code": f"{len(self.inbox):06}", "sent_at": str(len(self.inbox))})
            self.inbox.insert(0, {"code": "", "sent_at": "a notice, later"})
            self._answer(CODE)
        elif self.path == "/consent" and form["decision"] == "allow" and "claim" not in form:
            self._redirect(f"{REDIRECT_URI}?code=c-1&state=bench")
        elif self._is_right(form):
            self._answer(CONSENT)
        else:
            self._answer(LOGIN.format(alert='<p role="alert">Wrong password.</p>'))

    def log_message(self, *_args: object) -> None:
        """Tests need no access log."""

    def _is_right(self, form: dict[str, str]) -> bool:
        if self.path == "/code":
            return form["code"] == next(each["code"] for each in self.inbox if each["code"])
        return form.get("password") == "right"

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def _redirect(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()


@pytest.fixture
def provider() -> Iterator[str]:
    handler = type("Fresh", (Provider,), {"inbox": [{"code": "999999", "sent_at": "before"}]})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("way", ["sign_in", "sign_in_by_sms"])
def test_persona_comes_back_with_a_code(provider: str, way: str) -> None:
    personas = Personas(provider)
    party = RelyingParty(provider, client=WEB, sign_in=getattr(personas, way))
    party.first_login()
    party.first_login()


def test_login_says_what_the_page_said_when_it_does_not_end(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PEOPLE[1], "login", {"identifier": "a", "password": "wrong"})
    party = RelyingParty(provider, client=WEB, sign_in=Personas(provider).sign_in)
    with pytest.raises(LoadError, match=r"Wrong password\."):
        party.first_login()
