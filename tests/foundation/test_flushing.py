"""What is gathered and written now and then: nothing lost, nothing twice, one more at the end."""

from threading import Event

import pytest

from idp.foundation.flushing import Counts, FlushingThread
from tests.racing import at_once


def test_numbers_come_back_when_they_could_not_be_written() -> None:
    counts: Counts[str] = Counts()
    counts.add("a")

    def fail() -> None:
        with counts.taken():
            counts.add("a", 2)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with counts.taken() as numbers:
        pass
    assert numbers == {"a": 3}


def test_no_number_is_lost_when_many_count_and_one_writes() -> None:
    counts: Counts[str] = Counts()
    written = []

    def write() -> None:
        with counts.taken() as numbers:
            written.extend(numbers.values())

    def work(number: int) -> None:
        for _ in range(500):
            if number:
                counts.add("a")
            else:
                write()

    at_once(4, work)
    write()
    assert sum(written) == 1_500


def test_things_beyond_the_most_are_counted_together() -> None:
    counts: Counts[str] = Counts(most=2, beyond=lambda _thing: "rest")
    for thing in ("a", "b", "c", "d", "a"):
        counts.add(thing)
    with counts.taken() as numbers:
        assert numbers == {"a": 2, "b": 1, "rest": 2}


def test_thread_goes_on_after_a_failure_and_flushes_once_more_when_it_is_stopped() -> None:
    calls, failed = [], Event()

    def flush() -> None:
        calls.append(1)
        if not failed.is_set():
            failed.set()
            raise RuntimeError

    thread = FlushingThread("test", flush, every=0.001)
    thread.start()
    assert failed.wait(5)
    before = len(calls)
    thread.stop()
    assert len(calls) > before


def test_thread_leaves_it_where_nothing_is_due_until_it_is_stopped() -> None:
    calls, asked = [], Event()

    def is_due() -> bool:
        asked.set()
        return False

    thread = FlushingThread("test", lambda: calls.append(1), every=0.001, is_due=is_due)
    thread.start()
    assert asked.wait(5)
    assert calls == []
    thread.stop()
    assert calls == [1]
