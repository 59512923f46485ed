"""The city's policies: kept here, and decided by from memory until the configuration changes.

What a policy may say, and what is wrong with one, is the policies package's to tell; how a change
comes about is `changes`'.
"""

from typing import Final

import structlog

from idp.journey.models import PolicyRow
from policies.decision import Decision
from policies.engine import Engine
from policies.facts import Facts
from policies.source import PolicySource, default_policies

EVERYONE: Final = "*"
"""Stands for the shared text, where a client's name would stand."""
_LOG: Final = structlog.get_logger(__name__)


class CityPolicies:
    """Decides by the policies in force; register `reload` with the configuration watch.

    Text that an upgrade no longer reads changes nothing: what was in force stays. A process that
    never read any lets nobody in (fail closed), and says so in its log.
    """

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def decide(self, facts: Facts) -> Decision:
        return self.engine.decide(facts)

    @property
    def engine(self) -> Engine:
        """The version in force, in this process."""
        if self._engine is None:
            self.reload()
        return self._engine or _REFUSING

    def reload(self) -> None:
        """Read them anew where they changed. Raises DatabaseError."""
        source = policies_in_force()
        if self._engine is not None and self._engine.source == source:
            return  # another part of the configuration changed: the answers so far stand
        try:
            self._engine = Engine(source)
        except ValueError:
            _LOG.exception("the policies cannot be read")


def policies_in_force() -> PolicySource:
    """What the city declared; the shipped policies where it declared none for everyone."""
    return source_of(dict(PolicyRow.objects.values_list("client_id", "text")))


def source_of(texts: dict[str, str]) -> PolicySource:
    """Texts by client, or EVERYONE, as one source."""
    by_client = {client_id: text for client_id, text in texts.items() if client_id != EVERYONE}
    shared = texts.get(EVERYONE)
    return PolicySource(
        shared=default_policies().shared if shared is None else shared, by_client=by_client
    )


_REFUSING: Final = Engine(PolicySource(shared=""))
