"""My family: the children somebody stands for, what these ask for, and what was agreed to.

A guardian answers in a sign-in of their own, at most five minutes old: whoever finds a guardian's
open browser, the child among them, agrees to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account.contacts import ContactShown
from idp.account.door import HOME, sign_in
from idp.account.space import (
    FRESH_SECONDS,
    Space,
    for_its_owner,
    freshly,
    is_little,
    journey,
    see_other,
    session_of,
)
from idp.journey.login.new_contact import CONTACT
from idp.journey.pages import Page
from idp.journey.views import render
from idp.sessions.session import Session
from idp.subjects.contacts import MOST
from idp.subjects.families import survivor_of
from idp.subjects.guardianship import GuardianRefused, Question
from idp.subjects.models import Guardianship
from policies.levels import Level

FAMILY: Final = "/account/family"
_ANYBODY: Final = Level(ial=1, aal=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildShown:
    """A child, by the name that is proven, masked; `until` is the day they turn 14."""

    masked_name: str
    until: datetime
    contacts: tuple[ContactShown, ...] = ()
    add_url: str = ""
    """Where a contact for them is added; empty where there are as many as there may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionShown:
    """What a child asks for, or what was agreed to. Posts `question` with an `answer`."""

    value: str
    masked_name: str
    service: str
    asked_at: datetime
    is_agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPage(Page):
    """Posts `allow=<question>`, `refuse=<question>` or `remove=<contact>`."""

    template: ClassVar[str] = "account/family.html"

    children: tuple[ChildShown, ...] = ()
    questions: tuple[QuestionShown, ...] = ()
    is_too_weak: bool = False
    """The guardian's own identity is not proven enough to answer."""
    back_url: str = HOME


def urlpatterns(space: Space) -> list[URLPattern]:
    """The one address of my family."""

    @never_cache
    @require_http_methods(["GET", "POST"])
    def family(request: HttpRequest) -> HttpResponse:
        session = session_of(space, request)
        if session is None:
            return journey(space, request, sign_in(back=FAMILY))
        if request.method == "POST":
            return _answered(space, request, session)
        return render(_page(space, request, session), space.desk.look(request))

    return [
        path(FAMILY[1:], family, name="account-family"),
        path(f"{FAMILY[1:]}/<uuid:ward>/contact", for_its_owner(space, _add), name="account-ward"),
    ]


def _answered(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    now = space.desk.clock.now()
    is_fresh = now - session.authenticated_at <= timedelta(seconds=FRESH_SECONDS)
    if not is_fresh or is_little(space, session):
        again = sign_in(_ANYBODY, back=FAMILY, max_age=FRESH_SECONDS, beyond_email=True)
        return journey(space, request, again)
    allowed = request.POST.get("allow", "")
    if removed := request.POST.get("remove", ""):
        return _removed(space, request, session, removed)
    chosen = _question(allowed or request.POST.get("refuse", ""))
    if chosen is not None:
        try:
            space.guardianships.answer(session.person_id, chosen, is_agreed=bool(allowed), now=now)
        except GuardianRefused:
            page = replace(_page(space, request, session), is_too_weak=True)
            return render(page, space.desk.look(request))
    return see_other(FAMILY)


def _add(space: Space, request: HttpRequest, session: Session, ward: UUID) -> HttpResponse:
    """A contact for a child: the guardian signs in anew, and whoever answers there agrees."""
    wards = space.guardianships.wards_of(session.person_id, now=space.desk.clock.now())
    if all(row.ward_id != ward for row in wards):
        raise Http404
    asked = freshly(space, session, back=FAMILY, adds=CONTACT, adds_for=str(ward))
    return journey(space, request, asked)


def _removed(space: Space, request: HttpRequest, session: Session, chosen: str) -> HttpResponse:
    """Take a contact of a child away, whoever set it."""
    now, look = space.desk.clock.now(), space.desk.look(request)
    for row in space.guardianships.wards_of(session.person_id, now=now):
        ward = survivor_of(row.ward_id)
        for each in space.contacts.of(ward):
            if str(each.id) != chosen:
                continue
            if not space.guardianships.stands_for(session.person_id, row.ward_id, now=now):
                return render(replace(_page(space, request, session), is_too_weak=True), look)
            space.contacts.remove(ward, each.id, language=look.html_language)
    return see_other(FAMILY)


def _page(space: Space, request: HttpRequest, session: Session) -> FamilyPage:
    now, language = space.desk.clock.now(), space.desk.look(request).language
    wards = space.guardianships.wards_of(session.person_id, now=now)
    names = {row.ward_id: space.people.standing(row.ward_id, now=now).masked_name for row in wards}
    questions = space.guardianships.questions(session.person_id, now=now)
    return FamilyPage(
        journey_action=FAMILY,
        children=tuple(_child(space, row, names[row.ward_id]) for row in wards),
        questions=tuple(
            _shown(each, names[each.ward], _service(space, each, language)) for each in questions
        ),
    )


def _child(space: Space, bond: Guardianship, masked_name: str) -> ChildShown:
    found = space.contacts.of(survivor_of(bond.ward_id))
    return ChildShown(
        masked_name=masked_name,
        until=bond.ends_at,
        contacts=tuple(
            ContactShown(value=str(each.id), masked=each.masked, added_at=each.added_at)
            for each in found
        ),
        add_url=f"{FAMILY}/{bond.ward_id}/contact" if len(found) < MOST else "",
    )


def _shown(question: Question, masked_name: str, service: str) -> QuestionShown:
    return QuestionShown(
        value=str(question.id),
        masked_name=masked_name,
        service=service,
        asked_at=question.asked_at,
        is_agreed=question.state == "given",
    )


def _service(space: Space, question: Question, language: str) -> str:
    client = space.clients.get(question.client_id)
    return client.name_in(language) if client else question.client_id


def _question(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
