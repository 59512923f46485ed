"""Where Django finds this app's tables; each lives in the room that owns it."""

from idp.foundation.judge import Judge
from idp.foundation.keys.models import SigningKeyRow
from idp.foundation.sealing.models import DataKey
from idp.foundation.version import ConfigurationStamp

__all__ = ["ConfigurationStamp", "DataKey", "Judge", "SigningKeyRow"]
