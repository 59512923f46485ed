"""My data: taking it along, freezing the identity everywhere, deleting the account.

Taking along and deleting need a sign-in at most five minutes old, by all the account reaches;
freezing only a recent one, since it protects, and stopping a deletion none.
"""

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account.data_pages import DataPage, DeletePage, ExportPage, FreezePage, FrozenPage
from idp.account.door import HOME, sign_in
from idp.account.export import ExportedOften, as_json
from idp.account.readable import sections_of
from idp.account.space import (
    FRESH_SECONDS,
    Space,
    for_its_owner,
    forget_state,
    freshly,
    is_fresh,
    journey,
    see_other,
)
from idp.journey.notices import StatusPage
from idp.journey.views import render
from idp.sessions.session import Session
from idp.subjects.statuses import StatusRefused

DATA: Final = "/account/data"
FREEZE: Final = "/account/freeze"
FROZEN: Final = "/account/frozen"
DELETE: Final = "/account/delete"
FILE_NAME: Final = "tongxing-my-data.json"


def urlpatterns(space: Space) -> list[URLPattern]:
    """The addresses of a person's data and its ends."""

    @never_cache
    @require_http_methods(["GET"])
    def frozen(request: HttpRequest) -> HttpResponse:
        return render(FrozenPage(), space.desk.look(request))

    return [
        path(DATA[1:], for_its_owner(space, _data), name="account-data"),
        path(FREEZE[1:], for_its_owner(space, _freeze), name="account-freeze"),
        path(FROZEN[1:], frozen, name="account-frozen"),
        path(DELETE[1:], for_its_owner(space, _delete), name="account-delete"),
    ]


def _data(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    if not is_fresh(space, session):
        return journey(space, request, freshly(space, session, back=DATA))
    look = space.desk.look(request)
    wish = request.POST.get("action", "")
    if wish not in {"page", "file"}:
        return render(DataPage(journey_action=DATA, back_url=HOME), look)
    try:
        export = space.exports.take(session.person_id, language=look.html_language)
    except ExportedOften:
        response = render(StatusPage(status=HTTPStatus.TOO_MANY_REQUESTS), look)
        response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return response
    if wish == "page":
        return render(ExportPage(sections=sections_of(export, look), back_url=DATA), look)
    response = HttpResponse(as_json(export), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response


def _freeze(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    now = space.desk.clock.now()
    if now - session.authenticated_at > timedelta(seconds=FRESH_SECONDS):
        return journey(space, request, sign_in(back=FREEZE, max_age=FRESH_SECONDS))
    look = space.desk.look(request)
    if request.POST.get("action") != "freeze":
        return render(FreezePage(journey_action=FREEZE, back_url=HOME), look)
    try:
        space.statuses.freeze(session.person_id, now=now, language=look.html_language)
    except StatusRefused:
        return see_other(HOME)
    response = see_other(FROZEN)
    forget_state(space, request, response)
    return response


def _delete(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    now, look = space.desk.clock.now(), space.desk.look(request)
    person_id, wish = session.person_id, request.POST.get("action", "")
    if wish == "keep":
        space.erasures.stop(person_id, now=now, language=look.html_language)
        return see_other(HOME)
    due_at = space.erasures.due_at(person_id)
    if due_at is None and not is_fresh(space, session):
        return journey(space, request, freshly(space, session, back=DELETE))
    if wish == "delete":
        space.erasures.ask(person_id, now=now, language=look.html_language)
        return see_other(DELETE)
    page = DeletePage(
        journey_action=DELETE,
        due_at=due_at,
        hold_days=space.erasures.hold.days,
        back_url=HOME,
    )
    return render(page, look)
