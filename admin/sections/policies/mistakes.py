"""What is wrong with a text, a form or a change, said to an administrator with what to do about it.

The codes are the validation's and the changes'; a message that is not known here is shown as it is.
"""

import re
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from admin.sections.policies.words import fact_name
from idp.journey.access.changes import ChangeRefused
from policies.validation import Problem

_PROBLEMS: Final[dict[str, Any]] = {
    "unguarded_fact": _("“%(a)s” may be unknown. Ask first whether it is known: … has %(a)s"),
    "unguarded_property": _(
        "The asking system may not say “%(a)s”. Ask first whether it does: hasTag(…)"
    ),
    "unknown_fact": _("There is no fact named “%(a)s”."),
    "unknown_action": _("There is no action named “%(a)s”."),
    "unknown_kind": _("There is no kind of thing named “%(a)s”."),
    "unknown_value": _("“%(a)s” is never “%(b)s”."),
    "only_in_use": _(
        "“%(a)s” is known only where something inside a client is used. Let the policy speak of"
        ' that alone: action == Action::"use"'
    ),
    "wrong_type": _("It compares what cannot be compared: %(a)s with %(b)s."),
    "never_applies": _("It can never apply: no action fits its person and client."),
    "syntax": _("“%(a)s” cannot stand here."),
    "unfinished": _("The policy is not finished: is a “;” or a closing bracket missing?"),
    "template": _("?principal and ?resource are not used here: write out whom and what it is for."),
    "unnamed": _('It needs a name: @id("…") before it.'),
    "duplicate_name": _("Another policy has this name: each needs one of its own."),
    "malformed_saying": _(
        "What people read stands on a refusal, in all three languages: @says_zh_hans, @says_zh_hant"
        " and @says_en, each a line of at most 200 characters."
    ),
    "malformed_reason": _("The reason is one word of small letters, digits and underscores."),
    "too_long": _(
        "It is too long: %(a)s characters, and at most %(b)s may be. Make several of it."
    ),
    "too_many": _("%(a)s policies would hold for one client; there may be %(b)s."),
    "not_accepted": _("It cannot be read: %(raw)s"),
}
_OBLIGATIONS: Final[dict[str, Any]] = {
    "unknown": _("There is nothing to be asked for by the name “%(a)s”."),
    "on_permit": _("“%(a)s” is asked for by a refusal (forbid), not by a permission."),
    "stray": _('@%(a)s means something only beside @obligation("%(b)s").'),
    "step_up": _(
        'Asking for a higher level needs which: @acr("client_minimum"), @acr("requested"), or one'
        " level such as urn:tongxing:acr:ial3:aal2."
    ),
    "mask_claims": _('Masking claims needs their names: @claims("phone_number birthdate").'),
    "notify": _('A notice needs to whom it goes: @to("person"), @to("security") or both.'),
    "shorten_session": _('A shorter session needs whole minutes, 1 to 720: @minutes("30").'),
    "by": _(
        'Asking for one way to prove oneself needs its name: @by("passkey"), or several of passkey,'
        " totp, password, sms, email, card, face."
    ),
    "reverify": _('Asking to sign in anew needs whole minutes, 1 to 720: @within("30").'),
}
"""What is wrong with an obligation, by the codes of `MalformedObligation`."""
_TYPES: Final[dict[str, Any]] = {
    "Long": _("a number"),
    "String": _("a text"),
    "Bool": _("a yes or no"),
    "Set": _("several values"),
}
"""What Cedar calls the kinds of values."""
_REFUSALS: Final[dict[str, Any]] = {
    "nobody": _("Say who makes the change."),
    "no_reason": _("Say why, in at most 2,000 characters."),
    "no_change": _("Nothing would change."),
    "invalid": _("The text has mistakes. They stand below."),
    "locks_out": _(
        "Refused: after this change no administrator could enter the console any more to mend it."
    ),
    "same_person": _("This takes a second person: whoever proposed it cannot approve it."),
    "other_diff": _("This is not the change you looked at. Read it again."),
    "out_of_date": _("Another version came into force meanwhile: it has to be proposed anew."),
    "review_first": _("A change that one person made alone awaits its review: that comes first."),
    "unknown_version": _("There is no such version."),
    "nothing_to_review": _("This version awaits no review."),
    "unknown_proposal": _("There is no such proposal."),
    "decided": _("It was decided already."),
}
_WHY_NOT: Final = (
    (re.compile(r"this is not a policy yet: "), _("it cannot be read yet")),
    (re.compile(r"not a template"), _("it is a template")),
    (re.compile(r"no place for @(\S+)"), _("the form has no place for @%(a)s")),
    (re.compile(r"this obligation is none"), _("what it asks for is not said properly")),
    (re.compile(r"names a person"), _("it names one person, one client or one item")),
    (re.compile(r"several `unless`"), _("it has several exceptions")),
    (re.compile(r"no action named (\S+)"), _("there is no action named %(a)s")),
    (re.compile(r"at least one action"), _("it speaks of no action")),
    (re.compile(r"is compared with one value"), _("it compares with more than one value")),
    (re.compile(r"patterns that end in"), _("its pattern does not end in *")),
    (re.compile(r"denies something"), _("it denies something that the form cannot deny")),
    (
        re.compile(r"plain (?:comparison|value)|cannot be compared|compared with a"),
        _("one of its conditions is more than a comparison of a fact with values"),
    ),
)


def problem_shown(problem: Problem) -> dict[str, Any]:
    """A problem with its place, in the reader's language."""
    code = problem.code
    if code == "syntax" and not any(problem.detail):
        code = "unfinished"
    detail, said = [each.strip('"') for each in problem.detail], _PROBLEMS.get(code)
    if code == "malformed_obligation":
        kind, *detail = detail
        said = _OBLIGATIONS[kind]
    if code == "wrong_type":
        detail = [str(_TYPES.get(each, each)) for each in detail]
    words = {"raw": problem.message, "a": "", "b": "", **dict(zip("ab", detail, strict=False))}
    return {
        "line": problem.line,
        "policy": problem.policy,
        "client_id": problem.client_id,
        "text": said % words if said else problem.message,
        "guess": _guess(problem),
        "known": problem.known,
    }


def refusal_shown(refusal: ChangeRefused) -> dict[str, Any]:
    """Why a change was not made, and what to mend."""
    return {
        "code": refusal.code,
        "text": _REFUSALS.get(refusal.code, str(refusal)),
        "problems": [problem_shown(each) for each in refusal.problems],
        "proof": refusal.proof,
    }


def why_not_shown(why_not: str) -> Any:
    """Why a policy has no form."""
    for pattern, said in _WHY_NOT:
        match = pattern.search(why_not)
        if match:
            return said % {"a": match[1]} if match.groups() else said
    return why_not


def not_comparable(fact: str) -> Any:
    """A comparison that this fact does not bear."""
    return _("“%(fact)s” cannot be compared so.") % {"fact": fact_name(fact)}


def _guess(problem: Problem) -> str:
    found = re.search(r"did you mean (\S+)\?", problem.message)
    return found[1] if found else ""
