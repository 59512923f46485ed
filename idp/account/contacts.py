"""Who else is told: the contacts of an account, and those whose contact its owner is.

Adding, removing and leaving need a sign-in as fresh as any change of the account: whoever found an
open session neither listens in nor silences anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from idp.account.door import HOME
from idp.account.space import Space, for_its_owner, freshly, is_fresh, journey, see_other
from idp.journey.login.new_contact import CONTACT
from idp.journey.pages import Page
from idp.journey.views import render
from idp.sessions.session import Session
from idp.subjects.contacts import MOST, KnownContact

CONTACTS: Final = "/account/contacts"
ADD: Final = f"{CONTACTS}/add"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactShown:
    """One contact. `value` is what its removal posts, empty where it is a guardian's to remove."""

    value: str
    masked: str
    added_at: datetime
    is_by_guardian: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardShown:
    """Somebody whose notices the person hears of. `value` is what stopping it posts."""

    value: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsPage(Page):
    """Posts `remove=<contact>`, or `leave=<contact>` to hear no more of somebody."""

    template: ClassVar[str] = "account/contacts.html"

    contacts: tuple[ContactShown, ...] = ()
    heard: tuple[HeardShown, ...] = ()
    add_url: str = ""
    """Empty where there are as many as there may be."""
    back_url: str = HOME


def urlpatterns(space: Space) -> list[URLPattern]:
    """The addresses of the contacts."""
    return [
        path(CONTACTS[1:], for_its_owner(space, _contacts), name="account-contacts"),
        path(ADD[1:], for_its_owner(space, _add), name="account-contact-add"),
    ]


def _contacts(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    if request.method == "POST":
        return _removed(space, request, session)
    look = space.desk.look(request)
    found = space.contacts.of(session.person_id)
    page = ContactsPage(
        journey_action=CONTACTS,
        contacts=tuple(_shown(space, session, each) for each in found),
        heard=tuple(
            HeardShown(value=str(each.contact_id), name=each.name, since=each.since)
            for each in space.contacts.heard_of(session.person_id, language=look.html_language)
        ),
        add_url=ADD if len(found) < MOST else "",
    )
    return render(page, look)


def _add(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    return journey(space, request, freshly(space, session, back=CONTACTS, adds=CONTACT))


def _removed(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    if not is_fresh(space, session):
        return journey(space, request, freshly(space, session, back=CONTACTS))
    chosen = request.POST.get("remove", "")
    for each in space.contacts.of(session.person_id):
        if chosen and chosen == _shown(space, session, each).value:
            language = space.desk.look(request).html_language
            space.contacts.remove(session.person_id, each.id, language=language)
    left = request.POST.get("leave", "")
    for heard in space.contacts.heard_of(session.person_id) if left else ():
        if left == str(heard.contact_id):
            space.contacts.leave(session.person_id, heard.contact_id)
    return see_other(CONTACTS)


def _shown(space: Space, session: Session, contact: KnownContact) -> ContactShown:
    is_by_guardian = contact.set_by is not None and _is_child(space, session.person_id)
    return ContactShown(
        value="" if is_by_guardian else str(contact.id),
        masked=contact.masked,
        added_at=contact.added_at,
        is_by_guardian=is_by_guardian,
    )


def _is_child(space: Space, person_id: UUID) -> bool:
    """Whether somebody stands for them: what a guardian set, a guardian takes away."""
    return bool(space.guardianships.guardians_of(person_id, now=space.desk.clock.now()))
