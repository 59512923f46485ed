"""The city's policies: kept here, and decided by from memory until the configuration changes.

What a policy may say, and what is wrong with one, is the policies package's to tell.
"""

import hashlib
from datetime import datetime
from typing import Final

import structlog
from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.version import bump
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
        if self._engine is None:
            self.reload()
        return self._engine.decide(facts) if self._engine else _REFUSING.decide(facts)

    def reload(self) -> None:
        """Read them anew. Raises DatabaseError."""
        try:
            self._engine = Engine(policies_in_force())
        except ValueError:
            _LOG.exception("the policies cannot be read")


def policies_in_force() -> PolicySource:
    """What the city declared; the shipped policies where it declared none for everyone."""
    texts = dict(PolicyRow.objects.values_list("client_id", "text"))
    shared = texts.pop(EVERYONE, None)
    return PolicySource(
        shared=default_policies().shared if shared is None else shared, by_client=texts
    )


def put_policies(client_id: str, text: str, *, clock: Clock) -> None:
    """Replace the text of one client, or of EVERYONE; an empty one takes it back."""
    now: datetime = clock.now()
    with transaction.atomic():
        if text.strip():
            PolicyRow.objects.update_or_create(
                client_id=client_id, defaults={"text": text, "updated_at": now}
            )
        else:
            PolicyRow.objects.filter(client_id=client_id).delete()
        digest = hashlib.sha256(text.encode()).hexdigest()
        event = AuditEvent(
            type="policies.declared",
            outcome="success",
            client_id="" if client_id == EVERYONE else client_id,
            detail={"sha256": digest},
        )
        record(event, clock=clock)
        bump()


_REFUSING: Final = Engine(PolicySource(shared=""))
