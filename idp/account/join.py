"""Two accounts of mine become one: the person signs in to both, one after the other, and says so.

Which of the two goes on is not asked: the higher proven one, else the older. What this browser
proved first is remembered for some minutes, as an id and nothing else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account.door import HOME, sign_in
from idp.account.space import (
    FRESH_SECONDS,
    Space,
    browser_of,
    is_little,
    journey,
    session_of,
)
from idp.foundation.storage import ShortLivedStore
from idp.journey.pages import Page
from idp.journey.views import render
from idp.sessions.session import Session
from idp.subjects.merging import MergeRefused, Merging, Wish
from idp.subjects.people import NotAdmitted
from idp.subjects.statuses import Actor, ActorKind
from idp.subjects.ties import Tie
from policies.levels import Level

JOIN: Final = "/account/join"
REMEMBERED: Final = 900
"""Seconds in which the second account has to be proven."""
_ANYBODY: Final = Level(ial=0, aal=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPage(Page):
    """Posts `action=other` (sign in to the other account) or `action=join`."""

    template: ClassVar[str] = "account/join.html"

    masked: str
    """The account that is signed in now."""
    other: str = ""
    """The one that was proven before it; empty at first."""
    is_refused: bool = False
    """Their documents are of two people, or nothing ties them."""
    is_done: bool = False
    back_url: str = HOME


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """What the view is given beside the space."""

    space: Space
    merging: Merging
    store: ShortLivedStore


def urlpatterns(joining: Joining) -> list[URLPattern]:
    """The one address of joining."""
    space = joining.space

    @never_cache
    @require_http_methods(["GET", "POST"])
    def join(request: HttpRequest) -> HttpResponse:
        session = session_of(space, request)
        if session is None:
            return journey(space, request, sign_in(back=JOIN))
        age = space.desk.clock.now() - session.authenticated_at
        if age > timedelta(seconds=FRESH_SECONDS) or is_little(space, session):
            wish = sign_in(_ANYBODY, back=JOIN, max_age=FRESH_SECONDS, beyond_email=True)
            return journey(space, request, wish)
        if request.method == "POST":
            return _pressed(joining, request, session)
        return _shown(joining, request, session)

    return [path(JOIN[1:], join, name="account-join")]


def _pressed(joining: Joining, request: HttpRequest, session: Session) -> HttpResponse:
    other = _remembered(joining, request, session)
    if request.POST.get("action") == "join" and other is not None:
        return _joined(joining, request, session, other)
    joining.store.put(_key(joining, request), session.person_id.bytes, ttl=REMEMBERED)
    choose = replace(sign_in(back=JOIN, beyond_email=True), prompt=frozenset({"select_account"}))
    return journey(joining.space, request, choose)


def _joined(joining: Joining, request: HttpRequest, session: Session, other: UUID) -> HttpResponse:
    now = joining.space.desk.clock.now()
    survivor = joining.merging.survivor_of_two(session.person_id, other, now=now)
    wish = Wish(
        survivor=survivor,
        retired=other if survivor == session.person_id else session.person_id,
        by=Actor(kind=ActorKind.PERSON, id=str(session.person_id)),
        rule=Tie.BOTH_ACCOUNTS,
    )
    page = _page(joining, session, other)
    try:
        joining.merging.merge(wish, now=now)
    except MergeRefused:
        page = replace(page, is_refused=True)
    else:
        joining.store.delete(_key(joining, request))
        page = replace(page, is_done=True)
    return render(page, joining.space.desk.look(request))


def _shown(joining: Joining, request: HttpRequest, session: Session) -> HttpResponse:
    other = _remembered(joining, request, session)
    return render(_page(joining, session, other), joining.space.desk.look(request))


def _page(joining: Joining, session: Session, other: UUID | None) -> JoinPage:
    return JoinPage(
        journey_action=JOIN,
        masked=_name_of(joining, session.person_id),
        other=_name_of(joining, other) if other else "",
    )


def _name_of(joining: Joining, person_id: UUID) -> str:
    """Name and phone, masked: two accounts of one person have the same name."""
    standing = joining.space.people.standing(person_id, now=joining.space.desk.clock.now())
    return " · ".join(dict.fromkeys((standing.masked_name, standing.masked_identifier)))


def _remembered(joining: Joining, request: HttpRequest, session: Session) -> UUID | None:
    """The account proven before, where it is another one, and still open."""
    raw = joining.store.get(_key(joining, request))
    if raw is None:
        return None
    try:
        other = joining.space.people.admit(UUID(bytes=raw))
    except NotAdmitted:
        return None
    return other if other != session.person_id else None


def _key(joining: Joining, request: HttpRequest) -> str:
    device = browser_of(joining.space, request).device_secret
    return "join:" + hashlib.sha256(device.encode()).hexdigest()
