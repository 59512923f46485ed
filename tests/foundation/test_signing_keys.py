import pytest
from idp.foundation.keys import *


@pytest.mark.django_db
def test_smoke(clock, sealer):
    assert rotate(clock.now(), sealer=sealer)
    assert not rotate(clock.now(), sealer=sealer)
    ring = KeyRing(sealer)
    for alg in ALGORITHMS:
        t = ring.sign_jwt({"a": 1}, alg=alg, typ="at+jwt")
        assert ring.verify_jwt(t, typ="at+jwt") == {"a": 1}
