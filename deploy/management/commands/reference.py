"""`manage.py reference [--check]`: write docs/reference from the code, or tell what is stale."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from deploy.settings.locations import SOURCE

_FOLDER = SOURCE / "docs" / "reference"
_README = SOURCE / "README.md"


class Command(BaseCommand):
    """Write or check every page of `deploy.reference.PAGES`."""

    help = "Write docs/reference from the code; --check fails where a page is stale."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        parser.add_argument("--check", action="store_true", help="change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the pages, or name the stale ones and fail."""
        from deploy.reference import NOTICE, PAGES
        from deploy.reference.personas import with_personas

        wanted = {_FOLDER / name: f"{NOTICE}\n{page()}" for name, page in PAGES.items()}
        wanted[_README] = with_personas(_README.read_text(encoding="utf-8"))
        stale: list[str] = []
        for file, text in wanted.items():
            if file.exists() and file.read_text(encoding="utf-8") == text:
                continue
            stale.append(file.name)
            if not options["check"]:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        if options["check"] and stale:
            raise CommandError(f"Stale: {', '.join(stale)}. Run `python3 manage.py reference`.")
        self.stdout.write(f"{len(wanted)} pages, {len(stale)} written.")
