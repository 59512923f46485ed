"""What people type to be found by: phone, e-mail or user name, told apart and put in one form."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

import phonenumbers

from idp.subjects.models import Identifier

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,63}")
_USERNAME: Final = re.compile(r"[\w.\-]{2,64}")
_PHONE_CHARACTERS: Final = re.compile(r"\+?[\d\s().-]{5,24}")
_MAINLAND_MOBILE: Final = re.compile(r"\+861[3-9]\d{9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedIdentifier:
    """An identifier in canonical form: E.164 for phones, lower case for the others."""

    kind: str
    value: str = field(repr=False)


def parse_identifier(text: str) -> TypedIdentifier | None:
    """Read what was typed, full-width and spaced forms too; None when it can be no identifier."""
    normal = unicodedata.normalize("NFKC", text).strip()
    if phone := parse_phone(normal):
        return TypedIdentifier(kind=Identifier.Kind.PHONE, value=phone)
    if address := parse_email(normal):
        return TypedIdentifier(kind=Identifier.Kind.EMAIL, value=address)
    folded = normal.casefold()
    if _USERNAME.fullmatch(folded):
        return TypedIdentifier(kind=Identifier.Kind.USERNAME, value=folded)
    return None


def parse_phone(text: str) -> str:
    """Return the E.164 form of a mobile number, the mainland's country code assumed; else ""."""
    normal = unicodedata.normalize("NFKC", text).strip()
    if not _PHONE_CHARACTERS.fullmatch(normal):
        return ""
    try:
        number = phonenumbers.parse(normal, "CN")
    except phonenumbers.NumberParseException:
        return ""
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.country_code == 86:
        # Metadata lags behind newly opened ranges; the numbering plan's shape does not.
        return e164 if _MAINLAND_MOBILE.fullmatch(e164) else ""
    return e164 if phonenumbers.is_possible_number(number) else ""


def mask_phone(e164: str) -> str:
    """Show just enough of a number to recognise one's own: 138 **** 0001."""
    if _MAINLAND_MOBILE.fullmatch(e164):
        return f"{e164[3:6]} **** {e164[-4:]}"
    return f"{e164[:3]} **** {e164[-2:]}"


def parse_email(text: str) -> str:
    """Return an e-mail address in its one form, lower case and without outer space; else ""."""
    folded = unicodedata.normalize("NFKC", text).strip().casefold()
    return folded if _EMAIL.fullmatch(folded) else ""


def mask_email(address: str) -> str:
    """Show just enough of an address to recognise one's own: a***@mail.example."""
    local, at, domain = address.partition("@")
    return f"{local[:1]}***{at}{domain}"


def mask_identifier(identifier: TypedIdentifier) -> str:
    """Show just enough of an identifier to recognise one's own."""
    if identifier.kind == Identifier.Kind.PHONE:
        return mask_phone(identifier.value)
    return mask_email(identifier.value)
