"""Gives a failing service a rest, so that callers fail at once and the service can recover.

Owns the circuit's rules. Where circuits are kept, and the clock, are handed in.
"""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field, replace
from threading import Lock

MOST_CIRCUITS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """How one service fares: failures in a row, and until when it rests (on the clock's scale)."""

    failures: int = 0
    rests_until: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitBreaker:
    """Opens after `threshold` failures in a row, for `rest_seconds`; then one call may probe.

    The probe's failure opens it again, its success closes it. While the probe is under way others
    go on being refused: taking the probe extends the rest.
    """

    clock: Callable[[], float]
    threshold: int = 5
    rest_seconds: float = 30.0
    circuits: MutableMapping[str, Circuit] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def admits(self, service: str) -> bool:
        """Whether a call may be made now; past the rest, the asker becomes the probe."""
        with self._lock:
            circuit = self.circuits.get(service)
            if circuit is None or circuit.failures < self.threshold:
                return True
            now = self.clock()
            if now < circuit.rests_until:
                return False
            self.circuits[service] = replace(circuit, rests_until=now + self.rest_seconds)
            return True

    def rests_for(self, service: str) -> float:
        """Seconds until `service` may be probed; 0 when it may be called now. Changes nothing."""
        with self._lock:
            circuit = self.circuits.get(service)
        if circuit is None or circuit.failures < self.threshold:
            return 0.0
        return max(0.0, circuit.rests_until - self.clock())

    def record_success(self, service: str) -> None:
        """The service answered: forget its failures."""
        with self._lock:
            self.circuits.pop(service, None)

    def record_failure(self, service: str) -> None:
        """The service failed once more."""
        with self._lock:
            failures = self.circuits.pop(service, Circuit()).failures + 1
            if len(self.circuits) >= MOST_CIRCUITS:
                # Services can be named by clients: forget the one that failed longest ago.
                del self.circuits[next(iter(self.circuits))]
            self.circuits[service] = Circuit(
                failures=failures, rests_until=self.clock() + self.rest_seconds
            )
