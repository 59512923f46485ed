"""The space over HTTP: its first page, and the ways out of sessions."""

from typing import Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account import summaries
from idp.account.contacts import CONTACTS
from idp.account.contacts import urlpatterns as contact_patterns
from idp.account.data import DATA, DELETE, FREEZE
from idp.account.data import urlpatterns as data_patterns
from idp.account.devices import DEVICES
from idp.account.devices import urlpatterns as device_patterns
from idp.account.documents import DOCUMENTS, PROVEN, VERIFY
from idp.account.documents import urlpatterns as document_patterns
from idp.account.door import DOOR, HOME, sign_in
from idp.account.family import FAMILY
from idp.account.family import urlpatterns as family_patterns
from idp.account.join import JOIN
from idp.account.levels import level_shown
from idp.account.pages import AccountHomePage, MenuEntry, SessionShown
from idp.account.record_pages import SessionsPage
from idp.account.security import SECURITY
from idp.account.security import urlpatterns as security_patterns
from idp.account.services import SERVICES
from idp.account.services import urlpatterns as service_patterns
from idp.account.space import Space, for_its_owner, forget_state, journey, see_other
from idp.journey.consent.step import AGREEMENTS
from idp.journey.views import render
from idp.sessions.session import Session

SESSIONS: Final = "/account/sessions"


def urlpatterns(space: Space) -> list[URLPattern]:
    """The addresses of the citizen's own space, and of the front page, which leads there."""

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
        path(HOME[1:], for_its_owner(space, _home), name=DOOR),
        path(SESSIONS[1:], for_its_owner(space, _sessions), name="account-sessions"),
        path(VERIFY[1:], verify, name="account-verify"),
        *security_patterns(space),
        *contact_patterns(space),
        *family_patterns(space),
        *document_patterns(space),
        *device_patterns(space),
        *service_patterns(space),
        *data_patterns(space),
    ]


def _home(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    if request.method == "POST":
        return _ended(space, request, session)
    now = space.desk.clock.now()
    standing = space.people.standing(session.person_id, now=now)
    page = AccountHomePage(
        journey_action=HOME,
        masked_name=standing.masked_name,
        masked_identifier=standing.masked_identifier,
        identity_level=session.level.ial,
        level=level_shown(space.explain(session.person_id, now=now)),
        verify_url="" if session.level.satisfies(PROVEN) else VERIFY,
        deletion_at=space.erasures.due_at(session.person_id),
        deletion_url=DELETE,
        menu=_menu(space, session),
    )
    return render(page, space.desk.look(request))


def _menu(space: Space, session: Session) -> tuple[MenuEntry, ...]:
    """Every room of the space, with how many things are in it."""
    now, person_id = space.desk.clock.now(), session.person_id
    documents = sum(each.is_live for each in space.records.documents(person_id))
    wards = len(space.guardianships.wards_of(person_id, now=now))
    family = MenuEntry(url=FAMILY, name=_("My family"), summary=summaries.children(wards))
    return (
        MenuEntry(url=DOCUMENTS, name=_("My documents"), summary=summaries.documents(documents)),
        MenuEntry(
            url=SECURITY,
            name=_("Sign-in and security"),
            summary=summaries.ways(len(space.authenticators.of(person_id))),
        ),
        _contacts(space, person_id),
        *((family,) if wards else ()),
        MenuEntry(
            url=SESSIONS,
            name=_("Where you are signed in"),
            summary=summaries.sessions(len(space.sessions.of_person(person_id, now=now))),
        ),
        MenuEntry(
            url=DEVICES,
            name=_("My devices"),
            summary=summaries.devices(space.devices.count(person_id)),
        ),
        MenuEntry(
            url=SERVICES,
            name=_("Connected services"),
            summary=summaries.services(len(space.connected.services(person_id, now=now))),
        ),
        MenuEntry(
            url=AGREEMENTS,
            name=_("My agreements"),
            summary=summaries.agreements(_agreements_in_force(space, person_id)),
        ),
        *_RARELY_NEEDED,
    )


def _contacts(space: Space, person_id: UUID) -> MenuEntry:
    told = summaries.contacts(len(space.contacts.of(person_id)))
    return MenuEntry(url=CONTACTS, name=_("Who else is told"), summary=told)


_RARELY_NEEDED: Final = (
    MenuEntry(
        url=JOIN, name=_("Join two accounts of mine"), summary=_("when you have a second one")
    ),
    MenuEntry(url=DATA, name=_("Take my data along"), summary=_("to read, or as a file")),
    MenuEntry(url=FREEZE, name=_("Freeze my identity"), summary=_("when something was stolen")),
    MenuEntry(url=DELETE, name=_("Delete my account"), summary=_("for good")),
)


def _agreements_in_force(space: Space, person_id: UUID) -> int:
    ends = [
        *(each.ended_at for each in space.records.agreements(person_id)),
        *(each.ended_at for each in space.records.purposes(person_id)),
    ]
    return sum(ended_at is None for ended_at in ends)


def _sessions(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    if request.method == "POST":
        return _ended(space, request, session)
    look = space.desk.look(request)
    sessions = space.sessions.of_person(session.person_id, now=space.desk.clock.now())
    page = SessionsPage(
        journey_action=SESSIONS,
        sessions=tuple(_shown(space, each, session, look.language) for each in sessions),
        back_url=HOME,
    )
    return render(page, look)


def _ended(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    """End what was chosen: this session, one of the person's others, or all."""
    now = space.desk.clock.now()
    action, chosen = request.POST.get("action", ""), request.POST.get("session", "")
    response = see_other(request.path)
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
    forget_state(space, request, response)
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
