"""My devices: the browsers a person signed in with, forgetting one, and being told of new ones.

Forgetting only takes away, so it asks for no fresh sign-in; to be told no more does.
"""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from idp.account.door import HOME
from idp.account.record_pages import DeviceShown, DevicesPage
from idp.account.space import (
    Space,
    browser_of,
    for_its_owner,
    forget_state,
    freshly,
    is_fresh,
    journey,
    see_other,
)
from idp.journey.views import render
from idp.sessions.session import Session

DEVICES: Final = "/account/devices"
_ON: Final = "notices_on"
_OFF: Final = "notices_off"


def urlpatterns(space: Space) -> list[URLPattern]:
    """The address of the devices."""
    return [path(DEVICES[1:], for_its_owner(space, _devices), name="account-devices")]


def _devices(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    if request.method == "POST":
        return _changed(space, request, session)
    look = space.desk.look(request)
    found = space.devices.of(session.person_id, now=space.desk.clock.now())
    page = DevicesPage(
        journey_action=DEVICES,
        devices=tuple(
            DeviceShown(
                value=str(each.id),
                name=each.name,
                network=each.network,
                first_seen_at=each.first_seen_at,
                last_month=each.last_month,
                is_settled=each.is_settled,
                is_current=bool(each.device) and each.device == session.seen.device,
            )
            for each in found
        ),
        is_told=space.risk.wants_notices(session.person_id),
        back_url=HOME,
    )
    return render(page, look)


def _changed(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    now, action = space.desk.clock.now(), request.POST.get("action", "")
    if action in {_ON, _OFF}:
        if action == _OFF and not is_fresh(space, session):
            return journey(space, request, freshly(space, session, back=DEVICES))
        space.devices.choose_notices(session.person_id, is_wanted=action == _ON, now=now)
        return see_other(DEVICES)
    return _forgotten(space, request, session)


def _forgotten(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    """Forget one: who was signed in there is signed out, and its sign-in page knows nobody."""
    now, person_id = space.desk.clock.now(), session.person_id
    chosen = _id_of(request.POST.get("device", ""))
    gone = space.devices.forget(person_id, chosen, now=now) if chosen else None
    response = see_other(DEVICES)
    if gone is None:
        return response
    space.remembered.forget_one(gone.cookie_hash, person_id)
    for each in space.sessions.of_person(person_id, now=now):
        if each.seen.device == gone.device:
            space.sessions.end(each.id, reason="device_forgotten", now=now)
    if gone.device == session.seen.device and browser_of(space, request).device_secret:
        response.cookies.load(space.desk.cookies.clear(space.desk.cookies.device))
    forget_state(space, request, response)
    return response


def _id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
