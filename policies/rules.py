"""What the annotations of a policy mean: its name, its reason, and the level it sends people to.

The engine acts on these and the validation complains about them, so they are read in one place.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import cedarpy

from policies.facts import Facts
from policies.levels import Level

AskedLevel = Callable[[Facts], Level]

_OBLIGATION: Final = "step_up"
_NAMED_LEVELS: Final[Mapping[str, AskedLevel]] = {
    "client_minimum": lambda facts: facts.client.minimum,
    "requested": lambda facts: facts.request.requested,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One policy as its annotations describe it; `asked` is None unless it asks for a step-up."""

    position: int
    name: str
    is_forbid: bool
    reason: str
    asked: AskedLevel | None


def read_rules(policy_set: cedarpy.PolicySet) -> dict[str, Rule]:
    """The rules of a set by Cedar's positional id; a policy without @id is called by that.

    Raises:
        ValueError: an obligation this product does not know, or a step-up without a proper @acr.
    """
    policies = policy_set.to_pst().static_policies
    return {
        policy_id: _rule(int(policy_id.removeprefix("policy")), policy.effect, policy.annotations)
        for policy_id, policy in policies.items()
    }


def read_step_up(effect: str, annotations: Mapping[str, str]) -> AskedLevel | None:
    """The level a step-up forbid asks, None for any other policy; ValueError if malformed."""
    obligation, acr = annotations.get("obligation"), annotations.get("acr")
    if obligation is None:
        if acr is not None:
            raise ValueError('@acr means something only beside @obligation("step_up")')
        return None
    if obligation != _OBLIGATION:
        raise ValueError(f'unknown obligation "{obligation}": the only one is "step_up"')
    if effect != "forbid":
        raise ValueError('@obligation("step_up") belongs on a forbid, not on a permit')
    return _asked_level(acr or "")


def _asked_level(acr: str) -> AskedLevel:
    named = _NAMED_LEVELS.get(acr)
    if named is not None:
        return named
    level = Level.parse(acr)
    if level is None:
        raise ValueError(
            'a step-up needs @acr("client_minimum"), @acr("requested") or an acr value '
            "such as urn:tongxing:acr:ial3:aal2"
        )
    return lambda _facts: level


def _rule(position: int, effect: str, annotations: Mapping[str, str]) -> Rule:
    name = annotations.get("id") or f"policy{position}"
    return Rule(
        position=position,
        name=name,
        is_forbid=effect == "forbid",
        reason=annotations.get("reason") or name,
        asked=read_step_up(effect, annotations),
    )
