"""The space over HTTP: one page, and the ways out of sessions."""

from typing import Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account.door import DOOR, HOME, sign_in
from idp.account.family import urlpatterns as family_patterns
from idp.account.levels import level_shown
from idp.account.pages import AccountHomePage, SessionShown
from idp.account.security import SECURITY
from idp.account.security import urlpatterns as security_patterns
from idp.account.space import Space, browser_of, journey, see_other, session_of
from idp.journey.views import render
from idp.sessions.session import SIGNED_OUT, Session
from policies.levels import Level

VERIFY: Final = "/account/verify"
PROVEN: Final = Level(ial=2, aal=1)


def urlpatterns(space: Space) -> list[URLPattern]:
    """The addresses of the citizen's own space, and of the front page, which leads there."""

    @never_cache
    @require_http_methods(["GET", "POST"])
    def home(request: HttpRequest) -> HttpResponse:
        session = session_of(space, request)
        if session is None:
            return journey(space, request)
        if request.method == "POST":
            return _ended(space, request, session)
        return _home(space, request, session)

    @never_cache
    @require_http_methods(["GET"])
    def verify(request: HttpRequest) -> HttpResponse:
        return journey(space, request, sign_in(PROVEN))

    @require_http_methods(["GET", "HEAD"])
    def front(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's shape
        return see_other(HOME)

    @never_cache
    @require_http_methods(["GET"])
    def start(request: HttpRequest, client_id: str) -> HttpResponse:
        return _started(space, request, client_id)

    return [
        path("", front, name="front"),
        path("account/start/<str:client_id>", start, name="account-start"),
        path(HOME[1:], home, name=DOOR),
        path(VERIFY[1:], verify, name="account-verify"),
        *security_patterns(space),
        *family_patterns(space),
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
        security_url=SECURITY,
    )
    return render(page, look)


def _ended(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    """End what was chosen: this session, one of the person's others, or all."""
    now = space.desk.clock.now()
    action, chosen = request.POST.get("action", ""), request.POST.get("session", "")
    response = see_other(HOME)
    if action == "sign_out_everywhere":
        space.sessions.end_all(session.person_id, reason="everywhere", now=now)
    elif action == "sign_out_elsewhere":
        space.sessions.end_all(
            session.person_id, reason="ended_by_person", now=now, keep=(session.id,)
        )
    elif action == "sign_out":
        space.sessions.end(session.id, reason="logout", now=now)
    elif (other := _owned(space, session, chosen)) is not None:
        space.sessions.end(other, reason="ended_by_person", now=now)
    secret = browser_of(space, request).session_secret
    if space.sessions.state_behind(secret, now=now) == SIGNED_OUT:
        cookies = space.desk.cookies
        response.cookies.load(cookies.set(cookies.check, SIGNED_OUT))
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
    return see_other(f"{client.initiate_login_uri}{joint}{urlencode(asked)}")


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
