"""The section `connectors`: switch, order, cost and daily number of what the deployment has.

How a connector is reached, and with which secrets, stands in the connectors file alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from deploy.apply.document import Node
from deploy.apply.reading import read_entry
from deploy.apply.section import field_differences
from idp.channels.connector_terms import VERIFICATION, Override, override_of, put_override
from idp.foundation.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredConnector:
    """What a file says of one connector; a field that is left out leaves the connectors file's."""

    name: str
    section: str = VERIFICATION
    switch: bool | None = None
    order: int | None = None
    cost: int | None = None
    per_day: int | None = None

    @property
    def override(self) -> Override:
        """Its terms alone."""
        return Override(switch=self.switch, order=self.order, cost=self.cost, per_day=self.per_day)


class ConnectorsSection:
    """Reads, compares and keeps what is said of connectors; `known` are their names by section."""

    def __init__(self, *, known: Mapping[str, frozenset[str]], clock: Clock) -> None:
        """Take the deployment's connectors, and the clock that dates a change."""
        self._known = known
        self._clock = clock

    def read(self, node: Node) -> DeclaredConnector:
        """Return what a node declares."""
        return read_entry(DeclaredConnector, node)

    def key(self, entry: DeclaredConnector) -> str:
        """They are named within their section."""
        return f"{entry.section}/{entry.name}"

    def check(self, entry: DeclaredConnector) -> Iterable[tuple[str, str]]:
        """Yield what this deployment does not have, and numbers that mean nothing."""
        if entry.section not in self._known:
            yield "section", f"must be one of {', '.join(sorted(self._known))}"
        elif entry.name not in self._known[entry.section]:
            names = ", ".join(sorted(self._known[entry.section])) or "none"
            yield "name", f"is no connector of this deployment; its {entry.section}: {names}"
        for field in ("cost", "per_day"):
            if (getattr(entry, field) or 0) < 0:
                yield field, "must not be below 0"

    def current(self, key: str) -> Any | None:
        """Return what stands about it: nothing, where the connectors file alone speaks."""
        section, _, name = key.partition("/")
        found = override_of(section, name) or Override()
        return DeclaredConnector(name=name, section=section, **asdict(found))

    def differences(self, current: Any | None, wanted: DeclaredConnector) -> tuple[str, ...]:
        """Compare field by field."""
        return field_differences(current, wanted)

    def store(self, entry: DeclaredConnector) -> None:
        """Let it hold: within a second on every node."""
        put_override(entry.section, entry.name, entry.override, clock=self._clock)
