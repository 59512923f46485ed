"""The space over HTTP: one page, and the ways out of sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account.door import DOOR, HOME, sign_in
from idp.account.levels import level_shown
from idp.account.pages import AccountHomePage, SessionShown
from idp.clients.client import ClientDirectory
from idp.journey.outcome import Continue, Hall
from idp.journey.request import Browser
from idp.journey.views import Desk, render
from idp.sessions.directory import Sessions
from idp.sessions.session import SIGNED_OUT, Session
from idp.subjects.levels import Explanation
from idp.subjects.people import People
from policies.levels import Level

VERIFY: Final = "/account/verify"
PROVEN: Final = Level(ial=2, aal=1)


class Explain(Protocol):
    def __call__(self, person_id: UUID, *, now: datetime) -> Explanation:
        """Why a person's level stands, and the ways to the next that are on offer here."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What the views are given."""

    desk: Desk
    hall: Hall
    sessions: Sessions
    people: People
    clients: ClientDirectory
    issuer: str
    explain: Explain


def urlpatterns(space: Space) -> list[URLPattern]:
    """The addresses of the citizen's own space, and of the front page, which leads there."""

    @never_cache
    @require_http_methods(["GET", "POST"])
    def home(request: HttpRequest) -> HttpResponse:
        session = _session(space, request)
        if session is None:
            return _journey(space, request, None)
        if request.method == "POST":
            return _ended(space, request, session)
        return _home(space, request, session)

    @never_cache
    @require_http_methods(["GET"])
    def verify(request: HttpRequest) -> HttpResponse:
        return _journey(space, request, PROVEN)

    @require_http_methods(["GET", "HEAD"])
    def front(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's shape
        return _see_other(HOME)

    @never_cache
    @require_http_methods(["GET"])
    def start(request: HttpRequest, client_id: str) -> HttpResponse:
        return _started(space, request, client_id)

    return [
        path("", front, name="front"),
        path("account/start/<str:client_id>", start, name="account-start"),
        path(HOME[1:], home, name=DOOR),
        path(VERIFY[1:], verify, name="account-verify"),
    ]


def _home(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    now = space.desk.clock.now()
    standing = space.people.standing(session.person_id, now=now)
    look = space.desk.look(request)
    sessions = space.sessions.of_person(session.person_id, now=now)
    page = AccountHomePage(
        journey_action=HOME,
        masked_name=standing.masked_name,
        masked_identifier=standing.masked_phone,
        identity_level=session.level.ial,
        level=level_shown(space.explain(session.person_id, now=now)),
        sessions=tuple(_shown(space, each, session, look.language) for each in sessions),
        verify_url="" if session.level.satisfies(PROVEN) else VERIFY,
    )
    return render(page, look)


def _ended(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    """End what was chosen: this session, one of the person's others, or all."""
    now = space.desk.clock.now()
    action, chosen = request.POST.get("action", ""), request.POST.get("session", "")
    response = _see_other(HOME)
    if action == "sign_out_everywhere":
        space.sessions.end_all(session.person_id, reason="everywhere", now=now)
    elif action == "sign_out":
        space.sessions.end(session.id, reason="logout", now=now)
    elif (other := _owned(space, session, chosen)) is not None:
        space.sessions.end(other, reason="ended_by_person", now=now)
    if space.sessions.state_behind(_secret(space, request), now=now) == SIGNED_OUT:
        cookies = space.desk.cookies
        response.headers["Set-Cookie"] = cookies.set(cookies.check, SIGNED_OUT)
    return response


def _owned(space: Space, session: Session, chosen: str) -> UUID | None:
    """A session of this very person, else None: ids of others' sessions lead nowhere."""
    mine = space.sessions.of_person(session.person_id, now=space.desk.clock.now())
    return next((each.id for each in mine if str(each.id) == chosen), None)


def _started(space: Space, request: HttpRequest, client_id: str) -> HttpResponse:
    """Begin a login at a service from here (OpenID Connect Core 1.0 §4).

    The address is the registered one; `target_link_uri` is handed on only within its origin, for
    the client must not become an open redirector either.
    """
    client = space.clients.get(client_id)
    if client is None or client.status != "active" or not client.initiate_login_uri:
        raise Http404
    parts = urlsplit(client.initiate_login_uri)
    asked = {"iss": space.issuer}
    target = request.GET.get("target_link_uri", "")
    if target.startswith(f"{parts.scheme}://{parts.netloc}/"):
        asked["target_link_uri"] = target
    joint = "&" if parts.query else "?"
    return _see_other(f"{client.initiate_login_uri}{joint}{urlencode(asked)}")


def _shown(space: Space, each: Session, current: Session, language: str) -> SessionShown:
    names = []
    for participant in space.sessions.participants(each.id):
        client = space.clients.get(participant.client_id)
        if client is not None:
            names.append(client.name_in(language))
    return SessionShown(
        value=str(each.id),
        device=each.channel,
        began_at=each.authenticated_at,
        services=tuple(names),
        is_current=each.id == current.id,
    )


def _journey(space: Space, request: HttpRequest, required: Level | None) -> HttpResponse:
    """Into the hall, and back home from it."""
    entered = space.hall.enter(
        sign_in(required), _browser(space, request), now=space.desk.clock.now()
    )
    if not isinstance(entered, Continue):
        return _see_other(HOME)
    response = _see_other(entered.location)
    for cookie in entered.set_cookies:
        response.headers["Set-Cookie"] = cookie
    return response


def _session(space: Space, request: HttpRequest) -> Session | None:
    secret = _secret(space, request)
    if not secret:
        return None
    session, _consent = space.sessions.open(secret, now=space.desk.clock.now())
    return session


def _secret(space: Space, request: HttpRequest) -> str:
    return _browser(space, request).session_secret


def _browser(space: Space, request: HttpRequest) -> Browser:
    return space.desk.cookies.browser(
        request.COOKIES,
        remote_address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )


def _see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
