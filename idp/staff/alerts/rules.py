"""Which events of the trail raise an alert, and how grave it is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class Severity(StrEnum):
    """`serious` ones are sent out, `notice` ones are listed."""

    SERIOUS = "serious"
    NOTICE = "notice"


RULES: Final[Mapping[str, Severity]] = {
    "access.alert": Severity.SERIOUS,
    "authenticator.cloned": Severity.SERIOUS,
    "token.refresh_reused": Severity.NOTICE,
    "token.code_replayed": Severity.NOTICE,
    "document.claimed_by_another": Severity.NOTICE,
}
ALERTS: Final = "alert."
"""Events that begin so were written to raise one: always serious."""
_ABOUT: Final = ("connector", "account", "device", "policy", "delivery")


def severity_of(event_type: str) -> Severity | None:
    """How grave an event is; None for one that raises nothing."""
    if event_type.startswith(ALERTS):
        return Severity.SERIOUS
    return RULES.get(event_type)


def about(detail: Mapping[str, Any]) -> str:
    """What of ours it is about: a connector, an account of staff, a kind of delivery."""
    found = (str(detail[name]) for name in _ABOUT if detail.get(name))
    return next(found, "")[:120]
