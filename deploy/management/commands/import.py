"""`manage.py import people|clients FILE`: take over another platform's people and clients."""

# ruff: noqa: N999 - the command's own word; Django finds it by name, nobody imports it

import json
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO
from uuid import UUID

from django.core.management import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from deploy.taking_over.clients import ClientsImport
    from idp.subjects.imports.lines import ExportFile, Problem
    from idp.subjects.imports.models import ImportRun
    from idp.subjects.imports.run import PeopleImport, Work

_SHOWN: Final = 50
"""Problems on the screen; the report holds all of them."""
_CACHE: Final = "PRAGMA cache_size=-200000"
"""The indexes of a million people fit into 200 MB, and are written again and again."""


class Command(BaseCommand):
    """Plan, carry out, resume, list and take back imports."""

    help = (
        "people: --plan tells what would become of every row and changes nothing; an interrupted "
        "import goes on with --resume; undo takes one back. docs/guides/migration.md says how."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        actions = parser.add_subparsers(dest="action", required=True)
        people = actions.add_parser("people", help="people, their passwords and old ids")
        people.add_argument("--resume", action="store_true", help="go on where it was interrupted")
        people.add_argument(
            "--skip-bad", action="store_true", help="import the other rows of a file with bad ones"
        )
        people.add_argument("--rows", type=int, default=0, help="how many rows there must be")
        people.add_argument("--report", type=Path, help="write every problem there, as NDJSON")
        clients = actions.add_parser("clients", help="the clients of the platform")
        for each in (people, clients):
            each.add_argument("file", type=Path, metavar="FILE")
            each.add_argument("--source", required=True, metavar="NAME", help="as it was declared")
            each.add_argument("--format", default="", choices=("ndjson", "csv"))
            each.add_argument("--plan", action="store_true", help="tell, and change nothing")
        actions.add_parser("list", help="every import, the newest first")
        undo = actions.add_parser("undo", help="take an import back")
        undo.add_argument("id", type=UUID, help="as list shows it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out the action."""
        {
            "people": self._people,
            "clients": self._clients,
            "list": self._list,
            "undo": self._undo,
        }[options["action"]](options)

    def _people(self, options: dict[str, Any]) -> None:
        from deploy.composition import house
        from idp.subjects.imports.lines import BadLine
        from idp.subjects.imports.run import CannotImport

        with ExitStack() as stack:
            notes = _Notes(self.stderr, options["file"], _opened(stack, options["report"]))
            try:
                imports = house().rooms.imports.people
                self._carry_out(imports, self._surveyed(imports, options, notes), options)
            except BadLine as error:
                raise CommandError(f"{options['file']}: {error}\nNothing was changed.") from error
            except CannotImport as error:
                raise CommandError(str(error)) from error
            finally:
                notes.close()

    def _surveyed(
        self, imports: "PeopleImport", options: dict[str, Any], notes: "_Notes"
    ) -> "Work":
        """Read the whole file; what is wrong with it stops everything, unless told otherwise."""
        from idp.subjects.imports.record import FIELDS
        from idp.subjects.imports.run import Work
        from idp.subjects.imports.source import UnknownSource, find_source
        from idp.subjects.imports.survey import Survey, survey

        try:
            source = find_source(options["source"])
        except UnknownSource as error:
            raise CommandError(
                f"{error} is no declared source: apply a file with import_sources first"
            ) from error
        file = _export(options, frozenset(FIELDS))
        begun = imports.interrupted(source.name) if options["resume"] else None
        if begun is not None and begun.is_clean:
            # It was read to its end before; the digest says whether it still is the same.
            known = Survey(sha256=file.digest())
            return Work(file=file, source=source, survey=known, tell=notes, progress=self._progress)
        found = survey(file, source, notes, expected_rows=options["rows"])
        self.stdout.write(
            f"{found.rows} rows, {found.refused} refused; "
            f"{found.passwords_kept} passwords kept, {found.passwords_to_wrap} to be wrapped"
        )
        if not found.is_clean and not options["skip_bad"] and not options["plan"]:
            raise CommandError("Nothing was changed. Mend the file, or leave them out: --skip-bad")
        return Work(file=file, source=source, survey=found, tell=notes, progress=self._progress)

    def _carry_out(self, imports: "PeopleImport", work: "Work", options: dict[str, Any]) -> None:
        _give_room()
        if options["plan"]:
            self.stdout.write(f"would be: {_counted(imports.plan(work))}; nothing was changed.")
            return
        run = imports.resume(work) if options["resume"] else imports.begin(work)
        self.stdout.write(f"import {run.id}: {_counted(run.counts)}")

    def _progress(self, run: "ImportRun") -> None:
        if run.counts["rows"] % 50_000 == 0:
            self.stdout.write(f"import {run.id}: {run.counts['rows']} rows")
            self.stdout.flush()

    def _clients(self, options: dict[str, Any]) -> None:
        from deploy.apply.document import BadFileError
        from deploy.taking_over.clients import FIELDS
        from idp.subjects.imports.lines import BadLine

        imports = _clients_import()
        try:
            file = _export(options, FIELDS)
            changes = imports.plan(file, options["source"])
        except (BadFileError, BadLine) as error:
            raise CommandError(f"{error}\nNothing was changed.") from error
        for change in changes:
            self.stdout.write(str(change))
        if options["plan"]:
            self.stdout.write(f"{len(changes)} to change; nothing was changed.")
            return
        run = imports.carry_out(changes, file, options["source"])
        self.stdout.write(f"import {run.id}: {_counted(run.counts)}")

    def _list(self, _options: dict[str, Any]) -> None:
        from idp.subjects.imports.models import ImportRun

        for run in ImportRun.objects.order_by("-started_at"):
            started = f"{run.started_at:%Y-%m-%d %H:%M}Z"
            shown = (str(run.id), run.source, started, run.state, f"line {run.line}")
            self.stdout.write("  ".join((*shown, _counted(run.counts))))

    def _undo(self, options: dict[str, Any]) -> None:
        from deploy.composition import house
        from idp.subjects.imports.models import ImportRun
        from idp.subjects.imports.undo import NoSuchImport

        done = ImportRun.objects.filter(id=options["id"], state=ImportRun.State.DONE).first()
        if done is not None and done.clients:
            removed, kept = _clients_import().undo(done)
            self.stdout.write(f"{removed} clients removed, {kept} kept for they changed since")
            return
        try:
            counts = house().rooms.imports.undoing.undo(options["id"])
        except NoSuchImport as error:
            raise CommandError(f"{error}: there is no such import, or it was undone") from error
        self.stdout.write(
            f"{counts['erased']} people erased, {counts['kept']} kept for they were used since, "
            f"{counts['unlinked']} links cut"
        )


class _Notes:
    """Hears of problems: the first on the screen, all of them in the report."""

    def __init__(self, screen: Any, file: Path, report: TextIO | None) -> None:
        self._screen = screen
        self._file = file
        self._report = report
        self._count = 0

    def __call__(self, problem: "Problem") -> None:
        self._count += 1
        if self._count <= _SHOWN:
            self._screen.write(f"{self._file}:{problem}")
        if self._report is not None:
            line = {"line": problem.line, "field": problem.field, "message": problem.message}
            self._report.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self) -> None:
        if self._count > _SHOWN:
            self._screen.write(f"… and {self._count - _SHOWN} more; --report FILE holds them all")


def _opened(stack: ExitStack, path: Path | None) -> TextIO | None:
    if path is None:
        return None
    try:
        return stack.enter_context(path.open("w", encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror})") from error


def _clients_import() -> "ClientsImport":
    from deploy.apply.sections.clients import ClientsSection
    from deploy.composition import house
    from deploy.taking_over.clients import ClientsImport

    rooms = house().rooms
    return ClientsImport(
        section=ClientsSection(registrar=rooms.clients.registrar, rules=rooms.clients.rules),
        registrar=rooms.clients.registrar,
        clock=rooms.ground.clock,
    )


def _export(options: dict[str, Any], known: frozenset[str]) -> "ExportFile":
    from idp.subjects.imports.lines import ExportFile

    if not options["file"].is_file():
        raise CommandError(f"{options['file']} is no file")
    return ExportFile(options["file"], format_=options["format"], known=known)


def _give_room() -> None:
    from django.db import connection

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(_CACHE)


def _counted(counts: "dict[str, int] | Counter[str]") -> str:
    return ", ".join(f"{counts[name]} {name}" for name in sorted(counts)) or "nothing"
