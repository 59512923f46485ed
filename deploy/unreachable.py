"""What tells that store or database cannot be reached, and when it makes sense to try again."""

from django.db import InterfaceError, OperationalError

from idp.foundation.database import DatabaseUnavailable
from idp.foundation.storage import StoreUnavailable

UNREACHABLE = (StoreUnavailable, DatabaseUnavailable, OperationalError, InterfaceError)
RETRY_AFTER = 5
"""Seconds; the embedded store is back within one."""
