"""Reads Cedar's answer with the caution cedarpy needs: it allows although a forbid failed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

import cedarpy

from policies.rules import Rule

_FAILED_POLICY: Final = re.compile(r"error while evaluating policy `([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Cedar's verdict, the rules behind it in their written order, and the forbids that failed.

    `failed` is None when every forbid could be evaluated.
    """

    is_allowed: bool
    rules: tuple[Rule, ...]
    failed: tuple[str, ...] | None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(rule.name for rule in self.rules)


def read_answer(result: cedarpy.AuthzResult, rules: Mapping[str, Rule]) -> Answer:
    """The answer of `result`, in terms of the rules of the policies that were asked."""
    said = result.diagnostics
    errors, behind = said.errors, [rules[policy_id] for policy_id in said.reasons]
    behind.sort(key=_position)
    failed = _failed_forbids(errors, rules) if errors else None
    return Answer(is_allowed=failed is None and result.allowed, rules=tuple(behind), failed=failed)


_position: Final = attrgetter("position")


def _failed_forbids(errors: list[str], rules: Mapping[str, Rule]) -> tuple[str, ...] | None:
    """The forbids among the failed policies, or None if at most permits failed.

    A failed permit merely does not permit. An error that names no policy (the request as a whole
    was unreadable) counts as a forbid's.
    """
    failed = [_FAILED_POLICY.match(error) for error in errors]
    forbids = tuple(rule.name for match in failed if match and (rule := rules[match[1]]).is_forbid)
    return forbids if forbids or None in failed else None
