"""The declared table of levels."""

import pytest

from idp.subjects.authenticators.kinds import HARDWARE_BOUND, Kind
from idp.subjects.authenticators.levels import (
    aal_of,
    amr_of,
    level_of,
    proven_by,
    reachable_aal,
)
from policies.levels import Level


@pytest.mark.parametrize(
    ("proven", "aal", "amr"),
    [
        ({"pwd"}, 1, ("pwd",)),
        ({"sms"}, 1, ("sms",)),
        ({"otp"}, 1, ("otp",)),
        ({"sms", "otp"}, 1, ("otp", "sms")),
        ({"pwd", "sms"}, 2, ("pwd", "sms", "mfa")),
        ({"pwd", "otp"}, 2, ("otp", "pwd", "mfa")),
        ({"swk", "user", "mfa"}, 2, ("swk", "user", "mfa")),
        ({"swk", "user", "mfa", "pwd", "sms"}, 2, ("pwd", "sms", "swk", "user", "mfa")),
        ({"face"}, 1, ("face",)),
        ({"face", "sms"}, 2, ("face", "sms", "mfa")),
        ({"face", "otp"}, 2, ("face", "otp", "mfa")),
        ({"face", "pwd"}, 1, ("face", "pwd")),
        ({"face", "mca"}, 1, ("face", "mca")),
        ({"hwk", "user", "mfa"}, 3, ("hwk", "user", "mfa")),
        (set(), 1, ()),
    ],
)
@pytest.mark.spec("RFC 8176 §2", "mfa: Multiple-factor authentication")
def test_level_follows_from_the_table_when_factors_are_proven(
    proven: set[str], aal: int, amr: tuple[str, ...]
) -> None:
    assert aal_of(proven) == aal
    assert amr_of(proven) == amr
    assert level_of(proven, ial=2) == Level(ial=2, aal=aal)


@pytest.mark.parametrize(
    ("kinds", "with_attestation", "aal"),
    [
        ((), False, 1),
        ((Kind.SMS,), False, 1),
        ((Kind.SMS, Kind.TOTP, Kind.RECOVERY_CODE), False, 1),
        ((Kind.SMS, Kind.PASSWORD), False, 2),
        ((Kind.SMS, Kind.FACE), False, 1),
        ((Kind.PASSKEY,), False, 2),
        ((Kind.PASSKEY,), True, 3),
        ((Kind.PASSWORD, Kind.SMS), True, 2),
    ],
)
def test_reachable_level_follows_when_kinds_are_switched_on(
    kinds: tuple[Kind, ...], aal: int, *, with_attestation: bool
) -> None:
    assert reachable_aal(kinds, with_attestation=with_attestation) == aal


def test_passkey_proves_hardware_only_when_it_is_attested() -> None:
    assert proven_by(Kind.PASSKEY, is_hardware_bound=True) == HARDWARE_BOUND
    assert "hwk" not in proven_by(Kind.PASSKEY)
