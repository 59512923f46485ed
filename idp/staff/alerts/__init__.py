"""Owns alerts: what of the audit trail wants somebody's attention, until somebody saw to it.

Alerts are read off the trail, so nothing that is recorded can fail to raise one. Who is told by
mail or webhook, and how, is handed in; what happened stands in the trail alone.
"""

from idp.staff.alerts.desk import AlertDesk, Raised, Verdict
from idp.staff.alerts.rules import Severity
from idp.staff.alerts.watch import AlertWatch

__all__ = ["AlertDesk", "AlertWatch", "Raised", "Severity", "Verdict"]
