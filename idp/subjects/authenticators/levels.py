"""Authentication level and `amr` by a declared table: what was proven in, what it is worth out.

NIST SP 800-63B-4 §2: two different factors make level 2, a key that cannot be exported level 3. A
face is a factor only beside something held (§3.2.3): beside a password or a mailbox it adds none.
"""

from collections.abc import Iterable
from typing import Final

from idp.subjects.authenticators.kinds import (
    DECLARED,
    FACE,
    HARDWARE_BOUND,
    HARDWARE_KEY,
    MULTIPLE,
    OTP,
    PASSWORD,
    SMART_CARD,
    SMS,
    SOFTWARE_KEY,
    Kind,
)
from policies.levels import Level

KNOWN: Final = frozenset({PASSWORD})
HELD: Final = frozenset({SMS, OTP, HARDWARE_KEY, SOFTWARE_KEY})
INHERENT: Final = frozenset({FACE})
RESISTANT: Final = frozenset({HARDWARE_KEY, SOFTWARE_KEY, SMART_CARD})
"""What cannot be talked out of anybody."""
AUTHENTICATION_LEVELS: Final[tuple[tuple[int, frozenset[str]], ...]] = (
    (3, frozenset({HARDWARE_KEY, MULTIPLE})),
    (2, frozenset({MULTIPLE})),
    (1, frozenset()),
)
"""The first row counts whose `amr` values were all proven."""


def completed(proven: Iterable[str]) -> frozenset[str]:
    """What was proven, and `mfa` where something held and something else are among it."""
    found = frozenset(proven)
    return found | {MULTIPLE} if found & HELD and found & (KNOWN | INHERENT) else found


def aal_of(proven: Iterable[str]) -> int:
    """The authentication level of what was proven, 1 to 3."""
    values = completed(proven)
    return next(aal for aal, needed in AUTHENTICATION_LEVELS if needed <= values)


def level_of(proven: Iterable[str], *, ial: int) -> Level:
    return Level(ial=ial, aal=aal_of(proven))


def amr_of(proven: Iterable[str]) -> tuple[str, ...]:
    """The `amr` of a session: sorted, `mfa` last."""
    values = completed(proven)
    named = tuple(sorted(values - {MULTIPLE}))
    return (*named, MULTIPLE) if MULTIPLE in values else named


def proven_by(kind: Kind, *, is_hardware_bound: bool = False) -> frozenset[str]:
    """The `amr` values that one use of an authenticator proves."""
    return HARDWARE_BOUND if is_hardware_bound else DECLARED[kind].amr


def reachable_aal(kinds: Iterable[Kind], *, with_attestation: bool = False) -> int:
    """The highest level that somebody could reach where these kinds are switched on.

    What is voluntary is left out: a level that nothing else reached would force it on people.
    """
    together: frozenset[str] = frozenset()
    for kind in kinds:
        if DECLARED[kind].is_voluntary:
            continue
        is_bound = kind is Kind.PASSKEY and with_attestation
        together |= proven_by(kind, is_hardware_bound=is_bound)
    return aal_of(together)
