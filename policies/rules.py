"""What the annotations of a policy mean: its name, its reason, its obligation, its words.

The engine acts on these and the validation complains about them, so they are read in one place.
"""

from dataclasses import dataclass

import cedarpy

from policies.obligations import AskedLevel, Duty, read_obligation
from policies.sayings import Sayings, read_sayings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One policy as its annotations describe it.

    `asked` is None unless it asks for a step-up, `duty` unless it asks something of whoever lets
    the person in.
    """

    position: int
    name: str
    is_forbid: bool
    reason: str
    asked: AskedLevel | None = None
    duty: Duty | None = None
    sayings: Sayings = ()


def read_rules(parsed: cedarpy.pst.PolicySet) -> dict[str, Rule]:
    """The rules of a set by Cedar's positional id; a policy without @id is called by that.

    Raises:
        ValueError: an obligation this product does not know, or one without a proper parameter;
            words for people that are not complete.
    """
    return {policy_id: _rule(policy) for policy_id, policy in parsed.static_policies.items()}


def _rule(policy: cedarpy.pst.Template) -> Rule:
    position = int(policy.id.removeprefix("policy"))
    name = policy.annotations.get("id") or f"policy{position}"
    obligation = read_obligation(policy.effect, policy.annotations)
    return Rule(
        position=position,
        name=name,
        is_forbid=policy.effect == "forbid",
        reason=policy.annotations.get("reason") or name,
        asked=None if isinstance(obligation, Duty) else obligation,
        duty=obligation if isinstance(obligation, Duty) else None,
        sayings=read_sayings(policy.effect, policy.annotations),
    )
