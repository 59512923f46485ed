"""The configuration's stamp, and the thread that watches it."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from idp.foundation.clock import SystemClock
from idp.foundation.version import ConfigurationWatch, bump, current
from tests.clocks import SetClock
from tests.waiting import wait_until

pytestmark = [pytest.mark.storage, pytest.mark.django_db]


@pytest.fixture
def watch() -> Iterator[ConfigurationWatch]:
    """A watch whose thread ends with the test, however that ends."""
    own = ConfigurationWatch(clock=SystemClock())
    yield own
    own.stop()


def test_stamp_counts_from_zero() -> None:
    assert current() == 0
    bump()
    bump()
    assert current() == 2


@pytest.mark.django_db(transaction=True)
def test_bump_refuses_when_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        bump()


def test_snapshots_reload_when_the_stamp_changed(clock: SetClock) -> None:
    reloads: list[str] = []
    watch = ConfigurationWatch(clock=clock)
    watch.register(lambda: reloads.append("keys"))
    assert (watch.poll(), watch.poll()) == (True, False)
    bump()
    assert (watch.poll(), watch.version) == (True, 1)
    assert reloads == ["keys"] * 2
    watch.register(lambda: reloads.append("clients"))
    watch.poll()
    assert reloads[2:] == ["keys", "clients"]


def test_version_stays_behind_when_a_reload_fails(clock: SetClock) -> None:
    watch = ConfigurationWatch(clock=clock)
    watch.poll()
    bump()

    def fail() -> None:
        raise LookupError

    watch.register(fail)
    with pytest.raises(LookupError):
        watch.poll()
    assert watch.version == -1


def test_lease_ends_when_nothing_was_confirmed_for_ten_seconds(clock: SetClock) -> None:
    watch = ConfigurationWatch(clock=clock)
    assert not watch.has_lease()
    watch.poll()
    clock.move(seconds=10)
    assert watch.has_lease()
    clock.move(seconds=0.1)
    assert not watch.has_lease()


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_thread_sees_a_change_of_another_node_and_ends(watch: ConfigurationWatch) -> None:
    watch.start()
    watch.start()
    wait_until(lambda: watch.version == 0)
    assert watch.has_lease()
    with transaction.atomic():
        bump()
    wait_until(lambda: watch.version == 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_thread_goes_on_when_the_database_was_away(watch: ConfigurationWatch) -> None:
    with connection.schema_editor() as schema:
        schema.execute("ALTER TABLE foundation_configurationstamp RENAME TO away")
    watch.start()
    wait_until(lambda: watch.failures > 0)
    with connection.schema_editor() as schema:
        schema.execute("ALTER TABLE away RENAME TO foundation_configurationstamp")
    wait_until(lambda: watch.version == 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_thread_goes_on_when_a_reload_failed_once(watch: ConfigurationWatch) -> None:
    failing = [LookupError("a defect in a snapshot")]

    def reload() -> None:
        if failing:
            raise failing.pop()

    watch.register(reload)
    watch.start()
    wait_until(lambda: watch.version == 0)
    assert watch.failures == 1
