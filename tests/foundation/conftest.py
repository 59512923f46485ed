"""What the ground floor's tests share: a clock to set, a sealer, audit keys."""

import pytest

from idp.foundation.keys import AUDIT, KeyPlan, KeyRing, rotate
from idp.foundation.sealing import RootKeys, Sealer
from tests.clocks import SetClock


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(RootKeys(active="k1", keys={"k1": b"root key of the test run 0123456789"}))


@pytest.fixture
def audit_ring(db: None, clock: SetClock, sealer: Sealer) -> KeyRing:
    """The audit keys, made."""
    del db
    rotate(clock.now(), sealer=sealer, plan=KeyPlan(purpose=AUDIT, algorithms=("ES256",)))
    return KeyRing(sealer, purpose=AUDIT)
