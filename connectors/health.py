"""How each connector fared lately, as this process saw it.

Owns the memory of recent tries and the value a console shows. What is done about it is
`connectors.plan`'s. In this process: each finds out for itself, within a few tries.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from threading import Lock
from typing import Final

from connectors.breaker import CircuitBreaker
from connectors.evidence import VerificationResult
from connectors.outcomes import Outcome

REMEMBERED: Final = 50
"""Tries of a connector that count."""
ENOUGH_TO_JUDGE: Final = 5
AILING_BELOW: Final = 0.5

_BROKEN: Final = frozenset({Outcome.PROVIDER_ERROR, Outcome.TIMEOUT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One connector asked once, as it is told to whoever counts.

    Attributes:
        outcome: in lower case.
        is_answered: False where the authority itself failed; then nothing is charged.
        cost: of the check, in fen.
        rests_for: seconds for which it is asked no more after this, 0 where it may be.
    """

    name: str
    outcome: str
    is_answered: bool
    seconds: float
    cost: int = 0
    rests_for: float = 0.0


Watch = Callable[[Asked], None]


def unwatched(_asked: Asked) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """One connector's recent past.

    Attributes:
        tries: how many are remembered; failures of the authority are among them.
        rests_for: seconds until it may be asked again, 0 when it may be now.
        seconds: how long it usually takes, None before the first try.
        last: the latest outcome.
    """

    tries: int = 0
    failures: int = 0
    rests_for: float = 0.0
    seconds: float | None = None
    last: Outcome | None = None

    @property
    def success_rate(self) -> float:
        """The part of the tries that the authority answered; 1 before there are any."""
        return 1.0 - self.failures / self.tries if self.tries else 1.0

    @property
    def is_ailing(self) -> bool:
        """Whether it failed so often that another should be asked first."""
        return self.tries >= ENOUGH_TO_JUDGE and self.success_rate < AILING_BELOW


@dataclass(slots=True, kw_only=True)
class HealthBook:
    """The recent past of every connector, by name; safe to share between threads.

    `watch` is told of every try, in the thread that asked.
    """

    clock: Callable[[], float]
    watch: Watch = unwatched
    breaker: CircuitBreaker = field(init=False)
    _tries: dict[str, deque[tuple[Outcome, float]]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        """Rest on the same clock."""
        self.breaker = CircuitBreaker(clock=self.clock)

    def admits(self, name: str) -> bool:
        """Whether it may be asked now; past its rest, the asker becomes the probe."""
        return self.breaker.admits(name)

    def record(
        self, name: str, result: VerificationResult, *, seconds: float, cost: int = 0
    ) -> None:
        """What became of a try; one in which the authority was not asked says nothing of it."""
        if not result.was_asked:
            return
        with self._lock:
            tries = self._tries.setdefault(name, deque(maxlen=REMEMBERED))
            tries.append((result.outcome, seconds))
        is_answered = result.outcome not in _BROKEN
        if is_answered:
            self.breaker.record_success(name)
        else:
            self.breaker.record_failure(name)
        self.watch(
            Asked(
                name=name,
                outcome=result.outcome.value.lower(),
                is_answered=is_answered,
                seconds=seconds,
                cost=cost if is_answered else 0,
                rests_for=self.breaker.rests_for(name),
            )
        )

    def of(self, name: str) -> Health:
        """How it fares."""
        with self._lock:
            tries = tuple(self._tries.get(name, ()))
        return Health(
            tries=len(tries),
            failures=sum(outcome in _BROKEN for outcome, _ in tries),
            rests_for=self.breaker.rests_for(name),
            seconds=median(seconds for _, seconds in tries) if tries else None,
            last=tries[-1][0] if tries else None,
        )
