"""The verification pages with made-up contents: every document, way, setback and wait."""

from dataclasses import replace

from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import ClientShown, Page, Stage
from idp.journey.risk.signals import in_words
from idp.journey.verification import pages as verification
from idp.journey.verification.explanations import BY_RULES, UNUSUAL
from idp.journey.verification.photograph import Reading
from idp.journey.verification.window import WindowPage
from idp.journey.verification.words import VISIT_WORDS
from idp.subjects.identifiers import mask_phone
from idp.subjects.level_rules import CTID, NETWORK_IDENTITY

_SEEN = in_words(("new_device", "email_changed"))
_WAY = (Stage.LOGIN, Stage.VERIFICATION, Stage.CONSENT)


def verification_pages(portal: ClientShown, authority: str) -> dict[str, Page]:
    """Return every page of the step; `authority` is its name in the page's language."""
    ways = _ways()
    identity = verification.IdentityPage(
        client=portal, stages=_WAY, authority=authority, other_ways=ways
    )
    waiting = verification.WaitingPage(
        client=portal,
        stages=_WAY,
        refresh_url="/page/waiting",
        news_url="/news/waiting",
        refresh_seconds=600,
        authority=authority,
    )
    return {
        **_typed(identity),
        **_photographed(identity),
        **_visits(portal),
        "waiting": waiting,
        **_windows(portal),
        **_setbacks(portal, authority),
    }


def _setbacks(portal: ClientShown, authority: str) -> dict[str, Page]:
    return {
        f"setback-{setback}": verification.SetbackPage(
            client=portal,
            stages=_WAY,
            setback=setback,
            authority=authority,
            wait_seconds=60 if setback is not verification.Setback.NOT_FOUND else 0,
            support_code="TX-7K2M",
            other_ways=_ways(),
        )
        for setback in verification.Setback
    }


def _windows(portal: ClientShown) -> dict[str, Page]:
    window = WindowPage(client=portal, stages=_WAY, refresh_url="/page/window", refresh_seconds=600)
    return {
        "window": window,
        "window-unusual": replace(window, reason=UNUSUAL, because=_SEEN),
        "window-kiosk": replace(window, is_at_kiosk=True, can_skip=True),
        "window-unreadable": replace(window, is_readable=False),
    }


def _visits(portal: ClientShown) -> dict[str, Page]:
    visit = verification.VisitPage(
        client=portal,
        stages=_WAY,
        way="network_identity",
        label=VISIT_WORDS[NETWORK_IDENTITY].label,
        detail=VISIT_WORDS[NETWORK_IDENTITY].detail,
        authority=verification.authority_name("cn_network_identity"),
        other_ways=_ways()[1:],
    )
    unusual = replace(visit, reason=UNUSUAL, because=_SEEN)
    again = replace(visit, leave_url="/authority", host="identity.example.cn", compares=True)
    return {"visit": visit, "visit-unusual": unusual, "visit-again": again}


def _typed(identity: verification.IdentityPage) -> dict[str, Page]:
    return {
        "identity": identity,
        "identity-unusual": replace(identity, reason=UNUSUAL, because=_SEEN),
        "identity-rules": replace(identity, reason=BY_RULES),
        "identity-mismatch": replace(
            identity,
            name="张明",
            document_number="11010519491231002X",
            attempts_left=2,
            errors=(form_error(Mistake.NAME_AND_NUMBER_DIFFER),),
        ),
        "identity-documents": replace(
            identity,
            document_type=verification.HONG_KONG_MACAO_TRAVEL_PERMIT.value,
            shows_documents=True,
            documents=(
                verification.RESIDENT_IDENTITY_CARD,
                verification.RESIDENCE_PERMIT,
                verification.HONG_KONG_MACAO_TRAVEL_PERMIT,
                verification.TAIWAN_TRAVEL_PERMIT,
                verification.CHINESE_PASSPORT,
                verification.PASSPORT,
                verification.PERMANENT_RESIDENT_CARD,
            ),
            asks_birth_date=True,
            latest_birth_date="2026-11-26",
            errors=(form_error(Mistake.DOCUMENT_NUMBER_LENGTH, length=8, expected=9),),
        ),
        "identity-known": replace(identity, masked_name="**明"),
        "identity-bank-card": replace(
            identity,
            asks_bank_card=True,
            masked_phone=mask_phone("+8613800000001"),
            authority=verification.authority_name("cn_bank_card_network"),
            errors=(form_error(Mistake.BANK_CARD_UNREADABLE),),
        ),
    }


def _ways() -> tuple[verification.OtherWay, ...]:
    """The other ways as they are listed, one of them ailing."""
    return (
        verification.OtherWay(
            label=VISIT_WORDS[NETWORK_IDENTITY].label,
            detail=VISIT_WORDS[NETWORK_IDENTITY].detail,
            value="network_identity",
        ),
        verification.OtherWay(
            label=VISIT_WORDS[CTID].label, detail=VISIT_WORDS[CTID].detail, value="ctid"
        ),
        verification.WINDOW,
    )


def _photographed(identity: verification.IdentityPage) -> dict[str, Page]:
    passport = replace(
        identity,
        document_type=verification.PASSPORT.value,
        documents=(verification.PASSPORT, verification.CHINESE_PASSPORT),
        asks_birth_date=True,
        takes_zone=True,
        takes_photograph=True,
    )
    return {
        "identity-photograph": replace(
            passport,
            errors=(form_error(Mistake.PHOTOGRAPH_UNCLEAR),),
        ),
        "identity-read": replace(
            passport,
            name="ANNA MARIA ERIKSSON",
            document_number="L898902C3",
            birth_date="1974-08-12",
            reading=Reading(
                document_type=verification.PASSPORT.value,
                document_number="L898902C3",
                name="ANNA MARIA ERIKSSON",
                birth_date="1974-08-12",
                needs_confirmation=True,
            ),
        ),
    }
