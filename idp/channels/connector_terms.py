"""What the city says of its connectors while they run: switch, order, cost, a number a day.

Owns the table beside the connectors file, and the picture of it in memory. The file says how a
connector is reached, and with which secrets; what stands here wins over what the file says of its
use. Asking them is `connectors`' to do.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Final

import orjson
from django.db import transaction

from connectors.plan import Terms
from idp.channels.models import ConnectorTermsRow
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.judge import take_turn
from idp.foundation.version import bump

VERIFICATION: Final = "verification"
VISITS: Final = "visits"
DELIVERY: Final = "delivery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What is said of one connector; None leaves the file's word.

    Attributes:
        switch: whether it is asked at all.
        order: lower ones are asked first.
        cost: of one check, in fen.
        per_day: checks or messages a day (Asia/Shanghai).
    """

    switch: bool | None = None
    order: int | None = None
    cost: int | None = None
    per_day: int | None = None

    def over(self, terms: Terms) -> Terms:
        """The terms that hold."""
        said = {name: value for name, value in asdict(self).items() if value is not None}
        if "switch" in said:
            said["is_on"] = said.pop("switch")
        return replace(terms, **said)


class ConnectorTerms:
    """The overrides as of the configuration's version; register `reload` with its watch.

    At most `idp.foundation.version.POLL_SECONDS` old. Before the first reload the file's word
    holds.
    """

    def __init__(self) -> None:
        self._overrides: Mapping[tuple[str, str], Override] = {}

    def reload(self) -> None:
        """Read them anew. Raises DatabaseError."""
        self._overrides = {
            (row.section, row.name): _override(row) for row in ConnectorTermsRow.objects.all()
        }

    def verifying(self, terms: Terms) -> Terms:
        """What holds for a connector that verifies people."""
        return self._over(VERIFICATION, terms)

    def visited(self, terms: Terms) -> Terms:
        """What holds for a connector at whose own pages people are verified."""
        return self._over(VISITS, terms)

    def delivering(self, terms: Terms) -> Terms:
        """What holds for a gateway of messages."""
        return self._over(DELIVERY, terms)

    def _over(self, section: str, terms: Terms) -> Terms:
        override = self._overrides.get((section, terms.name))
        return override.over(terms) if override else terms


def override_of(section: str, name: str) -> Override | None:
    """What stands about one connector; None where nothing does."""
    row = ConnectorTermsRow.objects.filter(section=section, name=name).first()
    return _override(row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBy:
    """Who changes what is said, why, and what they saw before; `saw` None asks for nothing."""

    operator: str = ""
    channel: str = ""
    because: Mapping[str, object] = field(default_factory=dict)
    saw: Override | None = None


class ChangedMeanwhile(Exception):
    """Somebody else said something of this connector since it was read."""


def put_override(
    section: str, name: str, override: Override, *, clock: Clock, by: ChangedBy | None = None
) -> None:
    """Keep what is said of one connector, with its audit; one that says nothing is taken away.

    Raises:
        ChangedMeanwhile: what stands is not what `by` saw.
    """
    by = by or ChangedBy()
    said = _said(override)
    with transaction.atomic():
        take_turn("connector-terms")
        before = override_of(section, name) or Override()
        if by.saw is not None and by.saw != before:
            raise ChangedMeanwhile
        if said:
            ConnectorTermsRow.objects.update_or_create(
                section=section,
                name=name,
                defaults={**asdict(override), "updated_at": clock.now()},
            )
        else:
            ConnectorTermsRow.objects.filter(section=section, name=name).delete()
        event = AuditEvent(
            type="connectors.terms_declared",
            outcome="success",
            operator=by.operator,
            channel=by.channel,
            detail={
                "connector": f"{section}/{name}",
                "said": orjson.dumps(said).decode(),
                "before": orjson.dumps(_said(before)).decode(),
                **by.because,
            },
        )
        record(event, clock=clock)
        bump()


def _said(override: Override) -> dict[str, object]:
    return {key: value for key, value in asdict(override).items() if value is not None}


def _override(row: ConnectorTermsRow) -> Override:
    return Override(switch=row.switch, order=row.order, cost=row.cost, per_day=row.per_day)
