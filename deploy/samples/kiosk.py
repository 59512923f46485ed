"""A simulated kiosk: a screen without a keyboard; people sign in by card or phone (RFC 8628)."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import segno

from deploy.samples.catalogue import DEVICE_GRANT, KIOSK_ACR, KIOSK_CLIENT_ID, kiosk_url
from deploy.samples.kiosk_agents import KioskAgents
from deploy.samples.kiosk_words import KIOSK_WORDS
from deploy.samples.problems import LoginFailed
from deploy.samples.relying_party import RelyingParty
from deploy.samples.web import Request, Response, SampleSite, icon, redirect, text

TIMEOUT = 10
SESSION_CHECK = 3
"""Seconds between two looks whether the person is still signed in."""
SLOWER_BY = 5
"""Seconds that RFC 8628 §3.5 adds to the interval whenever asking was too much."""
PENDING = frozenset({"authorization_pending", "slow_down", "temporarily_unavailable"})
STYLE = (
    "body{margin:0;font-family:'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;"
    "background:#0f2742;color:#fff;text-align:center;line-height:1.6}main{padding:4vh 1rem}"
    "h1{font-size:2.4rem}a{color:#ffd166;overflow-wrap:anywhere}.code{font-size:3rem;font-variant-numeric:tabular-nums;"
    "background:#fff;color:#0f2742;display:inline-block;padding:.2rem 1.2rem;border-radius:12px}"
    ".qr{background:#fff;padding:16px;border-radius:16px;width:260px;height:260px}"
    "form{margin:1rem 0}"
    "button{font:inherit;font-size:1.5rem;padding:1rem 2rem;border:0;border-radius:12px;"
    "min-height:72px;background:#ffb000;color:#1b1b1f}"
)


class Kiosk:
    """The kiosk's routes. It knows the issuer, its own public client_id and its devices' agents."""

    def __init__(self, issuer: str, *, url: str = "", devices: str = "") -> None:
        """`url` is the kiosk's own, `devices` where its simulated devices are reached."""
        self._issuer = issuer
        self._url = url
        self._agents = KioskAgents(issuer, devices)
        self._client = RelyingParty(
            issuer=issuer, client_id=KIOSK_CLIENT_ID, client_secret="", scope="openid"
        )

    def home(self, request: Request) -> Response:
        request.visitor.clear()
        say = KIOSK_WORDS[request.language]
        return _screen(
            request.language,
            f"<h1>{say['welcome']}</h1><p>{say['touch']}</p>"
            '<form action="/card" method="post"><button id="card" name="go" value="card">'
            f"{say['card']}</button></form>"
            '<form action="/start" method="post"><button id="start" name="go" value="start">'
            f"{say['phone']}</button></form>",
        )

    def card(self, request: Request) -> Response:
        """Seat this browser at the provider, and go on to sign in there by card and face."""
        try:
            ticket = self._agents.open_sitting()
        except (httpx2.HTTPError, KeyError, ValueError):
            return _ended(request.language, KIOSK_WORDS[request.language]["no_reader"])
        target = urlsplit(
            self._client.begin(
                request.visitor,
                f"{self._url}/callback",
                acr_values=KIOSK_ACR,
                claims=json.dumps({"userinfo": {"name": None}}),
            )
        )
        seat = {"ticket": ticket, "return_to": f"{target.path}?{target.query}"}
        return redirect(f"{self._issuer}/devices/seat?{urlencode(seat)}")

    def callback(self, request: Request) -> Response:
        try:
            signed_in = self._client.finish(
                request.visitor, f"{self._url}/callback", dict(request.arguments)
            )
        except LoginFailed as problem:
            return _ended(request.language, text(problem.in_words(request.language)))
        request.visitor.clear()
        request.visitor["access_token"] = signed_in.access_token
        request.visitor["id_token"] = signed_in.id_token
        return redirect("/session")

    def end(self, request: Request) -> Response:
        """Whoever signed in by card leaves no session behind in this machine."""
        id_token = request.visitor.get("id_token")
        request.visitor.clear()
        if id_token is None:
            return redirect("/")
        return redirect(self._client.logout_url(id_token, f"{self._url}/", "end"))

    def start(self, request: Request) -> Response:
        answer = httpx2.post(
            self._endpoint("device_authorization_endpoint"),
            data={"client_id": KIOSK_CLIENT_ID, "scope": "openid profile"},
            timeout=TIMEOUT,
        )
        answer.raise_for_status()
        request.visitor["waiting"] = answer.json()
        return redirect("/wait")

    def wait(self, request: Request) -> Response:
        """Ask once each time the page comes by; it refreshes itself at the interval it was told."""
        waiting: dict[str, Any] | None = request.visitor.get("waiting")
        if waiting is None:
            return redirect("/")
        answer = self._poll(waiting["device_code"])
        error = answer.get("error")
        if error in PENDING:
            slower = error != "authorization_pending"
            return self._waiting(waiting, request.language, slower=slower)
        request.visitor.clear()
        if error:
            return _ended(request.language, KIOSK_WORDS[request.language]["failed"])
        request.visitor["access_token"] = answer["access_token"]
        return redirect("/session")

    def _poll(self, device_code: str) -> dict[str, Any]:
        """What the token endpoint says; a server out of reach is one to ask less often.

        RFC 8628 §3.5: "On encountering a connection timeout, clients MUST unilaterally reduce their
        polling frequency before retrying."
        """
        try:
            answer = httpx2.post(
                self._endpoint("token_endpoint"),
                data={
                    "grant_type": DEVICE_GRANT,
                    "client_id": KIOSK_CLIENT_ID,
                    "device_code": device_code,
                },
                timeout=TIMEOUT,
            )
            said: dict[str, Any] = answer.json()
        except (httpx2.HTTPError, ValueError):
            return {"error": "temporarily_unavailable"}
        return said

    def session(self, request: Request) -> Response:
        """Ask again who it is, as long as the page is open: a logout elsewhere ends it here too."""
        access_token = request.visitor.get("access_token")
        if access_token is None:
            return redirect("/")
        answer = httpx2.get(
            self._endpoint("userinfo_endpoint"),
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=TIMEOUT,
        )
        if answer.status_code != HTTPStatus.OK:
            request.visitor.clear()
            return _ended(request.language, KIOSK_WORDS[request.language]["over"])
        say = KIOSK_WORDS[request.language]
        hello = say["hello"].format(who=text(answer.json().get("name") or say["somebody"]))
        return _screen(
            request.language,
            f'<h1 id="welcome">{hello}</h1><p>{say["here"]}</p>'
            f'<form action="/end" method="post"><button id="end">{say["end"]}</button></form>',
            refresh=SESSION_CHECK,
            refresh_to="/session",
        )

    def style(self, _request: Request) -> Response:
        return Response(headers=(("Content-Type", "text/css"),), body=STYLE)

    def _waiting(self, waiting: dict[str, Any], language: str, *, slower: bool) -> Response:
        if slower:
            waiting["interval"] = waiting["interval"] + SLOWER_BY
        target = waiting["verification_uri_complete"]
        picture = segno.make(target, error="m").svg_data_uri(scale=6, border=0)
        say = KIOSK_WORDS[language]
        return _screen(
            language,
            f"<h1>{say['scan']}</h1>"
            f'<p><img class="qr" alt="{say["picture"]}" src="{text(picture)}"></p>'
            f"<p>{say['or_open'].format(address=text(waiting['verification_uri']))}</p>"
            f'<p class="code" data-user-code="{text(waiting["user_code"])}">'
            f"{text(waiting['user_code'])}</p>"
            f'<p><a href="{text(target)}">{text(target)}</a></p>',
            refresh=waiting["interval"],
        )

    def _endpoint(self, name: str) -> str:
        answer = httpx2.get(f"{self._issuer}/.well-known/openid-configuration", timeout=TIMEOUT)
        answer.raise_for_status()
        return str(answer.json()[name])


def kiosk_application() -> Callable[[str, int], SampleSite]:
    """A factory for the companions' process."""

    def create(issuer: str, port: int) -> SampleSite:
        kiosk = Kiosk(issuer, url=kiosk_url(port), devices=f"http://127.0.0.1:{port + 1}")
        return SampleSite(
            cookie="kiosk",
            routes={
                "/": kiosk.home,
                "/card": kiosk.card,
                "/callback": kiosk.callback,
                "/end": kiosk.end,
                "/start": kiosk.start,
                "/wait": kiosk.wait,
                "/session": kiosk.session,
                "/portal.css": kiosk.style,
            },
            frame_ancestors="'none'",
            leads_to=issuer,
        )

    return create


def _ended(language: str, message: str) -> Response:
    again = KIOSK_WORDS[language]["again"]
    return _screen(
        language,
        f'<h1 id="ended">{message}</h1>'
        f'<form action="/" method="get"><button>{again}</button></form>',
    )


def _screen(language: str, body: str, *, refresh: int = 0, refresh_to: str = "/wait") -> Response:
    return Response(
        headers=(("Refresh", f"{refresh};url={refresh_to}"),) if refresh else (),
        body=f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{KIOSK_WORDS[language]['title']}</title>{icon('#ffb000')}"
        f'<link rel="stylesheet" href="/portal.css"></head><body><main>{body}</main></body></html>',
    )
