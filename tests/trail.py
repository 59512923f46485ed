"""Reading the audit trail in tests."""

from typing import Any

import orjson

from idp.foundation.audit.models import AuditRow


def events(event_type: str = "", **fields: str) -> list[AuditRow]:
    """The events of a type, oldest first."""
    rows = AuditRow.objects.filter(**fields).order_by("id")
    return list(rows.filter(type=event_type) if event_type else rows)


def detail(row: AuditRow) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(row.detail)
    return found
