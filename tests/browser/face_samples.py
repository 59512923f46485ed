"""The pages of signing in with the face, with made-up contents."""

from dataclasses import replace
from datetime import UTC, datetime

from connectors.documents.names import mask_name
from idp.account.pages import AuthenticatorPage, AuthenticatorShown
from idp.journey.login.face_pages import FaceEnrolmentPage, FacePage, FaceWaitingPage
from idp.journey.login.pages import ReauthenticatePage, RememberedLoginPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import ClientShown, Page
from idp.journey.verification.pages import authority_name
from idp.subjects.identifiers import mask_phone

_PHONE = mask_phone("+8613800000001")
_AT = datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
_CAMERA = "https://face.example/face/capture?sessionId=1"


def faces(_language: str, portal: ClientShown) -> dict[str, Page]:
    authority = authority_name("cn_face_comparison")
    enrolment = FaceEnrolmentPage(notice_version="2026-11-27", authority=authority)
    remembered = RememberedLoginPage(client=portal, masked_identifier=_PHONE, has_face=True)
    leaving = FacePage(
        client=portal,
        authority=authority,
        leave_url=_CAMERA,
        host="face.example",
    )
    return {
        "account-authenticator-face": AuthenticatorPage(
            shown=AuthenticatorShown(
                kind="face", created_at=_AT, last_used_at=_AT, url="/account/security/4"
            ),
            is_removable=True,
            back_url="/account/security",
        ),
        "face-enrolment": enrolment,
        "face-enrolment-wrong": replace(
            enrolment, errors=(form_error(Mistake.FACE_NOT_RECOGNISED),)
        ),
        "face-enrolment-child": replace(
            enrolment, can_agree=False, errors=(form_error(Mistake.FACE_OF_CHILD),)
        ),
        "login-remembered-face": remembered,
        "login-remembered-face-down": replace(
            remembered, errors=(form_error(Mistake.FACE_AUTHORITY_DOWN),)
        ),
        "login-face-away": leaving,
        "login-face-waiting": FaceWaitingPage(client=portal, refresh_url="#", authority=authority),
        "reauthenticate-face": ReauthenticatePage(
            client=portal,
            masked_name=mask_name("张明"),
            masked_identifier=_PHONE,
            way="face",
            can_add_instead=True,
        ),
    }
