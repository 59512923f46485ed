"""`manage.py apply FILE… [--plan]`: make the deployment what the files say."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    """Read, compare, show, and unless `--plan`, carry out."""

    help = "Apply declarative configuration; --plan shows the difference and changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--plan", action="store_true", help="show the difference only")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run; a bad file changes nothing and is told with file, line and field."""
        from deploy.apply.document import BadFileError
        from deploy.apply.plan import carry_out, compare, declare
        from deploy.apply.section import RefusedError
        from deploy.apply.sections import sections_of
        from deploy.composition import house

        sections = sections_of(house())
        try:
            changes = compare(declare(options["files"], sections), sections)
        except BadFileError as error:
            raise CommandError(f"{error}\nNothing was changed.") from error
        for change in changes:
            self.stdout.write(str(change))
        if options["plan"]:
            self.stdout.write(f"{len(changes)} to change; nothing was changed.")
            return
        try:
            left = carry_out(changes, sections)
        except RefusedError as error:
            raise CommandError(f"{error}\nNothing was changed.") from error
        self.stdout.write(f"{len(changes)} changed.")
        for each in left:
            self.stdout.write(each)
