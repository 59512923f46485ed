"""The outbox: deliveries that happen because, and only if, a transaction committed.

Owns claiming, back-off and dead letters; handlers (logout, messages, events) belong to their rooms.
"""

from idp.foundation.outbox.dead import (
    MOST_AT_ONCE,
    DeadLetter,
    DeadLetters,
    Fate,
    forget_dead,
    revive,
)
from idp.foundation.outbox.delivery import (
    Deliveries,
    DeliveryFailed,
    DeliveryPolicy,
    deliver_due,
    forget_delivered,
)
from idp.foundation.outbox.enqueue import (
    OUTBOX_INSERT,
    OUTBOX_INSERT_COLUMNS,
    OUTBOX_TABLE,
    enqueue,
    outbox_row,
)

__all__ = [
    "MOST_AT_ONCE",
    "OUTBOX_INSERT",
    "OUTBOX_INSERT_COLUMNS",
    "OUTBOX_TABLE",
    "DeadLetter",
    "DeadLetters",
    "Deliveries",
    "DeliveryFailed",
    "DeliveryPolicy",
    "Fate",
    "deliver_due",
    "enqueue",
    "forget_dead",
    "forget_delivered",
    "outbox_row",
    "revive",
]
