"""The end-session endpoint: ask where one must ask, end the session, tell everyone."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import orjson

from idp.clients.client import ClientDirectory
from idp.foundation.clock import Clock
from idp.foundation.storage import ShortLivedStore
from idp.protocols.oauth.errors import InvalidRequest, OAuthError
from idp.protocols.oauth.redirects import redirect
from idp.protocols.oauth.wire import Form, WireRequest, WireResponse
from idp.protocols.oidc.hints import IdTokenHints
from idp.protocols.oidc.logout.front_channel import LeftService, left_services
from idp.protocols.oidc.logout.request import LogoutRequest, judge_logout_request
from idp.sessions.session import Session, SessionDirectory

CONFIRMATION_TTL = 600
CONFIRMATION = "step_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutPages:
    """The pages of this room; their looks are handed in.

    `confirm(request, session, services, step_token, return_url)` asks;
    `done(request, services, return_url)` tells what ended and loads the front-channel frames;
    `error` shows a refusal.
    """

    confirm: Callable[[WireRequest, Session, tuple[LeftService, ...], str, str], WireResponse]
    done: Callable[[WireRequest, tuple[LeftService, ...], str], WireResponse]
    error: Callable[[WireRequest, OAuthError], WireResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutEndpoint:
    """GET and POST (RP-Initiated Logout 1.0 §2). Call it with a WireRequest.

    `farewell` are the Set-Cookie values by which a browser forgets its session.
    """

    path: str
    issuer: str
    session_cookie: str
    farewell: tuple[str, ...]
    clients: ClientDirectory
    hints: IdTokenHints
    sessions: SessionDirectory
    client_sid: Callable[..., str]
    pages: LogoutPages
    store: ShortLivedStore
    clock: Clock

    def __call__(self, request: WireRequest) -> WireResponse:
        try:
            if request.method == "GET":
                return self._asked(request, request.query_parameters())
            if request.method == "POST":
                form = request.form_parameters()
                if form.get(CONFIRMATION):
                    return self._decided(request, form)
                return self._asked(request, form)
            return WireResponse(
                status=HTTPStatus.METHOD_NOT_ALLOWED, headers=(("Allow", "GET, POST"),)
            )
        except OAuthError as problem:
            return self.pages.error(request, problem)

    def _asked(self, request: WireRequest, form: Form) -> WireResponse:
        asked = judge_logout_request(form, clients=self.clients, hints=self.hints)
        if request.method == "POST" and self.session_cookie not in request.cookies:
            # A cross-site POST shows no SameSite=Lax cookie: come again by GET.
            return redirect(f"{self.path}?{_as_query(form)}")
        session = self._session(request)
        if session is None:
            return self._left(request, (), asked.return_url)
        if self._is_meant(asked, session):
            return self._end(request, session, asked.return_url)
        services = left_services(
            self.sessions.participants(session.id), clients=self.clients, issuer=self.issuer
        )
        token = self._confirmation(session, asked)
        return self.pages.confirm(request, session, services, token, asked.return_url)

    def _decided(self, request: WireRequest, form: Form) -> WireResponse:
        """The confirmation is bound to the session it was shown to, and works once."""
        session = self._session(request)
        taken = self.store.take(f"logout:{_digest(form.get(CONFIRMATION))}")
        if taken is None or taken.replayed:
            raise InvalidRequest("This page has expired. Sign out again.")
        stored_session, return_url = orjson.loads(taken.value)
        if session is None:
            return self._left(request, (), return_url)
        if not hmac.compare_digest(stored_session, str(session.id)):
            raise InvalidRequest("This page belongs to another session. Sign out again.")
        if form.get("decision") == "deny":
            return redirect(return_url or self.issuer + "/")
        return self._end(request, session, return_url)

    def _is_meant(self, asked: LogoutRequest, session: Session) -> bool:
        """§2: without a hint for this very session the OP MUST ask the End-User."""
        if asked.hint is None or asked.client is None:
            return False
        expected = self.client_sid(session.id, asked.client.client_id)
        return hmac.compare_digest(str(asked.hint.get("sid", "")), expected)

    def _confirmation(self, session: Session, asked: LogoutRequest) -> str:
        token = secrets.token_urlsafe(24)
        self.store.put(
            f"logout:{_digest(token)}",
            orjson.dumps([str(session.id), asked.return_url]),
            ttl=CONFIRMATION_TTL,
        )
        return token

    def _end(self, request: WireRequest, session: Session, return_url: str) -> WireResponse:
        participants = self.sessions.end(session.id, reason="logout", now=self.clock.now())
        services = left_services(participants, clients=self.clients, issuer=self.issuer)
        return self._left(request, services, return_url)

    def _left(
        self, request: WireRequest, services: tuple[LeftService, ...], return_url: str
    ) -> WireResponse:
        """Straight back where nothing has to be loaded; else the page, which then leads back."""
        if return_url and not any(service.front_channel_url for service in services):
            return redirect(return_url, self.farewell)
        page = self.pages.done(request, services, return_url)
        return WireResponse(
            status=page.status,
            headers=(*page.headers, *(("Set-Cookie", cookie) for cookie in self.farewell)),
            body=page.body,
        )

    def _session(self, request: WireRequest) -> Session | None:
        secret = request.cookies.get(self.session_cookie, "")
        if not secret:
            return None
        session, _consent = self.sessions.open(secret, now=self.clock.now())
        return session


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _as_query(form: Form) -> str:
    return urlencode(dict(form.single))
