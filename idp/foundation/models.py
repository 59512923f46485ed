"""Where Django finds this app's tables; each lives in the room that owns it."""

from idp.foundation.audit.models import AuditCheckpoint, AuditRow
from idp.foundation.judge import Judge
from idp.foundation.keys.models import SigningKeyRow
from idp.foundation.nodes import ServingNode
from idp.foundation.outbox.models import OutboxMessage
from idp.foundation.sealing.models import DataKey
from idp.foundation.tally.models import HourlyCount, TallyMark
from idp.foundation.version import ConfigurationStamp

__all__ = [
    "AuditCheckpoint",
    "AuditRow",
    "ConfigurationStamp",
    "DataKey",
    "HourlyCount",
    "Judge",
    "OutboxMessage",
    "ServingNode",
    "SigningKeyRow",
    "TallyMark",
]
