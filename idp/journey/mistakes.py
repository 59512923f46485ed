"""The words for what can go wrong in a form: what happened, what to do now, and no blame.

Views choose a `Mistake`; the words stand here, once, for every step and language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from idp.journey.face_mistakes import FACE_WORDS
from idp.journey.mistake_names import Mistake
from idp.journey.pages import FormError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["Mistake", "form_error"]

_WORDS: dict[Mistake, tuple[str, StrOrPromise]] = {
    **FACE_WORDS,
    Mistake.IDENTIFIER_MISSING: (
        "identifier",
        _("Enter your mobile number, user name or e-mail."),
    ),
    Mistake.IDENTIFIER_UNREADABLE: (
        "identifier",
        _("This looks like neither a mobile number nor a user name. Please check it."),
    ),
    Mistake.PHONE_NEEDED: (
        "identifier",
        _("A code needs a mobile number. Enter it, or use your password."),
    ),
    Mistake.PHONE_ALONE: (
        "identifier",
        _("Enter your mobile number: the code comes by text message."),
    ),
    Mistake.CONTACT_NEEDED: (
        "identifier",
        _("A code needs a mobile number or an e-mail address. Enter one, or use your password."),
    ),
    Mistake.CONTACT_ALONE: (
        "identifier",
        _("Enter your mobile number or your e-mail address: the code goes there."),
    ),
    Mistake.PHONE_OUT_OF_REACH: (
        "identifier",
        _("We cannot send text messages to this number. Use another number, or another way."),
    ),
    Mistake.EMAIL_MISSING: ("identifier", _("Enter your e-mail address.")),
    Mistake.EMAIL_UNREADABLE: (
        "identifier",
        _("This is no complete e-mail address: it looks like name@example.com."),
    ),
    Mistake.EMAIL_NOT_TAKEN: (
        "identifier",
        _("No codes are sent by e-mail here. Enter your mobile number."),
    ),
    Mistake.EMAIL_UNPROVEN: (
        "",
        _("An account has this address but never confirmed it. Sign in there another way."),
    ),
    Mistake.EMAIL_OPENS_NOTHING: (
        "",
        _("No account is found by this address. Open one with a mobile number, then add it there."),
    ),
    Mistake.SIGN_IN_FAILED: (
        "password",
        _("Account and password do not belong together. Check both, or use a text message."),
    ),
    Mistake.PASSWORD_MISSING: ("password", _("Enter your password, or use a text message.")),
    Mistake.CODE_MISSING: ("code", _("Enter the code from the message.")),
    Mistake.CODE_WRONG: ("code", _("This is not the code we sent last. Please compare it.")),
    Mistake.CODE_EXPIRED: ("code", _("This code has expired. Send a new one.")),
    Mistake.CODE_TOO_OFTEN_WRONG: (
        "code",
        _("This code was entered wrongly several times and no longer works. Send a new one."),
    ),
    Mistake.RESEND_TOO_SOON: (
        "",
        _("A code is on its way. You can ask for another one in {seconds} s."),
    ),
    Mistake.MESSAGES_EXHAUSTED: (
        "",
        _("This number has received its codes for today. Use another way, or come back tomorrow."),
    ),
    Mistake.EMAILS_EXHAUSTED: (
        "",
        _("This address has received its codes for today. Use another way, or come back tomorrow."),
    ),
    Mistake.MESSAGE_NOT_SENT: (
        "",
        _("The message could not be sent. It is not your doing: try again, or use another way."),
    ),
    Mistake.SLOW_DOWN: (
        "",
        _("There were many attempts. To protect the account, wait {seconds} s and try again."),
    ),
    Mistake.NAME_MISSING: ("name", _("Enter your name as it stands on the document.")),
    Mistake.DOCUMENT_NUMBER_MISSING: ("document_number", _("Enter the number of the document.")),
    Mistake.DOCUMENT_NUMBER_LENGTH: (
        "document_number",
        _("The number has {length} characters; {expected} are needed. Is one missing?"),
    ),
    Mistake.DOCUMENT_NUMBER_UNREADABLE: (
        "document_number",
        _("A digit seems to be mistyped. Please compare the number with your document."),
    ),
    Mistake.DOCUMENT_TYPE_UNKNOWN: ("document_type", _("Choose which document you have.")),
    Mistake.NAME_AND_NUMBER_DIFFER: (
        "name",
        _("Name and number do not belong together in the register. Please compare both."),
    ),
    Mistake.BIRTH_DATE_MISSING: ("birth_date", _("Enter your date of birth.")),
    Mistake.BIRTH_DATE_UNREADABLE: (
        "birth_date",
        _("This is no date of birth. Write year, month and day, for example 1994-08-23."),
    ),
    Mistake.PARTICULARS_DIFFER: (
        "name",
        _("Name, number and date of birth do not belong together. Please compare all three."),
    ),
    Mistake.PHONE_DIFFERS: (
        "name",
        _("Name, ID number and mobile number do not match. Is the phone in somebody else's name?"),
    ),
    Mistake.BANK_CARD_DIFFERS: (
        "name",
        _("Name, ID number, card and mobile number do not match. Does the bank know this number?"),
    ),
    Mistake.BANK_CARD_MISSING: ("bank_card", _("Enter the number of your bank card.")),
    Mistake.BANK_CARD_UNREADABLE: (
        "bank_card",
        _("A digit of the bank card seems to be mistyped. Please compare it with your card."),
    ),
    Mistake.IDENTITY_IN_USE: (
        "document_number",
        _("This identity already has an account. Sign in there, or join both at /account/join."),
    ),
    Mistake.DOCUMENT_NOT_TIED: (
        "document_number",
        _("Nothing ties this document to your first one. Please bring both to a service window."),
    ),
    Mistake.DOCUMENT_EXPIRED: (
        "document_number",
        _("This document was valid until {day}. Please use one that is valid."),
    ),
    Mistake.PHOTOGRAPH_MISSING: (
        "photograph",
        _("Take or choose a photograph first."),
    ),
    Mistake.PHOTOGRAPH_EMPTY: (
        "photograph",
        _("The file is empty. Please take the photograph again."),
    ),
    Mistake.PHOTOGRAPH_TOO_LARGE: (
        "photograph",
        _("The picture is too large: at most 12 MB and 50 megapixels. Please take a smaller one."),
    ),
    Mistake.PHOTOGRAPH_TOO_SMALL: (
        "photograph",
        _("The picture is too small to be read. Go closer, so that the page fills the picture."),
    ),
    Mistake.PHOTOGRAPH_NOT_A_PICTURE: (
        "photograph",
        _("This file is no picture. Please take a photograph of the page."),
    ),
    Mistake.PHOTOGRAPH_FORMAT: (
        "photograph",
        _("This kind of file cannot be read. Please send a JPEG, PNG or WebP picture."),
    ),
    Mistake.PHOTOGRAPH_DAMAGED: (
        "photograph",
        _("The picture is damaged or incomplete. Please take it again."),
    ),
    Mistake.PHOTOGRAPH_WITHOUT_ZONE: (
        "photograph",
        _("The lines with the many < are not in the picture. Take it again with the whole page."),
    ),
    Mistake.PHOTOGRAPH_UNCLEAR: (
        "photograph",
        _("The lines at the bottom are unclear. Lay the page flat, without glare, and try again."),
    ),
    Mistake.PHOTOGRAPH_OF_ANOTHER: (
        "photograph",
        _("This is no passport that can be read here. Take the page with your picture, or type."),
    ),
    Mistake.PHOTOGRAPH_TOO_SLOW: (
        "photograph",
        _("Reading took too long. It is not your doing: try again, or type."),
    ),
    Mistake.PHOTOGRAPH_BUSY: (
        "photograph",
        _("Other photographs are being read just now. Try again in a minute, or type."),
    ),
    Mistake.PHOTOGRAPH_UNAVAILABLE: (
        "photograph",
        _("Photographs cannot be read here. Please type."),
    ),
    Mistake.ZONE_UNREADABLE: (
        "zone",
        _("A character of the two lines seems to be mistyped. Compare both, with every <."),
    ),
    Mistake.ZONE_OF_ANOTHER: (
        "zone",
        _("These are no lines of a passport that can be read here. Please type the fields above."),
    ),
    Mistake.CARD_EXPIRED: (
        "",
        _("This card has expired. Lay your new one on the reader, or go to a service window."),
    ),
    Mistake.CARD_UNREADABLE: (
        "",
        _("The card could not be read. Lay it flat on the reader again and leave it there."),
    ),
    Mistake.CARD_GONE: (
        "",
        _("Your card was not on the reader any more. Lay it there again, and leave it there."),
    ),
    Mistake.CARD_WITHOUT_PHOTO: (
        "",
        _("This reader cannot show the photograph in your card. Please choose another way."),
    ),
    Mistake.USER_CODE_MISSING: ("user_code", _("Enter the code that the machine shows.")),
    Mistake.USER_CODE_UNKNOWN: (
        "user_code",
        _("No machine shows this code, or it has expired. Compare it, or ask for a new one there."),
    ),
    Mistake.CHOICE_MISSING: ("", _("Choose one of the buttons.")),
    Mistake.PASSKEY_REFUSED: (
        "",
        _("This passkey could not be used. Try again, or use another way."),
    ),
    Mistake.PASSKEY_EXISTS: ("", _("This device already holds a passkey for this account.")),
    Mistake.APP_CODE_WRONG: (
        "code",
        _("This is not the code the app shows now. Wait for the next one, then type it."),
    ),
    Mistake.APP_CODE_USED: ("code", _("This code was used already. Wait for the next one.")),
    Mistake.RECOVERY_CODE_WRONG: (
        "code",
        _("This is none of your recovery codes. Compare it with your list."),
    ),
    Mistake.RECOVERY_CODE_USED: (
        "code",
        _("This recovery code was used already. Cross it out and take the next one."),
    ),
    Mistake.PASSWORD_TOO_SHORT: (
        "password",
        _("Use at least {least} characters. A sentence of your own is easy to remember."),
    ),
    Mistake.PASSWORD_TOO_LONG: ("password", _("Use at most {most} characters.")),
    Mistake.PASSWORD_TOO_COMMON: (
        "password",
        _("Many people use this password, so it is guessed first. Choose another one."),
    ),
    Mistake.AUTHENTICATOR_NEEDED: (
        "",
        _("Your account needs this way to sign in. Add another one before you remove it."),
    ),
    Mistake.TOO_MANY_PASSKEYS: (
        "",
        _("Your account holds as many of these as it can. Remove one first."),
    ),
    Mistake.PROOF_DIFFERS: (
        "",
        _("What you entered does not belong to this account. Please compare it."),
    ),
    Mistake.NEW_PHONE_MISSING: ("phone", _("Enter the number of your new mobile phone.")),
    Mistake.NEW_CONTACT_MISSING: (
        "phone",
        _("Enter the number of your new mobile phone, or an e-mail address."),
    ),
    Mistake.NEW_PHONE_OUT_OF_REACH: (
        "phone",
        _("We cannot send text messages to this number. Use another one."),
    ),
    Mistake.NEW_EMAIL_MISSING: (
        "email",
        _("Enter a complete e-mail address, such as name@example.com."),
    ),
    Mistake.EMAIL_IN_USE: (
        "",
        _("This address belongs to another account. Use another address, or call us."),
    ),
    Mistake.CONTACT_IS_OWN: (
        "identifier",
        _("This is what you sign in with: you are told there already. Give another one."),
    ),
    Mistake.CONTACTS_ARE_FULL: (
        "",
        _("There are as many contacts as one account may have. Remove one first."),
    ),
    Mistake.CONTACT_IN_USE: (
        "identifier",
        _("This is the contact of as many accounts as it may be. Give another one."),
    ),
    Mistake.CODE_BY_PHONE: (
        "",
        _("This account opens by a code to its mobile number. Sign in again with such a code."),
    ),
    Mistake.CODE_BY_EMAIL: (
        "",
        _("This account opens by a code to its e-mail address. Sign in again with such a code."),
    ),
    Mistake.PHONE_IN_USE: (
        "phone",
        _("This number signs in another account. Use another number, or call us."),
    ),
    Mistake.WINDOW_NEEDED: (
        "",
        _("Your account is protected by a higher level. Please bring your ID to a service window."),
    ),
    Mistake.TRY_LATER: (
        "",
        _("There were many attempts for this identity. Please try again later, or call us."),
    ),
    Mistake.PARTNER_DOWN: (
        "",
        _("{partner} does not answer at the moment. It is not your doing: sign in another way."),
    ),
    Mistake.PARTNER_CANCELLED: (
        "",
        _("You came back from {partner} without signing in. Try again, or sign in another way."),
    ),
    Mistake.PARTNER_REFUSED: (
        "",
        _("What came back from {partner} could not be used. Try again, or sign in another way."),
    ),
    Mistake.PARTNER_UNKNOWN: (
        "identifier",
        _("{partner} knows you. Show once that this is your phone; next time it asks for no code."),
    ),
    Mistake.PAGE_OUT_OF_DATE: (
        "",
        _("This page was open for too long. We loaded it again; please send it once more."),
    ),
    Mistake.ANSWERED_BEFORE: (
        "",
        _("This page was answered already. We loaded it again; if need be, send it once more."),
    ),
}


def form_error(mistake: Mistake, *, support_code: str = "", **values: object) -> FormError:
    """Return the error with its words; `values` fill the places named beside the mistake."""
    field, words = _WORDS[mistake]
    message = format_lazy(words, **values) if values else words
    return FormError(field=field, message=message, support_code=support_code)
