"""The counters behind the signals of risk: nothing is lost, nobody named, silence no comfort."""

from uuid import uuid4

import pytest

from idp.conf import Risk
from idp.foundation.sealing import BlindIndex
from idp.foundation.storage import StoreUnavailable, ValkeyStore
from idp.journey.risk.counters import Counted, RiskCounters
from idp.journey.risk.signals import level_of
from tests.racing import at_once

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R2")]


def test_store_outage_never_lowers_the_risk() -> None:
    silent = ValkeyStore("redis://127.0.0.1:1/0", timeout=0.2)
    counters = RiskCounters(store=silent, index=BlindIndex(b"i" * 32), limits=Risk())
    counted = Counted(
        person_id=uuid4(), phone="", address="", device="", is_new_account=False, is_beginning=True
    )
    assert counters.signals(counted) == ("unmeasured",)
    assert level_of(counters.signals(counted)) == "high"
    assert counters.is_first_today(counted.person_id), "told twice rather than never"
    with pytest.raises(StoreUnavailable):
        counters.failed("a failure that cannot be counted is no free try")


def test_counters_lose_nothing_when_sign_ins_race(store: ValkeyStore) -> None:
    counters = RiskCounters(store=store, index=BlindIndex(b"i" * 32), limits=Risk())
    counted = Counted(
        person_id=uuid4(), phone="", address="", device="", is_new_account=False, is_beginning=True
    )
    found = at_once(16, lambda _: counters.signals(counted))
    assert found.count(("many_sign_ins",)) == 16 - Risk().sign_ins_hour


def test_counters_end_by_themselves_and_name_nobody(store: ValkeyStore) -> None:
    counters = RiskCounters(store=store, index=BlindIndex(b"i" * 32), limits=Risk())
    person = uuid4()
    counters.failed(str(person))
    counters.registered("198.51.100.7")
    counters.newcomer("device")
    assert counters.is_first_today(person)
    assert not counters.is_first_today(person)
    keys = store.pool.call("KEYS", f"{store.prefix}risk:*")
    assert len(keys) == 4
    for key in keys:
        assert 0 < store.pool.call("TTL", key) <= 86_400
        assert not any(word in key for word in (str(person).encode(), b"198.51", b":device:"))
