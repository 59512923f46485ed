"""My family: the children somebody stands for, what these ask for, and what was agreed to.

A guardian answers in a sign-in of their own, at most five minutes old: whoever finds a guardian's
open browser, the child among them, agrees to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account.door import HOME, sign_in
from idp.account.space import FRESH_SECONDS, Space, is_little, journey, see_other, session_of
from idp.journey.pages import Page
from idp.journey.views import render
from idp.sessions.session import Session
from idp.subjects.guardianship import GuardianRefused, Question
from policies.levels import Level

FAMILY: Final = "/account/family"
_ANYBODY: Final = Level(ial=1, aal=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildShown:
    """A child, by the name that is proven, masked; `until` is the day they turn 14."""

    masked_name: str
    until: datetime


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
    """Posts `allow=<question>` or `refuse=<question>`."""

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

    return [path(FAMILY[1:], family, name="account-family")]


def _answered(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    now = space.desk.clock.now()
    is_fresh = now - session.authenticated_at <= timedelta(seconds=FRESH_SECONDS)
    if not is_fresh or is_little(space, session):
        again = sign_in(_ANYBODY, back=FAMILY, max_age=FRESH_SECONDS, beyond_email=True)
        return journey(space, request, again)
    allowed = request.POST.get("allow", "")
    chosen = _question(allowed or request.POST.get("refuse", ""))
    if chosen is not None:
        try:
            space.guardianships.answer(session.person_id, chosen, is_agreed=bool(allowed), now=now)
        except GuardianRefused:
            page = replace(_page(space, request, session), is_too_weak=True)
            return render(page, space.desk.look(request))
    return see_other(FAMILY)


def _page(space: Space, request: HttpRequest, session: Session) -> FamilyPage:
    now, language = space.desk.clock.now(), space.desk.look(request).language
    wards = space.guardianships.wards_of(session.person_id, now=now)
    names = {row.ward_id: space.people.standing(row.ward_id, now=now).masked_name for row in wards}
    questions = space.guardianships.questions(session.person_id, now=now)
    return FamilyPage(
        journey_action=FAMILY,
        children=tuple(
            ChildShown(masked_name=names[row.ward_id], until=row.ends_at) for row in wards
        ),
        questions=tuple(
            _shown(each, names[each.ward], _service(space, each, language)) for each in questions
        ),
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
