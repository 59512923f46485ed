"""`manage.py prepare`: bring the database up to date and seed it, in one process for speed."""

from typing import Any

from django.core.management import BaseCommand, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    """Migrate where something is to migrate, then seed."""

    help = "Migrate the database and seed what the profile asks for."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run; nothing changes when everything is in place."""
        from deploy.composition import house
        from deploy.seed import seed

        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
        seed(house())
