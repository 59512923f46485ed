"""``manage.py audit verify``: proves the audit chain from the database, with no secret."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from idp.foundation.audit import verify_chain
from idp.foundation.audit.models import AuditCheckpoint, AuditRow
from idp.foundation.keys import AUDIT
from idp.foundation.keys.models import SigningKeyRow
from idp.foundation.keys.ring import verification_key


class Command(BaseCommand):
    """Prints what was proven; exits with 1 at the first break."""

    help = (
        "Prove the audit chain: every event in its place, unaltered, and every checkpoint signed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["verify"])

    def handle(self, *_: Any, **__: Any) -> None:
        keys = {
            row.kid: verification_key(row) for row in SigningKeyRow.objects.filter(purpose=AUDIT)
        }
        report = verify_chain(
            AuditRow.objects.exclude(seq=None).order_by("seq").iterator(chunk_size=2000),
            checkpoints=AuditCheckpoint.objects.order_by("seq"),
            find_key=keys.get,
        )
        counts = f"{report.events} events, {report.checkpoints} checkpoints"
        if not report.is_intact:
            print(f"audit: {counts}: BROKEN at event {report.broken_seq}: {report.reason}")
            sys.exit(1)
        print(f"audit: {counts}: intact")
        waiting = AuditRow.objects.filter(seq=None).count()
        if waiting:
            print(f"audit: {waiting} event{'s' if waiting > 1 else ''} not chained yet")
