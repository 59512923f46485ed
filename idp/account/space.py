"""What every page of the space is given, and how one is led from a page into the hall and back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from idp.account.door import HOME, sign_in
from idp.clients.client import ClientDirectory
from idp.journey.outcome import Continue, Hall
from idp.journey.request import Browser, JourneyRequest
from idp.journey.views import Desk
from idp.sessions.directory import Sessions
from idp.sessions.session import Session
from idp.subjects.authenticators.directory import Authenticators
from idp.subjects.guardianship import Guardianships
from idp.subjects.levels import Explanation
from idp.subjects.people import People
from idp.subjects.phone_changes import PhoneChanges


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
    authenticators: Authenticators
    phone_changes: PhoneChanges
    clients: ClientDirectory
    issuer: str
    explain: Explain
    guardianships: Guardianships


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


def browser_of(space: Space, request: HttpRequest) -> Browser:
    return space.desk.cookies.browser(
        request.COOKIES,
        remote_address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )


def see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response
