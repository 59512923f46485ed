"""Connected services and agreements: what each received and when, and taking an agreement back."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from idp.account.connected import Service
from idp.account.door import HOME
from idp.account.service_pages import (
    AgreementShown,
    AgreementsPage,
    DisclosureShown,
    ServicePage,
    ServiceShown,
    ServicesPage,
)
from idp.account.space import Space, for_its_owner, see_other
from idp.clients.purposes import STATUTORY_DUTY
from idp.journey.consent.pages import claim_label
from idp.journey.consent.step import AGREEMENTS
from idp.journey.views import render
from idp.sessions.session import Session
from idp.subjects.own_records import Agreement, OwnPurpose
from idp.subjects.purpose_consents import FACE, FACE_SIGN_IN

SERVICES: Final = "/account/services"
_PURPOSES: Final = {
    FACE: (_("Comparing your face"), claim_label("face")),
    FACE_SIGN_IN: (_("Signing in with your face"), claim_label("face")),
}


def urlpatterns(space: Space) -> list[URLPattern]:
    """The addresses of connected services and agreements."""
    return [
        path(SERVICES[1:], for_its_owner(space, _listed), name="account-services"),
        path(
            f"{SERVICES[1:]}/<path:client_id>", for_its_owner(space, _one), name="account-service"
        ),
        path(AGREEMENTS[1:], for_its_owner(space, _agreements), name="account-consents"),
    ]


def _listed(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    look = space.desk.look(request)
    services = space.connected.services(session.person_id, now=space.desk.clock.now())
    page = ServicesPage(
        services=tuple(_shown(each, look.language) for each in services),
        agreements_url=AGREEMENTS,
        back_url=HOME,
    )
    return render(page, look)


def _one(space: Space, request: HttpRequest, session: Session, client_id: str) -> HttpResponse:
    """One service; what the person never met is not there."""
    now, look = space.desk.clock.now(), space.desk.look(request)
    here = f"{SERVICES}/{client_id}"
    if request.method == "POST":
        if request.POST.get("action") == "withdraw":
            space.connected.withdraw(session.person_id, client_id, now=now)
        return see_other(here)
    service = space.connected.service(session.person_id, client_id, now=now)
    if service is None:
        raise Http404
    past = space.records.agreements(session.person_id, client_id=client_id)
    page = ServicePage(
        journey_action=here,
        service=_shown(service, look.language),
        agreement=agreement_shown(service.agreement) if service.agreement else None,
        withdrawn_at=past[0].ended_at if past and past[0].is_withdrawn else None,
        disclosures=tuple(
            DisclosureShown(
                day=each.day,
                claims=tuple(dict.fromkeys(claim_label(name) for name in each.claims)),
                times=each.times,
                is_by_law=each.basis == STATUTORY_DUTY,
            )
            for each in service.told
        ),
        can_be_withdrawn=service.can_be_withdrawn,
        policy_url=service.client.policy_in(look.language) if service.client else "",
        back_url=SERVICES,
    )
    return render(page, look)


def _agreements(space: Space, request: HttpRequest, session: Session) -> HttpResponse:
    look = space.desk.look(request)
    if request.method == "POST":
        purpose, now = request.POST.get("withdraw", ""), space.desk.clock.now()
        if purpose == FACE_SIGN_IN:
            space.authenticators.end_face(session.person_id, now=now, language=look.html_language)
        elif purpose in _PURPOSES:
            space.purposes.withdraw(session.person_id, purpose, now=now)
        return see_other(AGREEMENTS)
    agreements = space.records.agreements(session.person_id)
    shown = (
        *(_purpose_shown(each) for each in space.records.purposes(session.person_id)),
        *(
            agreement_shown(each, name=_name(space, each.client_id, look.language))
            for each in agreements
        ),
    )
    page = AgreementsPage(
        journey_action=AGREEMENTS,
        live=tuple(each for each in shown if each.ended_at is None),
        past=tuple(each for each in shown if each.ended_at is not None),
        back_url=HOME,
    )
    return render(page, look)


def agreement_shown(agreement: Agreement, *, name: str = "") -> AgreementShown:
    """An agreement in words."""
    return AgreementShown(
        name=name,
        url=f"{SERVICES}/{agreement.client_id}",
        granted=tuple(dict.fromkeys(claim_label(each) for each in agreement.granted)),
        declined=tuple(dict.fromkeys(claim_label(each) for each in agreement.declined)),
        is_by_law=agreement.basis == STATUTORY_DUTY,
        notice_version=agreement.notice_version,
        granted_at=agreement.granted_at,
        ended_at=agreement.ended_at,
        is_withdrawn=agreement.is_withdrawn,
    )


def _purpose_shown(given: OwnPurpose) -> AgreementShown:
    """What the person let us do: withdrawn where it stands."""
    name, what = _PURPOSES.get(given.purpose, (given.purpose, given.purpose))
    return AgreementShown(
        name=str(name),
        url="",
        withdraws=given.purpose,
        granted=(what,),
        declined=(),
        is_by_law=False,
        notice_version=given.notice_version,
        granted_at=given.given_at,
        ended_at=given.ended_at,
        is_withdrawn=given.is_withdrawn,
    )


def _name(space: Space, client_id: str, language: str) -> str:
    client = space.clients.get(client_id)
    return client.name_in(language) if client else client_id


def _shown(service: Service, language: str) -> ServiceShown:
    return ServiceShown(
        name=service.name_in(language),
        address=service.client.client_uri if service.client else "",
        url=f"{SERVICES}/{service.client_id}",
        last_at=service.last_at,
        has_access=service.has_access,
        days=len({each.day for each in service.told}),
    )
