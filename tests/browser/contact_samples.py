"""The pages of who else is told, with made-up contents, for the gallery."""

from dataclasses import replace
from datetime import UTC, datetime

from connectors.documents.names import mask_name
from idp.account.contacts import ContactShown, ContactsPage, HeardShown
from idp.journey.login.contact_pages import ContactCodePage, NewContactPage
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import ClientShown, Page
from idp.subjects.identifiers import mask_email, mask_phone

DAUGHTER = mask_phone("+8613800000042")
SINCE = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)


def of_contacts(_language: str, portal: ClientShown) -> dict[str, Page]:
    asked = NewContactPage(client=portal, takes_email=True)
    code = ContactCodePage(client=portal, sent_to=DAUGHTER, resend_in_seconds=42)
    hers = ContactShown(value="1", masked=DAUGHTER, added_at=SINCE)
    guardians = ContactShown(
        value="", masked=mask_email("zhou@mail.example"), added_at=SINCE, is_by_guardian=True
    )
    return {
        "new-contact": asked,
        "new-contact-child": NewContactPage(client=portal, child=mask_name("周小满")),
        "new-contact-errors": replace(
            asked, identifier="138", errors=(form_error(Mistake.CONTACT_IN_USE),)
        ),
        "contact-code": code,
        "contact-code-errors": replace(
            code, by_email=True, errors=(form_error(Mistake.CODE_WRONG),)
        ),
        "contacts-none": ContactsPage(journey_action="/account/contacts", add_url="#"),
        "contacts": ContactsPage(
            journey_action="/account/contacts",
            contacts=(hers, guardians),
            heard=(
                HeardShown(value="2", name=mask_name("欧阳震华"), since=SINCE),
                HeardShown(value="3", name=mask_phone("+8613800000077"), since=SINCE),
            ),
        ),
    }
