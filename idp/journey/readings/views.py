"""The address at which a kiosk's or a window's browser takes the seat of a sitting.

Owns its cookies. Whoever used the browser before leaves nothing behind: their session ends, and
their pages, bound to the browser's name, lead nowhere.
"""

import secrets
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.journey.notices import StatusPage
from idp.journey.readings.desk import ReadingDesk
from idp.journey.views import Desk, render
from idp.sessions.directory import Sessions

LEFT: Final = "place_left"
_LONGEST: Final = 8_192


def urlpatterns(desk: Desk, readings: ReadingDesk, sessions: Sessions) -> list[URLPattern]:
    """The address, below the issuer's."""

    @never_cache
    @require_http_methods(["GET"])
    def seat(request: HttpRequest) -> HttpResponse:
        return take_seat(desk, readings, sessions, request)

    return [path("devices/seat", seat, name="device-seat")]


def take_seat(
    desk: Desk, readings: ReadingDesk, sessions: Sessions, request: HttpRequest
) -> HttpResponse:
    """`ticket` is what the kiosk was given, `return_to` the address of ours to go on at."""
    ticket, onward = request.GET.get("ticket", ""), request.GET.get("return_to", "")
    if not ticket or not _is_ours(onward):
        return _refused(desk, request, HTTPStatus.BAD_REQUEST)
    sitting = readings.sittings.seat(ticket)
    if sitting is None:
        return _refused(desk, request, HTTPStatus.FORBIDDEN)
    now = desk.clock.now()
    before, _ = sessions.open(request.COOKIES.get(desk.cookies.session, ""), now=now)
    if before is not None:
        sessions.end(before.id, reason=LEFT, now=now)
    response = HttpResponse(status=HTTPStatus.SEE_OTHER)
    response["Location"] = onward
    cookies = desk.cookies
    fresh = {
        cookies.place: sitting.id,
        cookies.device: secrets.token_urlsafe(32),
        cookies.session: "",
        cookies.check: "",
    }
    for name, value in fresh.items():
        response.set_cookie(
            name,
            value,
            max_age=cookies.max_age(name) if value else 0,
            secure=cookies.is_secure,
            httponly=name != cookies.check,
            samesite=cookies.same_site(name),
        )
    return response


def _is_ours(onward: str) -> bool:
    """An address on this very host: a ticket must not lead a person who trusts us elsewhere."""
    is_local = onward.startswith("/") and not onward.startswith(("//", "/\\"))
    return is_local and onward.isascii() and onward.isprintable() and len(onward) <= _LONGEST


def _refused(desk: Desk, request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    response = render(StatusPage(status=status), desk.look(request))
    response.status_code = status
    return response
