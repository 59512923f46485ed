"""The policies that the product ships, in the words of whoever looks at the console.

A title stands only beside a policy that is still as shipped: what a city changed has the city's
own words alone.
"""

from functools import cache
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from policies.decision import NO_PERMIT, POLICY_ERROR, STEP_UP_UNSATISFIABLE
from policies.forms import PolicyForm, read_text
from policies.source import cautious_policies

_TITLES: Final[dict[str, Any]] = {
    "active-person-signs-in": _("Whoever is active may sign in"),
    "suspended-client": _("Nobody enters a client that is suspended"),
    "frozen-person": _("Nobody comes in whose account is frozen"),
    "channel-not-allowed": _("A client is entered only by the channels it allows"),
    "client-minimum-level": _("Whoever comes in has the level the client needs"),
    "requested-level": _("Whoever comes in has the level that was asked for"),
    "active-person-uses-item": _("Whoever is active may use what is inside a client"),
    "high-risk-second-proof": _("At high risk, whoever has a second proof gives it"),
    "high-risk-short-session": _("At high risk, whoever gave one proof has a short session"),
    "high-risk-told": _("At high risk, the person and the security office are told"),
}
NOTES: Final = (
    _(
        "The policies a new city starts with. Nothing is permitted unless a policy says so, and a "
        "forbid outweighs every permit. Annotations: @id names a policy (required, unique). "
        '@reason is the word a refusal carries. @obligation turns a forbid from "no" into "not '
        'unless": "step_up" with @acr ("client_minimum", "requested", or one acr value) asks '
        "to raise the level first; the others stand in the reference."
    ),
    _(
        "What may be done inside a client's own system (the decision API): whoever is active may "
        '"use" an item there, by an allowed channel. Any other operation waits for the client\'s '
        "own policies."
    ),
    _(
        "An example beside the shipped policies: what a sign-in at high risk owes. Not in force by "
        "itself: put it behind `defaults.cedar` in a draft, replay that, and propose it. Whoever "
        "has a second way to prove themselves does so: a passkey, an app's code, or after a "
        "password the code by text message. Asking it only of those who have one locks nobody "
        "out, and lets nobody satisfy it by adding an authenticator of their own at that moment."
    ),
    _("Of everybody else the session is short, and they and the security office hear of it."),
)
"""As `note_of` reads them off the shipped texts."""
_REASONS: Final[dict[str, Any]] = {
    NO_PERMIT: _("no policy permits it"),
    POLICY_ERROR: _("a policy could not be evaluated, so nobody can say that it does not refuse"),
    STEP_UP_UNSATISFIABLE: _(
        "the policies contradict themselves: they ask for a level that is held already"
    ),
    "client_suspended": _("the client is suspended"),
    "person_frozen": _("the account is frozen"),
    "channel_not_allowed": _("the client does not allow this channel"),
}


def title_of(form: PolicyForm) -> Any:
    """What a policy says in a sentence, while it is as the product ships it; "" for any other."""
    return _TITLES.get(form.name, "") if _forms().get(form.name) == form else ""


def reason_name(reason: str) -> Any:
    """Why somebody is refused; a city's own word as it stands."""
    return _REASONS.get(reason, reason)


@cache
def _forms() -> dict[str, PolicyForm]:
    blocks = read_text(cautious_policies().shared)
    return {block.form.name: block.form for block in blocks if block.form is not None}
