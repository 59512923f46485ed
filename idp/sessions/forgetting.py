"""Forgetting sessions that are over, with the clients that took part in them."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from idp.sessions.models import ParticipantRow, SessionRow


def forget_before(before: datetime) -> int:
    """Forget sessions that were over before an instant; how many that were."""
    return forget_sessions(SessionRow.objects.filter(expires_at__lt=before))


def forget_sessions(rows: QuerySet[SessionRow]) -> int:
    """Forget these; how many that were."""
    with transaction.atomic():
        ParticipantRow.objects.filter(session_id__in=rows.values("id")).delete()
        return rows.delete()[0]
