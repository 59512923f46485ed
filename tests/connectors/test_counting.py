"""Counting in one process: records end by themselves, counters keep their window."""

from connectors.counting import InProcessCounters, RollingWindow


class Turned:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_record_ends_by_itself_when_its_time_is_over() -> None:
    clock = Turned()
    counters = InProcessCounters(clock=clock)
    assert counters.add("k", b"1", ttl=10)
    assert not counters.add("k", b"2", ttl=10)
    assert counters.get("k") == b"1"
    clock.seconds = 10
    assert counters.get("k") is None
    assert counters.add("k", b"3", ttl=10)
    counters.delete("k", "never there")
    assert counters.get("k") is None


def test_counter_keeps_its_window_when_it_is_added_to() -> None:
    clock = Turned()
    counters = InProcessCounters(clock=clock)
    assert counters.increment("n", ttl=10) == 1
    clock.seconds = 9
    assert counters.increment("n", ttl=10, by=4) == 5
    assert counters.increment("n", ttl=10, by=-1) == 4
    clock.seconds = 10
    assert counters.increment("n", ttl=10) == 1


def test_ended_records_are_swept_when_there_are_many() -> None:
    clock = Turned()
    counters = InProcessCounters(clock=clock)
    for number in range(10_000):
        counters.add(str(number), b"1", ttl=1)
    clock.seconds = 2
    counters.add("new", b"1", ttl=1)
    assert list(counters._kept) == ["new"]


def test_window_gives_back_when_a_use_was_none() -> None:
    window = RollingWindow(counters=InProcessCounters(clock=Turned()), most=2, seconds=60)
    taken = [window.take("k"), window.take("k"), window.take("k")]
    assert taken[2] is None
    assert taken[0]
    window.give_back(taken[0])
    assert window.take("k") == taken[0]
