from connectors.breaker import MOST_CIRCUITS, CircuitBreaker


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def fail(breaker: CircuitBreaker, times: int, service: str = "a") -> None:
    for _ in range(times):
        breaker.record_failure(service)


def test_service_is_called_when_it_failed_less_often_than_the_threshold() -> None:
    breaker = CircuitBreaker(clock=Hands(), threshold=3)
    fail(breaker, 2)

    assert breaker.admits("a")


def test_service_rests_when_it_failed_as_often_as_the_threshold() -> None:
    breaker = CircuitBreaker(clock=Hands(), threshold=3)
    fail(breaker, 3)

    assert not breaker.admits("a")
    assert breaker.admits("b")


def test_one_probe_is_admitted_when_the_rest_is_over() -> None:
    hands = Hands()
    breaker = CircuitBreaker(clock=hands, threshold=3, rest_seconds=30)
    fail(breaker, 3)
    hands.seconds += 30

    assert [breaker.admits("a") for _ in range(3)] == [True, False, False]


def test_service_rests_again_when_the_probe_fails() -> None:
    hands = Hands()
    breaker = CircuitBreaker(clock=hands, threshold=3, rest_seconds=30)
    fail(breaker, 3)
    hands.seconds += 30
    assert breaker.admits("a")
    hands.seconds += 10
    breaker.record_failure("a")
    hands.seconds += 29

    assert not breaker.admits("a")


def test_service_is_called_again_when_the_probe_succeeds() -> None:
    hands = Hands()
    breaker = CircuitBreaker(clock=hands, threshold=3, rest_seconds=30)
    fail(breaker, 3)
    hands.seconds += 30
    assert breaker.admits("a")
    breaker.record_success("a")

    assert [breaker.admits("a") for _ in range(3)] == [True, True, True]


def test_memory_is_bounded_when_many_services_fail() -> None:
    breaker = CircuitBreaker(clock=Hands(), threshold=1)
    for number in range(MOST_CIRCUITS + 5):
        breaker.record_failure(str(number))

    assert len(breaker.circuits) == MOST_CIRCUITS
    assert breaker.admits("0")
    assert not breaker.admits(str(MOST_CIRCUITS + 4))
