"""What a policy may ask beside yes and no: the obligations, and how their annotations are read.

A step-up sends the person to a higher level first; the duties are fulfilled by whoever lets them
in. Both are written on a forbid, "forbidden unless", so that none can ever let anybody in.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from policies.facts import Facts
from policies.levels import Level

AskedLevel = Callable[[Facts], Level]

STEP_UP: Final = "step_up"
REVERIFY: Final = "reverify"
MASK_CLAIMS: Final = "mask_claims"
SHORTEN_SESSION: Final = "shorten_session"
NOTIFY: Final = "notify"
NOTIFIED: Final = ("person", "security")
LONGEST_MINUTES: Final = 720

PARAMETERS: Final[Mapping[str, tuple[str, str]]] = {
    STEP_UP: ("acr", "raise the level first, to @acr"),
    REVERIFY: (
        "within",
        "have signed in within the last @within minutes; with @by, by one of the ways it names",
    ),
    MASK_CLAIMS: ("claims", "release the @claims named, with spaces between, masked"),
    SHORTEN_SESSION: ("minutes", "end the session @minutes after it was last proven"),
    NOTIFY: ("to", "tell @to: person (a notice to their phone) or security (an alert)"),
}
"""Each obligation with the annotation it needs, and what it asks."""
BY: Final = "by"
"""What `reverify` may name beside @within, or instead of it."""
PROOFS: Final[Mapping[str, frozenset[str]]] = {
    "passkey": frozenset({"hwk", "swk"}),
    "totp": frozenset({"otp"}),
    "password": frozenset({"pwd"}),
    "sms": frozenset({"sms"}),
    "email": frozenset({"mca"}),
    "card": frozenset({"sc"}),
    "face": frozenset({"face"}),
}
"""The ways that @by may name, each with the `amr` values that show it was taken."""


class MalformedObligation(ValueError):
    """What is asked is not said properly; `code` and `words` tell machines, its text people.

    Codes: `unknown` (the name), `on_permit` (the name), `stray` (an annotation and the obligation
    it belongs to), else the obligation itself, of which the parameter is wrong.
    """

    def __init__(self, code: str, message: str, *words: str) -> None:
        super().__init__(message)
        self.code = code
        self.words = words


_CLAIM: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NAMED_LEVELS: Final[Mapping[str, AskedLevel]] = {
    "client_minimum": lambda facts: facts.client.minimum,
    "requested": lambda facts: facts.request.requested,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligations:
    """What comes with a permit. Minutes are None where nothing is asked.

    Of each set in `reverify_by` one way must have been taken in the session.
    """

    masked_claims: frozenset[str] = frozenset()
    session_minutes: int | None = None
    reverify_minutes: int | None = None
    reverify_by: frozenset[frozenset[str]] = frozenset()
    notified: frozenset[str] = frozenset()
    determining: tuple[str, ...] = ()

    def record(self) -> dict[str, object]:
        """What is asked, as JSON can carry it; nothing that is not asked."""
        told = {
            "mask_claims": sorted(self.masked_claims),
            "shorten_session": self.session_minutes,
            "reverify": self.reverify_minutes,
            "reverify_by": sorted(sorted(each) for each in self.reverify_by),
            "notify": sorted(self.notified),
            "policies": list(self.determining),
        }
        return {name: value for name, value in told.items() if value}


NOTHING_ASKED: Final = Obligations()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One obligation that whoever lets the person in fulfils; no minutes are no limit."""

    kind: str
    minutes: int = 0
    names: frozenset[str] = frozenset()


def together(duties: Iterable[tuple[str, Duty]]) -> Obligations:
    """All that named policies ask at once: the strictest of each."""
    found = list(duties)
    if not found:
        return NOTHING_ASKED
    return Obligations(
        masked_claims=_all_names(found, MASK_CLAIMS),
        session_minutes=_least(found, SHORTEN_SESSION),
        reverify_minutes=_least(found, REVERIFY),
        reverify_by=frozenset(
            duty.names for _name, duty in found if duty.kind == REVERIFY and duty.names
        ),
        notified=_all_names(found, NOTIFY),
        determining=tuple(name for name, _duty in found),
    )


def _all_names(found: list[tuple[str, Duty]], kind: str) -> frozenset[str]:
    return frozenset().union(*(duty.names for _name, duty in found if duty.kind == kind))


def _least(found: list[tuple[str, Duty]], kind: str) -> int | None:
    asked = (duty.minutes for _name, duty in found if duty.kind == kind and duty.minutes)
    return min(asked, default=None)


def read_obligation(effect: str, annotations: Mapping[str, str]) -> AskedLevel | Duty | None:
    """What a policy's annotations ask, None for a plain policy.

    Raises:
        MalformedObligation: there is no such obligation, or its parameter is wrong.
    """
    obligation = annotations.get("obligation")
    _require_own_parameters(obligation, annotations)
    if obligation is None:
        return None
    if obligation not in PARAMETERS:
        known = ", ".join(f'"{name}"' for name in PARAMETERS)
        message = f'unknown obligation "{obligation}": there are {known}'
        raise MalformedObligation("unknown", message, obligation)
    if effect != "forbid":
        message = f'@obligation("{obligation}") belongs on a forbid, not on a permit'
        raise MalformedObligation("on_permit", message, obligation)
    if obligation == REVERIFY and BY in annotations:
        return _named_proof(annotations)
    value = annotations.get(PARAMETERS[obligation][0]) or ""
    if obligation == STEP_UP:
        return _asked_level(value)
    if obligation == MASK_CLAIMS:
        return Duty(kind=obligation, names=_claims(value))
    if obligation == NOTIFY:
        return Duty(kind=obligation, names=_notified(value))
    return Duty(kind=obligation, minutes=_minutes(obligation, value))


def _require_own_parameters(obligation: str | None, annotations: Mapping[str, str]) -> None:
    for owner, (parameter, _meaning) in PARAMETERS.items():
        if parameter in annotations and owner != obligation:
            message = f'@{parameter} means something only beside @obligation("{owner}")'
            raise MalformedObligation("stray", message, parameter, owner)
    if BY in annotations and obligation != REVERIFY:
        message = f'@{BY} means something only beside @obligation("{REVERIFY}")'
        raise MalformedObligation("stray", message, BY, REVERIFY)


def _named_proof(annotations: Mapping[str, str]) -> Duty:
    names = annotations[BY].split()
    if not names or not set(names) <= PROOFS.keys():
        message = f"@{BY} names one or more of {', '.join(PROOFS)}, with spaces between"
        raise MalformedObligation(BY, message)
    within = annotations.get(PARAMETERS[REVERIFY][0])
    minutes = 0 if within is None else _minutes(REVERIFY, within)
    return Duty(kind=REVERIFY, minutes=minutes, names=frozenset(names))


def _asked_level(acr: str) -> AskedLevel:
    named = _NAMED_LEVELS.get(acr)
    if named is not None:
        return named
    level = Level.parse(acr)
    if level is None:
        raise MalformedObligation(
            STEP_UP,
            'a step-up needs @acr("client_minimum"), @acr("requested") or an acr value '
            "such as urn:tongxing:acr:ial3:aal2",
        )
    return lambda _facts: level


def _claims(text: str) -> frozenset[str]:
    names = text.split()
    if not names or not all(_CLAIM.fullmatch(name) for name in names):
        message = 'mask_claims needs @claims("phone_number birthdate"): names of claims'
        raise MalformedObligation(MASK_CLAIMS, message)
    return frozenset(names)


def _notified(text: str) -> frozenset[str]:
    names = text.split()
    if not names or not set(names) <= set(NOTIFIED):
        raise MalformedObligation(NOTIFY, 'notify needs @to("person"), @to("security") or both')
    return frozenset(names)


def _minutes(obligation: str, text: str) -> int:
    parameter = PARAMETERS[obligation][0]
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LONGEST_MINUTES:
        message = (
            f'{obligation} needs @{parameter}("30"): whole minutes from 1 to {LONGEST_MINUTES}'
        )
        raise MalformedObligation(obligation, message, parameter)
    return int(text)
