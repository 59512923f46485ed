"""`manage.py doctor`: says what is misconfigured in this deployment, and how to mend it."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand


class Command(BaseCommand):
    """Examine and report; exit with 1 when something is wrong."""

    help = "Say what is misconfigured in this deployment, and how to mend it."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print one paragraph per finding."""
        from deploy.composition import house
        from deploy.doctor import examine

        findings = examine(house())
        for finding in findings:
            self.stdout.write(f"{finding.id}  {finding.problem}\n       → {finding.mend}")
        if findings:
            raise SystemExit(1)
        self.stdout.write(f"Nothing is wrong ({settings.PROVIDER.profile} profile).")
