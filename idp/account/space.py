"""What every page of the space is given, and how one is led from a page into the hall and back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Concatenate, Final, ParamSpec, Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account.connected import Connected
from idp.account.door import HOME, sign_in
from idp.account.export import Exports
from idp.clients.client import ClientDirectory
from idp.journey.login.devices import KnownDevices
from idp.journey.outcome import Continue, Hall
from idp.journey.request import Browser, JourneyRequest
from idp.journey.risk.gathering import RiskDesk
from idp.journey.views import Desk
from idp.sessions.directory import Sessions
from idp.sessions.known_devices import DeviceBook
from idp.sessions.session import SIGNED_OUT, Session
from idp.subjects.authenticators.directory import Authenticators
from idp.subjects.contact_changes import ContactChanges
from idp.subjects.email_changes import EmailChanges
from idp.subjects.erasure import Erasures
from idp.subjects.guardianship import Guardianships
from idp.subjects.levels import Explanation
from idp.subjects.own_records import OwnRecords
from idp.subjects.people import People
from idp.subjects.phone_changes import PhoneChanges
from idp.subjects.purpose_consents import PurposeConsents
from idp.subjects.statuses import Statuses
from policies.levels import Level

FRESH_SECONDS: Final = 300
"""How old a sign-in may be where something is changed, taken along or ended for good."""


Given = ParamSpec("Given")


class Explain(Protocol):
    def __call__(self, person_id: UUID, *, now: datetime) -> Explanation:
        """Why a person's level stands, and the ways to the next that are on offer here."""
        ...


class MayAddFace(Protocol):
    def __call__(self, person_id: UUID, *, now: datetime) -> bool:
        """Whether signing in with the face is offered to a person."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What the views are given."""

    desk: Desk
    hall: Hall
    sessions: Sessions
    people: People
    authenticators: Authenticators
    phone_changes: PhoneChanges
    email_changes: EmailChanges
    contacts: ContactChanges
    takes_email: Callable[[], bool]
    may_add_face: MayAddFace
    clients: ClientDirectory
    issuer: str
    explain: Explain
    guardianships: Guardianships
    records: OwnRecords
    connected: Connected
    statuses: Statuses
    erasures: Erasures
    purposes: PurposeConsents
    exports: Exports
    devices: DeviceBook
    risk: RiskDesk
    remembered: KnownDevices


def journey(space: Space, request: HttpRequest, wish: JourneyRequest | None = None) -> HttpResponse:
    """Into the hall, and back to where the wish says."""
    asked = wish or sign_in()
    entered = space.hall.enter(asked, browser_of(space, request), now=space.desk.clock.now())
    if not isinstance(entered, Continue):
        return see_other(asked.continuation.decode() or HOME)
    response = see_other(entered.location)
    for cookie in entered.set_cookies:
        response.cookies.load(cookie)
    return response


def session_of(space: Space, request: HttpRequest) -> Session | None:
    secret = browser_of(space, request).session_secret
    if not secret:
        return None
    session, _consent = space.sessions.open(secret, now=space.desk.clock.now())
    return session


def is_fresh(space: Space, session: Session) -> bool:
    """Whether the person just signed in, by all the account reaches, not by little alone."""
    age = space.desk.clock.now() - session.authenticated_at
    held = space.authenticators.of(session.person_id)
    return (
        age <= timedelta(seconds=FRESH_SECONDS)
        and session.level.aal >= space.authenticators.reach(held)
        and not space.authenticators.is_little(held, session.amr)
    )


def is_little(space: Space, session: Session) -> bool:
    """Whether a code by e-mail, or a face, is all that was proven of an account that holds more."""
    held = space.authenticators.of(session.person_id)
    return space.authenticators.is_little(held, session.amr)


def freshly(
    space: Space, session: Session, *, back: str, adds: str = "", adds_for: str = ""
) -> JourneyRequest:
    """The wish to sign in anew, by all the account reaches, and to come back."""
    return sign_in(
        Level(ial=0, aal=reach(space, session)),
        back=back,
        adds=adds,
        adds_for=adds_for,
        max_age=FRESH_SECONDS,
        beyond_email=True,
    )


def reach(space: Space, session: Session) -> int:
    """The level that the person's own authenticators reach."""
    return space.authenticators.reach(space.authenticators.of(session.person_id))


def browser_of(space: Space, request: HttpRequest) -> Browser:
    return space.desk.cookies.browser(
        request.COOKIES,
        remote_address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )


def for_its_owner(
    space: Space, view: Callable[Concatenate[Space, HttpRequest, Session, Given], HttpResponse]
) -> Callable[Concatenate[HttpRequest, Given], HttpResponse]:
    """A page of the space as a view, in its language; who is not signed in does so first."""

    @never_cache
    @require_http_methods(["GET", "POST"])
    def answer(request: HttpRequest, /, *given: Given.args, **named: Given.kwargs) -> HttpResponse:
        session = session_of(space, request)
        if session is None:
            return journey(space, request, sign_in(back=request.path))
        with translation.override(space.desk.look(request).language):
            return view(space, request, session, *given, **named)

    return answer


def forget_state(space: Space, request: HttpRequest, response: HttpResponse) -> None:
    """Say to scripts that nobody is signed in here any more, if that is so."""
    secret, cookies = browser_of(space, request).session_secret, space.desk.cookies
    if space.sessions.state_behind(secret, now=space.desk.clock.now()) == SIGNED_OUT:
        response.cookies.load(cookies.set(cookies.check, SIGNED_OUT))


def see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
