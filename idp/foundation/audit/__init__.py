"""Audit: events written with their change, chained by one writer, signed for, proven offline.

Which events there are, and their words, belong to the rooms where things happen.
"""

from idp.foundation.audit.chain import Report, chain_pending, verify_chain
from idp.foundation.audit.counted import CountedAudit, CountedEvent
from idp.foundation.audit.events import (
    AUDIT_INSERT,
    AUDIT_INSERT_COLUMNS,
    AUDIT_TABLE,
    AuditEvent,
    audit_row,
    record,
    record_at,
    write_and_record,
)

__all__ = [
    "AUDIT_INSERT",
    "AUDIT_INSERT_COLUMNS",
    "AUDIT_TABLE",
    "AuditEvent",
    "CountedAudit",
    "CountedEvent",
    "Report",
    "audit_row",
    "chain_pending",
    "record",
    "record_at",
    "verify_chain",
    "write_and_record",
]
