"""What codes are called: methods, authorities, outcomes, events, documents.

A code without a word here is shown as it is: an upgrade may know more than this page.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from admin.pages import TAGS
from admin.sections.alerts import TYPE_NAMES
from admin.sections.policies.words import CHANNELS
from connectors.documents.registry import DOCUMENT_TYPES
from idp.journey.verification import pages
from idp.subjects import level_rules

SIGN_IN_METHODS: Final[Mapping[str, Any]] = {
    "sms": _("Code by text message"),
    "password": _("Password"),
    "passkey": _("Passkey"),
    "totp": _("App's code"),
    "recovery_code": _("Recovery code"),
    "handoff": _("Scanned code"),
    "partner": _("Partner's login"),
    "card": _("Card at a reader"),
}
METHODS: Final[Mapping[str, Any]] = {
    level_rules.SMS_CODE: _("Code by text message"),
    level_rules.POPULATION: _("Name and number"),
    level_rules.OPERATOR: _("Name, number and phone"),
    level_rules.BANK_CARD: _("Name, number and bank card"),
    level_rules.CTID: _("CTID"),
    level_rules.IMMIGRATION: _("Travel document"),
    level_rules.NETWORK_IDENTITY: _("National network identity"),
    level_rules.FACE_AT_AUTHORITY: _("Face, by the authority"),
    level_rules.FACE_LOCAL: _("Face, at one of our machines"),
    level_rules.CARD_READER: _("Card at a reader"),
    level_rules.ENTERPRISE_CA: _("Certificate"),
    level_rules.UPSTREAM: _("Partner's login"),
    level_rules.IMPORTED: _("Taken over from an older platform"),
    "revocation": _("Taken back"),
}
EVIDENCE_OUTCOMES: Final[Mapping[str, Any]] = {
    "MATCH": _("confirmed"),
    "CLAIMED": _("confirmed, but another's document"),
    "REVOKED": _("taken back"),
}
EVENT_OUTCOMES: Final[Mapping[str, Any]] = {
    "success": _("done"),
    "ok": _("done"),
    "refused": _("refused"),
    "failure": _("failed"),
    "failed": _("failed"),
    "error": _("failed"),
}
RISKS: Final[Mapping[str, Any]] = {
    **TYPE_NAMES,
    "device.refused": _("A device was refused"),
    "staff.forbidden": _("Staff tried what their role may not"),
    "staff.refused": _("Somebody failed to sign in as staff"),
}
IDENTIFIERS: Final[Mapping[str, Any]] = {
    "phone": _("Mobile number"),
    "email": _("E-mail address"),
    "username": _("User name"),
    "network_number": _("Network number"),
    "partner": _("Partner's login"),
}
PROBLEMS: Final[Mapping[str, Any]] = {
    "no evidence ties the two": _("No evidence ties the two."),
    "they are one already": _("They are one already."),
    "two dates of birth": _("Their documents tell two dates of birth."),
    "two sexes": _("Their documents tell two sexes."),
}
_TWO_NUMBERS: Final = "two numbers of one "
_NOT_ACTIVE: Final = ", not active"


def method_name(code: str) -> Any:
    """A way to sign in or to prove who one is."""
    return METHODS.get(code) or SIGN_IN_METHODS.get(code, code)


def authority_name(code: str) -> Any:
    return _("This platform") if code == "self" else pages.authority_name(code) or code


def evidence_outcome(code: str) -> Any:
    return EVIDENCE_OUTCOMES.get(code, code)


def event_outcome(code: str) -> Any:
    return EVENT_OUTCOMES.get(code, code)


def event_name(code: str) -> Any:
    return RISKS.get(code, code)


def identifier_name(code: str) -> Any:
    return IDENTIFIERS.get(code, code)


def channel_name(code: str) -> Any:
    return CHANNELS.get(code, code)


def document_name(code: str) -> str:
    """A kind of document, as its registry names it in the page's language."""
    entry = DOCUMENT_TYPES.get(code)
    tag = TAGS.get(translation.get_language() or "", "zh-Hans")
    return entry.names.get(tag, code) if entry else code


def problem_name(problem: str) -> Any:
    """Why two accounts are not to be one, in the page's language."""
    if problem.startswith(_TWO_NUMBERS):
        name = document_name(problem.removeprefix(_TWO_NUMBERS))
        return _("They hold two numbers of a document one has for life: %(name)s.") % {"name": name}
    if problem.endswith(_NOT_ACTIVE):
        return _("One of the two accounts is not active.")
    return PROBLEMS.get(problem, problem)
