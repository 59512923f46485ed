"""Every page with made-up contents, for the gallery and the tests of looks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from connectors.documents.names import mask_name
from connectors.documents.registry import RESIDENT_ID_CARD, mask
from idp.journey.access.pages import RefusedPage, StepUpPage
from idp.journey.branding import brand_in_language
from idp.journey.consent.pages import ConsentItem, ConsentPage, InformingPage
from idp.journey.login.pages import (
    AccountChoice,
    CodePage,
    LoginPage,
    PartnerChoice,
    PartnerPage,
    PartnerWaitingPage,
    RememberedLoginPage,
    SelectAccountPage,
)
from idp.journey.mistakes import Mistake, form_error
from idp.journey.notices import (
    FormPostPage,
    LoggedOutPage,
    LoggedOutService,
    LogoutPage,
    StatusPage,
    Trouble,
    TroublePage,
)
from idp.journey.pages import ClientShown, Page, Presentation, Stage
from idp.protocols.oidc.device.pages import ConfirmDevicePage, DeviceDonePage, UserCodePage
from idp.subjects.identifiers import TypedIdentifier, mask_identifier, mask_phone
from tests.browser.account_samples import account
from tests.browser.authenticator_samples import authenticators
from tests.browser.contact_samples import of_contacts
from tests.browser.email_samples import by_email
from tests.browser.face_samples import faces
from tests.browser.place_samples import at_a_place
from tests.browser.verification_samples import verification_pages

LANGUAGES = ("zh-hans", "zh-hant", "en")
_WAY = (Stage.LOGIN, Stage.VERIFICATION, Stage.CONSENT)
_WORDS = {
    "portal": ("市民社会保障服务", "市民社會保障服務", "Citizen Social Security"),
    "housing": ("住房公积金", "住房公積金", "Housing Fund"),
    "authority": ("公安人口信息库", "公安人口資訊庫", "the public security population register"),
    "purpose_name": (
        "在办事材料上写明申请人",
        "在辦事材料上寫明申請人",
        "To write the applicant on the forms",
    ),
    "purpose_phone": ("通知您办理进度", "通知您辦理進度", "To tell you how things go on"),
    "law": (
        "《中华人民共和国社会保险法》第五十八条",
        "《中華人民共和國社會保險法》第五十八條",
        "Social Insurance Law, Article 58",
    ),
    "kiosk": ("市民中心 3 号自助机", "市民中心 3 號自助機", "Kiosk 3, Citizen Centre"),
    "province": ("示范省统一身份平台", "示範省統一身份平台", "Sample Province Sign-in"),
    "place": ("市民中心一楼大厅", "市民中心一樓大廳", "Citizen Centre, ground floor hall"),
    "refused": (
        "这项服务只对年满 18 岁的人开放。",
        "這項服務只對年滿 18 歲的人開放。",
        "This service is open to people of 18 years and over only.",
    ),
    "refused_do": (
        "请您的监护人用他们的账号办理。",
        "請您的監護人用他們的帳戶辦理。",
        "Ask your guardian to do this with their own account.",
    ),
    "missing": ("您的姓名和身份证号码", "您的姓名和身份證號碼", "Your name and ID number"),
}


def _say(key: str, language: str) -> str:
    return _WORDS[key][LANGUAGES.index(language)]


def look(language: str, *, elder: bool = False) -> Presentation:
    """Return how the gallery presents a page."""
    from django.conf import settings

    return Presentation(
        language=language,
        elder=elder,
        brand=brand_in_language(settings.PROVIDER.branding, language),
        switch_url="/journey/view",
        return_path="/here",
        csrf_token="made-up-token",
        brand_css_url="/journey/brand.css",
    )


def _partner(language: str) -> PartnerChoice:
    return PartnerChoice(value="partner.province", label=_say("province", language))


def _login(_language: str, portal: ClientShown) -> dict[str, Page]:
    plain = LoginPage(client=portal, stages=_WAY)
    code = CodePage(client=portal, stages=_WAY, sent_to=mask_phone("+8613800000001"))
    return {
        "login": plain,
        "login-errors": replace(
            plain, identifier="13800000001", errors=(form_error(Mistake.SIGN_IN_FAILED),)
        ),
        "login-empty": replace(
            plain,
            errors=(
                form_error(Mistake.IDENTIFIER_MISSING),
                form_error(Mistake.SLOW_DOWN, seconds=8, support_code="TX-7K2M"),
            ),
        ),
        "login-remembered": RememberedLoginPage(
            client=portal, masked_identifier=mask_phone("+8613800000001"), has_password=True
        ),
        "login-partners": replace(plain, partners=(_partner(_language),)),
        "login-partner-new": replace(
            plain,
            identifier="+8613800000001",
            is_expected=True,
            reason=form_error(Mistake.PARTNER_UNKNOWN, partner=_say("province", _language)).message,
        ),
        "partner-leaving": PartnerPage(
            client=portal,
            stages=_WAY,
            partner=_partner(_language),
            leave_url="/partner",
            host="id.province.example.cn",
        ),
        "partner-waiting": PartnerWaitingPage(
            client=portal,
            stages=_WAY,
            refresh_url="/page/partner-waiting",
            refresh_seconds=600,
            authority=_say("province", _language),
        ),
        "code": replace(code, resend_in_seconds=59, terms_url="/terms", privacy_url="/privacy"),
        "code-wrong": replace(code, errors=(form_error(Mistake.CODE_WRONG),)),
        "code-email": replace(
            code,
            by_email=True,
            sent_to=mask_identifier(TypedIdentifier(kind="", value="zhang@example.cn")),
        ),
        "select-account": SelectAccountPage(
            client=portal,
            accounts=(
                AccountChoice(
                    value="a1",
                    masked_name=mask_name("张明"),
                    masked_identifier=mask_phone("+8613800000001"),
                ),
            ),
        ),
    }


def _consent(language: str, portal: ClientShown) -> dict[str, Page]:
    items = (
        ConsentItem(
            claim="name",
            shown_value=mask_name("张明"),
            purpose=_say("purpose_name", language),
            essential=True,
        ),
        ConsentItem(
            claim="phone_number",
            shown_value=mask_phone("+8613800000001"),
            purpose=_say("purpose_phone", language),
        ),
        ConsentItem(
            claim="picture", sensitive=True, purpose=_say("purpose_name", language), essential=True
        ),
        ConsentItem(claim="gender", shown_value="female"),
    )
    missing = (ConsentItem(claim="email", is_held=False, essential=True),)
    informed = (
        items[0],
        ConsentItem(
            claim="identity_number", shown_value=mask(RESIDENT_ID_CARD, "11010519491231002X")
        ),
    )
    return {
        "consent": ConsentPage(
            client=portal,
            stages=_WAY,
            items=items,
            missing=missing,
            informed=informed,
            legal_basis=_say("law", language),
            kept_days=365,
            withdraw_url="/account/consents",
            privacy_url="/privacy",
            notice_version="2026-11",
        ),
        "consent-nothing": ConsentPage(client=portal, stages=_WAY, items=()),
        "informing": InformingPage(
            client=portal,
            stages=_WAY,
            items=informed,
            legal_basis=_say("law", language),
            kept_days=1825,
        ),
        "refused": RefusedPage(
            client=portal,
            explanation=_say("refused", language),
            what_to_do=_say("refused_do", language),
            support_code="TX-7K2M",
        ),
        "step-up": StepUpPage(client=portal, needed=(_say("missing", language),)),
    }


def _device(language: str, portal: ClientShown) -> dict[str, Page]:
    kiosk = _say("kiosk", language)
    return {
        "device-code": UserCodePage(),
        "device-code-unknown": UserCodePage(
            user_code="BCDFGHJK", errors=(form_error(Mistake.USER_CODE_UNKNOWN),)
        ),
        "device-confirm": ConfirmDevicePage(
            client=portal,
            device_name=kiosk,
            device_place=_say("place", language),
            user_code="BCDF-GHJK",
            masked_name=mask_name("张明"),
        ),
        "device-done": DeviceDonePage(allowed=True, device_name=kiosk),
        "device-refused": DeviceDonePage(allowed=False),
    }


def _leaving(language: str, portal: ClientShown) -> dict[str, Page]:
    housing = ClientShown(name=_say("housing", language), address="fund.example.gov.cn")
    return {
        "logout": LogoutPage(masked_name=mask_name("张明"), services=(portal, housing)),
        "logged-out": LoggedOutPage(
            client=portal,
            services=(
                LoggedOutService(client=portal, front_channel_url="/front-channel"),
                LoggedOutService(client=housing, is_told=False),
            ),
            return_url="/portal",
        ),
        "logged-out-alone": LoggedOutPage(),
        "form-post": FormPostPage(
            client=portal, target_url="/callback", parameters=(("code", "x"), ("state", "y"))
        ),
    }


def _notices(_language: str, portal: ClientShown) -> dict[str, Page]:
    troubles: dict[str, Page] = {
        f"trouble-{trouble}": TroublePage(
            trouble=trouble,
            support_code="TX-7K2M",
            error="invalid_request" if trouble is Trouble.ADDRESS_UNREGISTERED else "",
            description="This redirect_uri is not registered for this client.",
            client=portal if trouble is Trouble.STEP_EXPIRED else None,
            return_url="/portal" if trouble is Trouble.STEP_EXPIRED else "",
        )
        for trouble in Trouble
    }
    statuses: dict[str, Page] = {
        f"status-{status}": StatusPage(
            status=status, wait_seconds=90 if status == 429 else 0, support_code="TX-7K2M"
        )
        for status in (400, 403, 404, 405, 413, 429, 500, 503)
    }
    return {**troubles, **statuses}


_CHAPTERS: tuple[Callable[[str, ClientShown], dict[str, Page]], ...] = (
    _login,
    lambda language, portal: verification_pages(portal, _say("authority", language)),
    _consent,
    _device,
    _leaving,
    _notices,
    account,
    authenticators,
    by_email,
    faces,
    of_contacts,
    at_a_place,
)


@cache
def samples(language: str) -> Mapping[str, Page]:
    """Return every page by its name in the gallery."""
    portal = ClientShown(
        name=_say("portal", language),
        address="social-security.example.gov.cn",
        policy_url="https://social-security.example.gov.cn/privacy",
        terms_url="https://social-security.example.gov.cn/terms",
    )
    pages = {
        name: page for chapter in _CHAPTERS for name, page in chapter(language, portal).items()
    }
    shown = {
        name: replace(page, journey_action=page.journey_action or "/posted", step_token="t")
        for name, page in pages.items()
    }
    return MappingProxyType(shown)
