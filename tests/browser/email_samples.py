"""The pages of signing in by e-mail, as the gallery shows them."""

from dataclasses import replace
from datetime import UTC, datetime

from idp.account.pages import AuthenticatorPage, AuthenticatorShown
from idp.journey.login.pages import (
    CodePage,
    EmailPage,
    LoginPage,
    NewAddressPage,
    RememberedLoginPage,
)
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import ClientShown, Page
from idp.subjects.identifiers import mask_email, mask_phone

_ADDRESS = "ana.sousa@mail.example"


def by_email(_language: str, portal: ClientShown) -> dict[str, Page]:
    asked = EmailPage(client=portal, unreached=mask_phone("+870773123456"))
    return {
        "login-with-email": LoginPage(client=portal, takes_email=True),
        "login-codes-alone": LoginPage(client=portal, takes_email=True, has_passwords=False),
        "login-email": asked,
        "login-email-errors": replace(
            asked, address="ana@mail", errors=(form_error(Mistake.EMAIL_UNREADABLE),)
        ),
        "code-email": CodePage(
            client=portal, sent_to=mask_email(_ADDRESS), by_email=True, name_follows=True
        ),
        "login-remembered-email": RememberedLoginPage(
            client=portal, masked_identifier=mask_email(_ADDRESS), by_email=True
        ),
        "new-address": NewAddressPage(client=portal, masked_email=mask_email(_ADDRESS)),
        "account-address": AuthenticatorPage(
            journey_action="/account/security/1",
            shown=AuthenticatorShown(
                kind="email",
                created_at=datetime(2026, 11, 22, 1, 30, tzinfo=UTC),
                last_used_at=None,
                masked_identifier=mask_email(_ADDRESS),
            ),
            change_url="/account/security/add/email",
            back_url="/account/security",
        ),
    }
