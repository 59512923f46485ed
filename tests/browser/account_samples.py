"""The pages of the citizen's own space with made-up contents, for the gallery."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from connectors.documents.names import mask_name
from connectors.documents.registry import RESIDENT_ID_CARD, mask
from idp.account import summaries
from idp.account.data_pages import (
    DataPage,
    DeletePage,
    FreezePage,
)
from idp.account.levels import level_shown, reason_words
from idp.account.pages import AccountHomePage, MenuEntry, SessionShown
from idp.account.record_pages import (
    CheckShown,
    DeviceShown,
    DevicesPage,
    DocumentShown,
    DocumentsPage,
    SessionsPage,
)
from idp.account.service_pages import (
    AgreementShown,
    AgreementsPage,
    DisclosureShown,
    ServicePage,
    ServiceShown,
    ServicesPage,
)
from idp.journey.consent.pages import claim_label
from idp.journey.pages import ClientShown, Page
from idp.subjects.identifiers import mask_phone
from idp.subjects.level_rules import FACE_AT_AUTHORITY, NETWORK_IDENTITY, POPULATION
from idp.subjects.levels import Explanation, Proof, explain

HOME = "/account/"
NUMBER = mask(RESIDENT_ID_CARD, "11010519491231002X")
BEGAN = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
KIOSK = {
    "zh-hans": "市民中心 3 号自助机",
    "zh-hant": "市民中心 3 號自助機",
    "en": "Kiosk 3, Citizen Centre",
}
CARD = {
    "zh-hans": "居民身份证",
    "zh-hant": "居民身分證",
    "en": "Resident identity card",
}


def _devices() -> DevicesPage:
    phone = DeviceShown(
        value="d1",
        name="WeChat · Android",
        network="112.64.*.*",
        first_seen_at=BEGAN,
        last_month=date(2026, 11, 1),
        is_current=True,
    )
    stranger = replace(
        phone, value="d2", name="Chrome · Windows", is_settled=False, is_current=False
    )
    return DevicesPage(
        journey_action="/account/devices",
        devices=(phone, stranger),
        is_told=True,
        back_url=HOME,
    )


def _menu(language: str) -> tuple[MenuEntry, ...]:
    with translation.override(language):
        return (
            MenuEntry(url="/1", name=_("My documents"), summary=summaries.documents(2)),
            MenuEntry(url="/2", name=_("Sign-in and security"), summary=summaries.ways(3)),
            MenuEntry(url="/3", name=_("Where you are signed in"), summary=summaries.sessions(1)),
            MenuEntry(url="/4", name=_("Connected services"), summary=summaries.services(0)),
            MenuEntry(url="/5", name=_("My agreements"), summary=summaries.agreements(0)),
            MenuEntry(url="/6", name=_("Take my data along"), summary=_("to read, or as a file")),
        )


def _explained() -> Explanation:
    now = BEGAN
    proof = Proof(
        evidence_id=UUID(int=1),
        method=POPULATION,
        authority="cn_population_library",
        checked_at=now,
        asserted=2,
        document_id=UUID(int=2),
        document_type=RESIDENT_ID_CARD,
    )
    return explain((proof,), methods={NETWORK_IDENTITY, FACE_AT_AUTHORITY}, now=now)


def account(language: str, portal: ClientShown) -> dict[str, Page]:
    """Every page of the space, by its name in the gallery."""
    known = AccountHomePage(
        journey_action=HOME,
        masked_name=mask_name("张明"),
        masked_identifier=mask_phone("+8613800000001"),
        masked_document=NUMBER,
        identity_level=2,
        level=level_shown(_explained()),
        menu=_menu(language),
    )
    return {
        "account": known,
        "account-fresh": replace(
            known,
            masked_name="",
            masked_document="",
            identity_level=1,
            verify_url="/verify",
            deletion_at=BEGAN + timedelta(days=7),
            deletion_url="/account/delete",
        ),
        **_records(language, portal),
        **_services(portal),
        **_data(),
    }


def _records(language: str, portal: ClientShown) -> dict[str, Page]:
    here = SessionShown(
        value="s1",
        device="Chromium · Linux",
        began_at=BEGAN,
        services=(portal.name,),
        is_current=True,
    )
    kiosk = SessionShown(value="s2", device=KIOSK[language], began_at=BEGAN)
    card = DocumentShown(name=CARD[language], masked_number=NUMBER, valid_until=date(2036, 3, 1))
    return {
        "account-sessions": SessionsPage(
            journey_action="/account/sessions", sessions=(here, kiosk), back_url=HOME
        ),
        "account-devices": _devices(),
        "account-documents": DocumentsPage(
            documents=(
                card,
                replace(card, is_over=True, valid_until=date(2026, 3, 1)),
                replace(card, replaced_at=BEGAN),
            ),
            checks=(
                CheckShown(
                    words=reason_words(POPULATION),
                    document=CARD[language],
                    day=BEGAN.date(),
                    level=2,
                    until=date(2031, 11, 22),
                ),
                CheckShown(words=reason_words("?"), document="", day=BEGAN.date(), level=0),
            ),
            level=level_shown(_explained()),
            back_url=HOME,
        ),
    }


def _services(portal: ClientShown) -> dict[str, Page]:
    claims = tuple(claim_label(each) for each in ("name", "birthdate", "phone_number"))
    agreement = AgreementShown(
        name=portal.name,
        url="/account/services/portal",
        granted=claims,
        declined=(claim_label("email"),),
        is_by_law=False,
        notice_version="2026-11",
        granted_at=BEGAN,
    )
    shown = ServiceShown(
        name=portal.name,
        address=portal.address,
        url="/account/services/portal",
        last_at=BEGAN,
        has_access=True,
        days=2,
    )
    page = ServicePage(
        journey_action="/account/services/portal",
        service=shown,
        agreement=agreement,
        disclosures=(
            DisclosureShown(day=date(2026, 11, 22), claims=claims, times=3),
            DisclosureShown(day=date(2026, 11, 2), claims=claims[:1], times=1, is_by_law=True),
        ),
        can_be_withdrawn=True,
        policy_url=portal.policy_url,
        back_url="/account/services",
    )
    by_law = replace(agreement, is_by_law=True, declined=())
    past = replace(agreement, ended_at=BEGAN, is_withdrawn=True)
    return {
        "account-services": ServicesPage(
            services=(shown,), agreements_url="/account/consents", back_url=HOME
        ),
        "account-service": page,
        "account-agreements": AgreementsPage(
            live=(agreement, by_law, replace(agreement, withdraws="face", granted=("face",))),
            past=(past, replace(past, is_withdrawn=False)),
            back_url=HOME,
        ),
    }


def _data() -> dict[str, Page]:
    return {
        "account-data": DataPage(journey_action="/account/data", back_url=HOME),
        "account-freeze": FreezePage(journey_action="/account/freeze", back_url=HOME),
        "account-delete": DeletePage(journey_action="/account/delete", back_url=HOME),
    }
