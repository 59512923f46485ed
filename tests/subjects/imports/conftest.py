"""An office that takes over the people of an old platform."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from idp.foundation.sealing import BlindIndex, RootKeys, Sealer
from idp.foundation.sealing.data_keys import DataKeys
from idp.subjects.contact_changes import ContactChanges
from idp.subjects.contacts import ContactBook
from idp.subjects.documents import Documents
from idp.subjects.evidence import EvidenceChain
from idp.subjects.fields import PersonalFields
from idp.subjects.imports.aliases import Aliases
from idp.subjects.imports.lines import ExportFile, Problem
from idp.subjects.imports.models import ImportRun
from idp.subjects.imports.record import FIELDS
from idp.subjects.imports.run import PeopleImport, Work
from idp.subjects.imports.source import Source
from idp.subjects.imports.survey import Survey, survey
from idp.subjects.imports.undo import Undoing
from idp.subjects.imports.wrapping import PasswordWrapping
from idp.subjects.notices import SecurityNotices
from idp.subjects.passwords import Passwords
from idp.subjects.people import People
from tests.clocks import SetClock

RESIDENT = {
    "id": "u-1",
    "name": "陈思远",
    "document_type": "resident_id_card",
    "document_number": "11010519491231002X",
    "phone": "13800000999",
}
OLD = Source(
    name="old", ceiling=2, password_shape="md5(md5(password)+salt)", document_types={"4": "hkid"}
)


@dataclass(kw_only=True)
class Office:
    """The rooms that an import needs, and a folder for its files."""

    folder: Path
    clock: SetClock
    fields: PersonalFields
    index: BlindIndex
    source: Source = OLD
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        fields, clock, index = self.fields, self.clock, self.index
        self.chain = EvidenceChain(fields=fields, clock=clock)
        book = ContactBook(fields=fields, index=index, clock=clock, rests_after=timedelta(days=90))
        notices = SecurityNotices(fields=fields, contacts=book, clock=clock)
        self.people = People(
            fields=fields,
            index=index,
            passwords=Passwords(),
            chain=self.chain,
            contacts=ContactChanges(book=book, notices=notices),
            clock=clock,
        )
        self.documents = Documents(fields=fields, index=index, chain=self.chain, clock=clock)
        self.imports = PeopleImport(fields=fields, index=index, clock=clock)
        self.undoing = Undoing(fields=fields, clock=clock)
        self.wrapping = PasswordWrapping(fields=fields, passwords=Passwords())
        self.aliases = Aliases(fields=fields)

    def file(self, *rows: dict[str, Any] | str | bytes, name: str = "people.ndjson") -> ExportFile:
        path = self.folder / name
        path.write_bytes(b"".join(_line(row) for row in rows))
        return ExportFile(path, known=frozenset(FIELDS))

    def surveyed(self, file: ExportFile, **wishes: Any) -> Survey:
        self.problems.clear()
        return survey(file, self.source, self.problems.append, **wishes)

    def work(self, file: ExportFile, **changes: Any) -> Work:
        found = self.surveyed(file)
        work = Work(file=file, source=self.source, survey=found, tell=self.problems.append)
        return replace(work, **changes)

    def take_over(self, *rows: dict[str, Any]) -> ImportRun:
        """Import these rows; afterwards it is a minute later."""
        run = self.imports.begin(self.work(self.file(*rows)))
        self.clock.move(seconds=60)
        return run

    def told(self) -> list[str]:
        return [str(problem) for problem in self.problems]


@pytest.fixture
def office(tmp_path: Path, db: None) -> Office:
    del db
    clock = SetClock()
    sealer = Sealer(RootKeys(active="k1", keys={"k1": b"root key of the test run 0123456789"}))
    fields = PersonalFields(keys=DataKeys(sealer, clock=clock), sealer=sealer)
    return Office(folder=tmp_path, clock=clock, fields=fields, index=BlindIndex(b"i" * 32))


def _line(row: dict[str, Any] | str | bytes) -> bytes:
    if isinstance(row, dict):
        row = json.dumps(row, ensure_ascii=False) + "\n"
    return row.encode() if isinstance(row, str) else row
