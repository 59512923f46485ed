"""Counting what the audit trail tells: each event once, in the order of the chain.

One process at a time takes a turn; the place reached is kept in the same transaction as the counts.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson
from django.db import connection, transaction

from idp.foundation.audit.models import AuditRow
from idp.foundation.judge import take_turn
from idp.foundation.tally.counting import ADD, Thing
from idp.foundation.tally.models import SECONDS, TallyMark

EVENT: Final = "event"
SIGN_IN: Final = "sign_in"
PROOF: Final = "proof"
READER: Final = "tally"
_ADD: Final = ADD.replace("?", "%s")
_COLUMNS: Final = ("seq", "at", "type", "outcome", "client_id", "detail")
_NOT_SIGNED_IN: Final = frozenset({"login.failed", "login.refused"})
_UNPROVEN: Final = frozenset({"verification.failed", "verification.try_failed"})


def fold_trail(*, is_client: Callable[[str], bool], limit: int = 2_000) -> int:
    """Count the next `limit` chained events; how many there were.

    A client that `is_client` does not know is counted without its name: strangers make up many.
    """
    with transaction.atomic():
        take_turn(READER)
        mark, _ = TallyMark.objects.get_or_create(name=READER)
        rows = AuditRow.objects.filter(seq__gt=mark.seq).order_by("seq").values_list(*_COLUMNS)
        counts: Counter[Thing] = Counter()
        found = 0
        for seq, at, event_type, outcome, client_id, detail in rows[:limit]:
            known = client_id if client_id and is_client(client_id) else ""
            hour = at // 1_000_000 // SECONDS
            read = orjson.loads(detail)
            for kind, name, result in _told(event_type, outcome, read):
                thing = Thing(hour, kind, name[:96], result[:48], known[:255])
                counts[thing] += _number(read)
            mark.seq = seq
            found += 1
        if found:
            mark.save(update_fields=["seq"])
            with connection.cursor() as cursor:
                cursor.executemany(_ADD, [(*thing, counts[thing]) for thing in sorted(counts)])
    return found


def _told(
    event_type: str, outcome: str, detail: Mapping[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """What an event counts as: kind, name, outcome."""
    yield EVENT, event_type, outcome
    if event_type == "login.succeeded":
        yield SIGN_IN, str(detail.get("factor", "")), "success"
    elif event_type in _NOT_SIGNED_IN:
        yield SIGN_IN, str(detail.get("factor", "")), "refused"
    elif event_type == "document.verified":
        yield PROOF, str(detail.get("method", "")), "match"
    elif event_type in _UNPROVEN:
        yield PROOF, str(detail.get("method", "")), outcome


def _number(detail: Mapping[str, Any]) -> int:
    """How often; events that are written counted say so (`CountedAudit`)."""
    number = detail.get("count", 1)
    return number if isinstance(number, int) and number > 0 else 1
