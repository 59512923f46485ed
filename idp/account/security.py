"""Sign-in and security: the person's ways to sign in, each with its page; adding and removing.

Every change needs a sign-in at most five minutes old, at the level the account reaches: whoever
found an open session, or holds only the phone, changes nothing.
"""

from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from idp.account.door import HOME, sign_in
from idp.account.pages import AuthenticatorPage, AuthenticatorShown, SecurityPage
from idp.account.space import Space, freshly, is_fresh, journey, see_other, session_of
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.views import render
from idp.sessions.session import Session
from idp.subjects.authenticators.directory import LastOfItsLevel
from idp.subjects.authenticators.kinds import DECLARED, Kind
from idp.subjects.authenticators.records import Held
from idp.subjects.authenticators.recovery_code import unused
from idp.subjects.people import Standing

SECURITY: Final = "/account/security"


def urlpatterns(space: Space) -> list[URLPattern]:
    """The addresses of sign-in and security."""

    @never_cache
    @require_http_methods(["GET", "POST"])
    def security(request: HttpRequest) -> HttpResponse:
        session = session_of(space, request)
        if session is None:
            return journey(space, request, sign_in(back=SECURITY))
        if request.method == "POST":
            return _stopped(space, request, session)
        return _listed(space, request, session)

    @never_cache
    @require_http_methods(["GET"])
    def add(request: HttpRequest, kind: str) -> HttpResponse:
        session = session_of(space, request)
        if session is None:
            return journey(space, request, sign_in(back=SECURITY))
        held = space.authenticators.of(session.person_id)
        if kind not in _addable(space, session, held) and not _is_changed(space, kind):
            raise Http404
        return journey(space, request, freshly(space, session, back=SECURITY, adds=kind))

    @never_cache
    @require_http_methods(["GET", "POST"])
    def authenticator(request: HttpRequest, authenticator_id: UUID) -> HttpResponse:
        session = session_of(space, request)
        here = f"{SECURITY}/{authenticator_id}"
        if session is None:
            return journey(space, request, sign_in(back=here))
        if not is_fresh(space, session) and not _is_face(space, session, authenticator_id):
            return journey(space, request, freshly(space, session, back=here))
        return _one(space, request, session, authenticator_id)

    return [
        path(SECURITY[1:], security, name="account-security"),
        path(f"{SECURITY[1:]}/add/<slug:kind>", add, name="account-add"),
        path(f"{SECURITY[1:]}/<uuid:authenticator_id>", authenticator, name="account-way"),
    ]


def _is_face(space: Space, session: Session, authenticator_id: UUID) -> bool:
    """Whether it is the face, which goes as easily as its consent (PIPL 15): nothing is asked."""
    held = space.authenticators.of(session.person_id)
    return any(each.id == authenticator_id and each.kind is Kind.FACE for each in held)


def _listed(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    person = space.people.standing(session.person_id, now=space.desk.clock.now())
    held = space.authenticators.of(session.person_id)
    change = space.phone_changes.of(session.person_id)
    addable = _addable(space, session, held)
    page = SecurityPage(
        journey_action=SECURITY,
        phone_change_at=change.due_at if change else None,
        authenticators=tuple(_shown(each, person) for each in held),
        addable=tuple((kind.value, f"{SECURITY}/add/{kind}") for kind in addable),
        back_url=HOME,
        rests_on_sms=Kind.PASSKEY in addable
        and not any(DECLARED[each.kind].resists_phishing for each in held),
    )
    return render(page, space.desk.look(request))


def _stopped(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    """Stop the change of the number; no fresh sign-in is asked for, since this only protects."""
    if request.POST.get("action") == "stop_phone_change":
        space.phone_changes.cancel(session.person_id, now=space.desk.clock.now())
    return see_other(SECURITY)


def _one(
    space: Space, request: HttpRequest, session: Session, authenticator_id: UUID
) -> HttpResponse:
    """Show one, rename it or remove it; what is not the person's is not there."""
    person_id, look = session.person_id, space.desk.look(request)
    held = space.authenticators.of(person_id)
    mine = next((each for each in held if each.id == authenticator_id), None)
    if mine is None or mine.kind is Kind.SMS:
        raise Http404
    errors: tuple[FormError, ...] = ()
    if request.method == "POST":
        if request.POST.get("action") == "rename":
            if mine.kind is not Kind.FACE:  # there is one, and no fresh sign-in was asked for
                label = request.POST.get("label", "")
                space.authenticators.rename(person_id, authenticator_id, label)
            return see_other(SECURITY)
        try:
            _remove(space, person_id, mine, language=look.html_language)
        except LastOfItsLevel:
            errors = (form_error(Mistake.AUTHENTICATOR_NEEDED),)
        else:
            return see_other(SECURITY)
    page = AuthenticatorPage(
        journey_action=f"{SECURITY}/{authenticator_id}",
        errors=errors,
        shown=_shown(mine, space.people.standing(person_id, now=space.desk.clock.now())),
        is_removable=space.authenticators.is_removable(held, mine),
        change_url=f"{SECURITY}/add/{mine.kind}" if mine.kind is Kind.EMAIL else "",
        back_url=SECURITY,
    )
    return render(page, look)


def _remove(space: Space, person_id: UUID, mine: Held, *, language: str) -> None:
    """Remove one; with an address goes what the person was found by.

    Raises:
        LastOfItsLevel: the account hangs on it.
    """
    now = space.desk.clock.now()
    with transaction.atomic():
        if mine.kind is Kind.EMAIL:
            space.authenticators.require_removable(person_id, mine, now=now)
            space.email_changes.remove(person_id, language=language)
        else:
            space.authenticators.remove(person_id, mine.id, now=now, language=language)


def _is_changed(space: Space, kind: str) -> bool:
    """Whether what there is of a kind gives way to another: a number, or an address."""
    return kind == Kind.SMS or (kind == Kind.EMAIL and space.takes_email())


def _addable(space: Space, session: Session, held: tuple[Held, ...]) -> tuple[Kind, ...]:
    """What may be added or, where there is one of a kind and it is renewed, replaced.

    A face only of whom an authority has a photograph; it looks anew where the words changed.
    """
    counts = {kind: sum(each.kind is kind for each in held) for kind in DECLARED}
    renewed, now = {Kind.PASSWORD, Kind.RECOVERY_CODE, Kind.FACE}, space.desk.clock.now()
    return tuple(
        kind
        for kind, declared in DECLARED.items()
        if kind in space.authenticators.kinds
        and (kind in renewed or counts[kind] < declared.most)
        and (kind is not Kind.EMAIL or space.takes_email())
        and (kind is not Kind.FACE or space.may_add_face(session.person_id, now=now))
    )


def _shown(each: Held, person: Standing) -> AuthenticatorShown:
    masked = {Kind.SMS: person.masked_phone, Kind.EMAIL: person.masked_email}
    is_codes = each.kind is Kind.RECOVERY_CODE
    return AuthenticatorShown(
        kind=each.kind.value,
        created_at=each.created_at,
        last_used_at=each.last_used_at,
        url=f"{SECURITY}/add/{each.kind}" if each.kind is Kind.SMS else f"{SECURITY}/{each.id}",
        label=each.label,
        masked_identifier=masked.get(each.kind, ""),
        left=unused(each.used) if is_codes else 0,
        is_backed_up=each.is_backed_up,
        is_hardware_bound=each.is_hardware_bound,
    )
