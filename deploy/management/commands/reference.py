"""`manage.py reference [--check]`: write docs/reference from the code, or tell what is stale."""

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from deploy.settings.locations import SOURCE

_FOLDER = SOURCE / "docs" / "reference"


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

        stale: list[str] = []
        for name, page in PAGES.items():
            text = f"{NOTICE}\n{page()}"
            file = _FOLDER / name
            if file.exists() and file.read_text(encoding="utf-8") == text:
                continue
            stale.append(name)
            if not options["check"]:
                _FOLDER.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        if options["check"] and stale:
            raise CommandError(f"Stale: {', '.join(stale)}. Run `python3 manage.py reference`.")
        self.stdout.write(f"{len(PAGES)} pages, {len(stale)} written.")
