"""What the values of facts are called. In a policy's text and form they stand as they are."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from admin.method_words import FACTORS, METHODS
from policies.levels import Level

CHANNELS: Final[dict[str, Any]] = {
    "web": _("Web"),
    "app": _("App"),
    "kiosk": _("Kiosk"),
    "window": _("Service window"),
    "hotline": _("Hotline"),
    "citizen_card": _("Citizen card"),
}
POPULATIONS: Final[dict[str, Any]] = {
    "resident": _("Mainland resident"),
    "hong_kong_macau": _("Hong Kong or Macau resident"),
    "taiwan": _("Taiwan resident"),
    "hmt_resident": _("Holder of a residence permit for Hong Kong, Macau and Taiwan residents"),
    "overseas_chinese": _("Overseas Chinese"),
    "foreigner": _("Foreigner"),
    "permanent_resident": _("Permanent resident"),
    "unknown": _("Not verified"),
}
STATUSES: Final[dict[str, Any]] = {
    "active": _("active"),
    "frozen": _("frozen"),
    "incapable": _("without legal capacity"),
    "deceased": _("deceased"),
    "merged": _("merged"),
    "deleted": _("deleted"),
}
_RISKS: Final[dict[str, Any]] = {
    "new_device": _("a new device"),
    "new_network": _("a new network"),
    "other_device": _("another device than the one that began"),
    "night": _("at night"),
    "many_sign_ins": _("many sign-ins"),
    "failed_attempts": _("failed attempts"),
    "crowded_device": _("many people on one device"),
    "phone_changed": _("the mobile number changed lately"),
    "weaker_method": _("a weaker method than usual"),
    "mass_registration": _("many new accounts from one place"),
    "email_changed": _("the e-mail address changed lately"),
    "unmeasured": _("the risk could not be measured"),
}
_GRAVE: Final[dict[str, Any]] = {"low": _("low"), "medium": _("medium"), "high": _("high")}
_TRUTHS: Final[dict[str, Any]] = {"true": _("yes"), "false": _("no")}
VALUES: Final[Mapping[str, Mapping[str, Any]]] = {
    "subject.status": STATUSES,
    "subject.population": POPULATIONS,
    "subject.is_minor": _TRUTHS,
    "subject.methods": METHODS,
    "subject.authenticators": FACTORS,
    "client.status": {"active": _("active"), "suspended": _("suspended")},
    "client.channel": CHANNELS,
    "client.allowed_channels": CHANNELS,
    "request.channel": CHANNELS,
    "request.device_known": _TRUTHS,
    "request.risk": _RISKS,
    "request.risk_level": _GRAVE,
}


def value_name(fact: str, value: str) -> str:
    """One value in words; itself where it has none."""
    return str(VALUES.get(fact, {}).get(value, value))


def values_shown(fact: str, values: Sequence[str]) -> str:
    """Values of one fact in words; runs of numbers are drawn together."""
    if fact == "subject.level":
        levels = [Level.parse(each) for each in values]
        return _now(" or ").join(level_shown(each) for each in levels if each)
    if values and all(each.isdigit() for each in values) and fact.startswith("request."):
        return ", ".join(_runs([int(each) for each in values]))
    return ", ".join(value_name(fact, each) for each in values)


def level_shown(level: Level) -> str:
    """Both numbers of a level."""
    words = {"identity": level.ial, "proof": level.aal}
    return _now("identity %(identity)s, sign-in %(proof)s") % words


def _runs(numbers: Iterable[int]) -> Iterable[str]:
    """0, 1, 2, 7 as 0–2, 7."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return [str(a) if a == b else f"{a}–{b}" for a, b in found]
