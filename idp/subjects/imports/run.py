"""Carries an import out, batch by batch, each with its checkpoint and audit event in one commit.

Whatever ends the process, `resume` goes on behind the last committed line. Reading and judging
rows is `record`'s and `matching`'s, writing them `keeping`'s.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple
from uuid import uuid4

from django.db import IntegrityError, transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.foundation.sealing import BlindIndex
from idp.subjects.fields import PersonalFields
from idp.subjects.imports.keeping import Batched, Keeper
from idp.subjects.imports.lines import ExportFile, Line, Problem
from idp.subjects.imports.matching import Batch, Matcher, Seen, Verdict
from idp.subjects.imports.models import ImportRun
from idp.subjects.imports.record import PersonRecord
from idp.subjects.imports.source import Source
from idp.subjects.imports.survey import Survey, Tell, read_line

BATCH: Final = 1000
_ATTEMPTS: Final = 3

Progress = Callable[[ImportRun], None]


class CannotImport(Exception):
    """The import cannot begin or go on; the words say why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A surveyed file of a source, and who is told what.

    `tell` hears of every row with which nothing is done, or not all.
    """

    file: ExportFile
    source: Source
    survey: Survey
    tell: Tell
    progress: Progress = lambda _run: None


class _Chunk(NamedTuple):
    """Rows that are kept together, and what was wrong with the others."""

    last_line: int
    records: Sequence[PersonRecord]
    refused: int


class PeopleImport:
    """Plans, begins and resumes imports of people."""

    def __init__(self, *, fields: PersonalFields, index: BlindIndex, clock: Clock) -> None:
        self._fields = fields
        self._matcher = Matcher(fields=fields, index=index)
        self._clock = clock

    def plan(self, work: Work) -> Counter[str]:
        """What would become of every row; nothing is written.

        Two or three hundred bytes of every row stay in memory until it is done.
        """
        counts: Counter[str] = Counter()
        seen = Seen()
        for chunk in _chunks(work, after=0):
            verdicts = self._matcher.judge(self._batch(work, chunk), seen, new_id=uuid4)
            counts.update(_counted(verdicts, chunk))
            _tell(verdicts, work.tell)
        return counts

    def begin(self, work: Work) -> ImportRun:
        """Import a file.

        Raises:
            CannotImport: another import of this source is under way.
        """
        now = self._clock.now()
        try:
            with transaction.atomic():
                run = ImportRun.objects.create(
                    source=work.source.name,
                    file_sha256=work.survey.sha256,
                    is_clean=work.survey.is_clean,
                    started_at=now,
                    changed_at=now,
                )
                self._record(run, "import.begun")
        except IntegrityError as conflict:
            raise CannotImport(_at_work(work.source.name)) from conflict
        return self._go_on(work, run)

    def interrupted(self, source: str) -> ImportRun | None:
        """The import of a source that `resume` would go on with."""
        return ImportRun.objects.filter(source=source, state=ImportRun.State.RUNNING).first()

    def resume(self, work: Work) -> ImportRun:
        """Go on with an import that was interrupted.

        Raises:
            CannotImport: there is none, or it was of another file.
        """
        run = self.interrupted(work.source.name)
        if run is None:
            raise CannotImport(f"no import of {work.source.name} was interrupted")
        if run.file_sha256 != work.survey.sha256:
            raise CannotImport(f"import {run.id} was of another file: its content has changed")
        return self._go_on(work, run)

    def _go_on(self, work: Work, run: ImportRun) -> ImportRun:
        batched = Batched(run=run, source=work.source, began_at=run.started_at)
        keeper = Keeper(fields=self._fields, clock=self._clock, batched=batched)
        for chunk in _chunks(work, after=run.line):
            verdicts = self._keep(work, run, chunk, keeper)
            _tell(verdicts, work.tell)
            work.progress(run)
        with transaction.atomic():
            held = ImportRun.objects.select_for_update().get(id=run.id)
            _require_here(held, run)
            run.state, run.changed_at = ImportRun.State.DONE, self._clock.now()
            run.save(update_fields=["state", "changed_at"])
            self._record(run, "import.finished")
        return run

    def _keep(self, work: Work, run: ImportRun, chunk: _Chunk, keeper: Keeper) -> list[Verdict]:
        """Keep one chunk; somebody who registered at this very moment is seen the next time."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._try_to_keep(work, run, chunk, keeper)
            except IntegrityError:
                continue
        return self._try_to_keep(work, run, chunk, keeper)

    def _try_to_keep(
        self, work: Work, run: ImportRun, chunk: _Chunk, keeper: Keeper
    ) -> list[Verdict]:
        with transaction.atomic():
            held = ImportRun.objects.select_for_update().get(id=run.id)
            _require_here(held, run)
            verdicts = self._matcher.judge(self._batch(work, chunk), Seen(), new_id=keeper.new_id)
            keeper.keep(verdicts)
            counted = _counted(verdicts, chunk)
            held.line, held.changed_at = chunk.last_line, self._clock.now()
            held.counts = dict(Counter(held.counts) + counted)
            held.save(update_fields=["line", "counts", "changed_at"])
            self._record(held, "import.batch", **counted, last_line=chunk.last_line)
        run.line, run.counts, run.changed_at = held.line, held.counts, held.changed_at
        return verdicts

    def _batch(self, work: Work, chunk: _Chunk) -> Batch:
        return Batch(
            source=work.source.name,
            is_verified=work.source.phones_verified,
            now=self._clock.now(),
            records=chunk.records,
        )

    def _record(self, run: ImportRun, event_type: str, **detail: int) -> None:
        event = AuditEvent(
            type=event_type,
            outcome="success",
            detail={"import": str(run.id), "source": run.source, **detail},
        )
        record(event, clock=self._clock)


def _require_here(held: ImportRun, run: ImportRun) -> None:
    if held.state != ImportRun.State.RUNNING or held.line != run.line:
        raise CannotImport(f"another process goes on with import {run.id}: this one has stopped")


def _at_work(source: str) -> str:
    return (
        f"an import of {source} was interrupted or is under way: "
        "go on with --resume, or take it back with `import undo`"
    )


def _chunks(work: Work, *, after: int) -> Iterator[_Chunk]:
    lines = work.file.lines(after=after)
    while chunk := list(islice(lines, BATCH)):
        yield _read(chunk, work)


def _read(lines: Iterable[Line], work: Work) -> _Chunk:
    records, refused, last = [], 0, 0
    for line in lines:
        last = line.number
        found, _ = read_line(line.number, line.fields, line.problem, work.source)
        if found is None or line.number in work.survey.repeated:
            refused += 1
        else:
            records.append(found)
    return _Chunk(last_line=last, records=records, refused=refused)


def _counted(verdicts: Iterable[Verdict], chunk: _Chunk) -> Counter[str]:
    counts: Counter[str] = Counter(verdict.fate.value for verdict in verdicts)
    counts["rows"] = len(chunk.records) + chunk.refused
    if chunk.refused:
        counts["refused"] = chunk.refused
    return counts


def _tell(verdicts: Iterable[Verdict], tell: Tell) -> None:
    for verdict in verdicts:
        field, message = verdict.why
        line = verdict.row.record.line
        if message:
            tell(Problem(line=line, field=field, message=message))
        for kind in verdict.left:
            message = "finds somebody else here: the person is kept without it"
            tell(Problem(line=line, field=str(kind), message=message))
