"""Which nodes decide by which configuration, and who need not be waited for any more."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from idp.foundation import version
from idp.foundation.clock import SystemClock
from idp.foundation.nodes import ServingNode, acknowledge, leave, spread_of
from idp.foundation.version import LEASE_SECONDS, ConfigurationWatch, NoLease, bump, current
from tests.clocks import SetClock
from tests.waiting import wait_until

pytestmark = [pytest.mark.storage, pytest.mark.django_db(transaction=True)]


def test_version_is_everywhere_once_each_living_node_acknowledged_it(clock: SetClock) -> None:
    acknowledge("a", 2, now=clock.now())
    acknowledge("b", 1, now=clock.now())
    spread = spread_of(2, now=clock.now(), lease=LEASE_SECONDS)
    assert (spread.caught_up, spread.behind) == (("a",), ("b",))
    clock.move(seconds=14)
    acknowledge("a", 2, now=clock.now())
    assert spread_of(2, now=clock.now(), lease=LEASE_SECONDS).is_everywhere
    leave("a")
    acknowledge("c", 2, now=clock.now() + timedelta(days=2))
    assert [row.id for row in ServingNode.objects.all()] == ["c"]


@pytest.mark.slow
def test_node_acknowledges_a_change_and_takes_its_leave() -> None:
    watch = ConfigurationWatch(clock=SystemClock())
    watch.start()
    try:
        wait_until(ServingNode.objects.exists)
        with transaction.atomic():
            bump()
        wanted = current()
        wait_until(lambda: ServingNode.objects.get().version == wanted)
    finally:
        watch.stop()
    assert not ServingNode.objects.exists()


def test_lease_is_looked_for_once_more_and_then_refused(
    clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = ConfigurationWatch(clock=clock)
    watch.require_lease()
    clock.move(seconds=11)

    def away() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        return 0

    monkeypatch.setattr(version, "current", away)
    with pytest.raises(NoLease):
        watch.require_lease()
