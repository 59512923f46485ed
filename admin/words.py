"""What codes are called: authorities, outcomes, identifiers, documents, problems.

A code without a word here is shown as it is: an upgrade may know more than this page.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from admin.event_words import EVENTS
from admin.method_words import METHODS, SIGN_IN_METHODS
from admin.pages import TAGS
from admin.sections.policies.values import CHANNELS, STATUSES
from connectors.documents.registry import DOCUMENT_TYPES

AUTHORITIES: Final[Mapping[str, Any]] = {
    "self": _("This platform"),
    "cn_population_library": _("Public security population register"),
    "cn_national_immigration_administration": _("National Immigration Administration"),
    "cn_mobile_operators": _("Mobile operators"),
    "cn_bank_card_network": _("Bank card network"),
    "cn_ctid": _("CTID platform"),
    "cn_network_identity": _("National network identity service"),
    "cn_face_comparison": _("Face comparison of public security"),
    "smtp": _("E-mail"),
    "aliyun_shaped_sms": _("Text messages, Alibaba Cloud"),
    "tencent_shaped_sms": _("Text messages, Tencent Cloud"),
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
    """Who is asked, or who takes our messages."""
    return AUTHORITIES.get(code, code)


def evidence_outcome(code: str) -> Any:
    return EVIDENCE_OUTCOMES.get(code, code)


def event_outcome(code: str) -> Any:
    return EVENT_OUTCOMES.get(code, code)


def event_name(code: str) -> Any:
    return EVENTS.get(code, code)


def identifier_name(code: str) -> Any:
    return IDENTIFIERS.get(code, code)


def channel_name(code: str) -> Any:
    return CHANNELS.get(code, code)


def status_name(code: str) -> Any:
    """How an account stands."""
    return STATUSES.get(code, code)


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
