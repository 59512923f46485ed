"""The pages on which authenticators are used, added and kept, with made-up contents."""

from dataclasses import replace
from datetime import UTC, datetime

import segno

from connectors.documents.names import mask_name
from idp.account.contacts import ContactShown
from idp.account.family import ChildShown, FamilyPage, QuestionShown
from idp.account.pages import AuthenticatorPage, AuthenticatorShown, SecurityPage
from idp.journey.consent.pages import GuardianPage
from idp.journey.login.pages import (
    AddAuthenticatorPage,
    ClosedAccountPage,
    DormantPhonePage,
    LoginPage,
    NewNumberPage,
    OfferPasskeyPage,
    ReauthenticatePage,
    RecoverPage,
    RecoveryCodesPage,
    RecoveryWaitingPage,
    RememberedLoginPage,
)
from idp.journey.login.step import UNUSUAL
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import ClientShown, Page
from idp.journey.risk.signals import in_words
from idp.subjects.identifiers import mask_phone
from tests.browser.contact_samples import DAUGHTER, SINCE

_PHONE = mask_phone("+8613800000001")
_PICTURE = segno.make("otpauth://totp/a", error="m").svg_data_uri(scale=4, border=2)
_PASSKEY = '{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","rpId":"localhost"}'


def authenticators(_language: str, portal: ClientShown) -> dict[str, Page]:
    return {**_used(portal), **_once_more(portal), **_added(portal), **_kept()}


def _once_more(portal: ClientShown) -> dict[str, Page]:
    again = ReauthenticatePage(
        client=portal, masked_name=mask_name("张明"), masked_identifier=_PHONE
    )
    return {
        "reauthenticate": replace(
            again, way="password", other_ways=("sms", "recovery_code"), rests_on_sms=True
        ),
        "reauthenticate-code": replace(again, way="sms", rests_on_sms=True),
        "reauthenticate-app": replace(again, way="totp", other_ways=("passkey",)),
        "reauthenticate-passkey": replace(
            again, way="passkey", passkey_options=_PASSKEY, other_ways=("password", "sms")
        ),
        "reauthenticate-unusual": replace(
            again,
            way="totp",
            reason=UNUSUAL,
            doubts=in_words(("new_device", "failed_attempts")),
            other_ways=("sms",),
        ),
    }


def _used(portal: ClientShown) -> dict[str, Page]:
    return {
        "login-passkey": LoginPage(client=portal, passkey_options=_PASSKEY),
        "login-remembered-passkey": RememberedLoginPage(
            client=portal, masked_identifier=_PHONE, has_passkey=True, passkey_options=_PASSKEY
        ),
        "offer-passkey": OfferPasskeyPage(client=portal, passkey_options=_PASSKEY),
        "recover": RecoverPage(
            client=portal, name="张明", errors=(form_error(Mistake.NEW_PHONE_MISSING),)
        ),
        "recover-waiting": RecoveryWaitingPage(
            client=portal, masked_contact=_PHONE, due_at=datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
        ),
        **_frozen(portal),
        "guardian": GuardianPage(
            client=portal, guardians=(mask_name("周雅琴"),), is_asked=True, refresh_url="#"
        ),
        "family": FamilyPage(
            children=(
                ChildShown(
                    masked_name=mask_name("周小满"),
                    until=datetime(2029, 5, 31, 16, tzinfo=UTC),
                    contacts=(ContactShown(value="2", masked=DAUGHTER, added_at=SINCE),),
                    add_url="#",
                ),
            ),
            questions=(
                QuestionShown(
                    value="1",
                    masked_name=mask_name("周小满"),
                    service=portal.name,
                    asked_at=datetime(2026, 11, 22, 1, 30, tzinfo=UTC),
                ),
            ),
        ),
        "account-closed": ClosedAccountPage(
            client=portal, status="deceased", support_code="3F9A12C4"
        ),
        "new-number": NewNumberPage(client=portal, masked_phone=_PHONE),
        "dormant-phone": DormantPhonePage(client=portal, masked_phone=_PHONE),
        "dormant-phone-identity": DormantPhonePage(
            client=portal, masked_phone=_PHONE, way="identity"
        ),
    }


def _frozen(portal: ClientShown) -> dict[str, Page]:
    frozen = ClosedAccountPage(
        client=portal,
        status="frozen",
        since=datetime(2026, 11, 22, 1, 30, tzinfo=UTC),
        is_own=True,
        support_code="3F9A12C4",
    )
    opens_at = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
    return {
        "account-frozen": replace(frozen, needs_document=True),
        "account-opening": replace(frozen, opens_at=opens_at),
    }


def _added(portal: ClientShown) -> dict[str, Page]:
    added = AddAuthenticatorPage(
        client=portal,
        way="passkey",
        other_ways=("password",),
        is_needed=True,
        account=mask_name("张明"),
    )
    return {
        "add-passkey": replace(added, passkey_options=_PASSKEY),
        "add-app": replace(
            added,
            way="totp",
            doubts=in_words(("mass_registration",)),
            secret="JBSWY3DPEHPK3PXP" * 2,
            setup_url="otpauth://totp/a",
            picture=_PICTURE,
        ),
        "add-password": replace(
            added, way="password", errors=(form_error(Mistake.PASSWORD_TOO_SHORT, least=15),)
        ),
        "add-recovery-codes": replace(added, way="recovery_code", other_ways=(), is_needed=False),
        "recovery-codes": RecoveryCodesPage(
            client=portal, codes=tuple(f"2345-6789-abcd-ef{n:02}" for n in range(10))
        ),
    }


def _kept() -> dict[str, Page]:
    began = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    passkey = AuthenticatorShown(
        kind="passkey",
        label="Chromium · Linux",
        created_at=began,
        last_used_at=began,
        url="/account/security/1",
        is_backed_up=True,
    )
    ways = (
        AuthenticatorShown(
            kind="sms",
            created_at=began,
            last_used_at=began,
            masked_identifier=mask_phone("+8613800000001"),
        ),
        replace(
            passkey,
            kind="email",
            label="",
            masked_identifier="a***@mail.example",
            is_backed_up=False,
        ),
        passkey,
        replace(passkey, kind="password", label="", is_backed_up=False),
        replace(passkey, kind="recovery_code", label="", is_backed_up=False, left=7),
    )
    security = SecurityPage(
        authenticators=ways,
        addable=(("passkey", "/add/passkey"), ("totp", "/add/totp"), ("password", "/add/password")),
        back_url="/account/",
    )
    return {
        "account-security": security,
        "account-security-change": replace(security, phone_change_at=began),
        "account-security-phone": replace(security, authenticators=ways[:1], rests_on_sms=True),
        "account-way": AuthenticatorPage(shown=passkey, back_url="/account/security"),
        "account-way-needed": AuthenticatorPage(
            shown=passkey,
            is_removable=False,
            errors=(form_error(Mistake.AUTHENTICATOR_NEEDED),),
            back_url="/account/security",
        ),
    }
