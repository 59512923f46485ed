"""What tells that this node cannot answer now, and when it makes sense to try again.

Store or database cannot be reached, or a node of a later release is to go on with the journey.
"""

from django.db import InterfaceError, OperationalError

from idp.foundation.database import DatabaseUnavailable
from idp.foundation.storage import StoreUnavailable
from idp.journey.record import LaterRelease

UNREACHABLE = (
    StoreUnavailable,
    DatabaseUnavailable,
    OperationalError,
    InterfaceError,
    LaterRelease,
)
RETRY_AFTER = 5
"""Seconds; the embedded store is back within one."""
