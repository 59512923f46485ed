"""What tells that this node cannot answer now, and when it makes sense to try again.

Store or database cannot be reached, or what is asked for was begun by a node of a later release.
"""

from django.db import InterfaceError, OperationalError

from idp.foundation.database import DatabaseUnavailable
from idp.foundation.releases import LaterRelease
from idp.foundation.storage import StoreUnavailable

UNREACHABLE = (
    StoreUnavailable,
    DatabaseUnavailable,
    OperationalError,
    InterfaceError,
    LaterRelease,
)
RETRY_AFTER = 5
"""Seconds; the embedded store is back within one."""
