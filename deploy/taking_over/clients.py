"""Reads an export of clients into declarations, and keeps them all or none.

Which metadata a client may have is the section `clients`' and the registry's; here a row becomes
what a file of configuration would have said, at the same line.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from deploy.apply.document import BadFileError, Node, Place
from deploy.apply.plan import Change, Declared, compare
from deploy.apply.sections.clients import CitySettings, ClientsSection, DeclaredClient
from idp.clients.metadata import BOOLEANS, CLAIMS_CLASSES, OWN_MEMBERS, STRING_LISTS
from idp.clients.models import ClientRow
from idp.clients.registrar import ClientRegistrar
from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.subjects.imports.lines import ExportFile, Line
from idp.subjects.imports.models import ImportRun

SECTION: Final = "clients"
LEAST_SECRET: Final = 22
"""128 random bits in base64url: from there a secret of an older platform may be kept as a hash."""
_SECRET: Final = "client_secret"  # noqa: S105 - a field's name
_DIGEST: Final = "client_secret_sha256"
_LISTS: Final = frozenset(
    {
        *STRING_LISTS,
        *(n for n in CitySettings.__slots__ if isinstance(getattr(CitySettings(), n), tuple)),
    }
)
_TRUTH: Final = {"true": True, "false": False}
_BOOLEANS: Final = frozenset({*BOOLEANS, "skips_consent", "is_resource_server"})
_NUMBERS: Final = frozenset({"access_token_ttl", "default_max_age"})
FIELDS: Final = frozenset(
    {"client_id", "status", _SECRET, _DIGEST, *CitySettings.__slots__, *OWN_MEMBERS}
).union(*(kind.REGISTERED_CLAIMS for kind in CLAIMS_CLASSES))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientsImport:
    """Imports, and takes back, the clients of a source."""

    section: ClientsSection
    registrar: ClientRegistrar
    clock: Clock

    def plan(self, file: ExportFile, source: str) -> tuple[Change, ...]:
        """What would change.

        Raises:
            BadFileError: with every problem of the file.
        """
        problems: list[str] = []
        declared: dict[str, Declared] = {}
        for line in file.lines():
            node = _node(file, line)
            try:
                entry = self._entry(node, line, source)
            except BadFileError as error:
                problems.extend(error.problems)
                continue
            found = Declared(section=SECTION, key=entry.client_id, entry=entry, node=node)
            other = declared.setdefault(entry.client_id, found)
            if other is not found:
                place = node.place.down("client_id", line.number)
                problems.append(f"{place}: stands on line {other.node.place.line} already")
        if not declared and not problems:
            problems.append(f"{file.path}: holds no row")
        if problems:
            raise BadFileError(problems)
        return compare(declared.values(), {SECTION: self.section})

    def carry_out(self, changes: tuple[Change, ...], file: ExportFile, source: str) -> ImportRun:
        """Keep all of them in one transaction."""
        now = self.clock.now()
        with transaction.atomic():
            for change in changes:
                self.section.store(change.declared.entry)
            made = [each.declared.key for each in changes if each.verb == "create"]
            run = ImportRun.objects.create(
                source=source,
                file_sha256=file.sha256,
                state=ImportRun.State.DONE,
                counts={"clients": len(changes)},
                clients=made,
                started_at=now,
                changed_at=self.clock.now(),
            )
            self._record(run, "import.finished")
        return run

    def undo(self, run: ImportRun) -> tuple[int, int]:
        """Remove what the import made; how many were removed, and kept for they changed since."""
        with transaction.atomic():
            rows = ClientRow.objects.filter(client_id__in=run.clients)
            same = [row.client_id for row in rows if _is_unchanged(row.updated_at, run)]
            for client_id in same:
                self.registrar.remove(client_id)
            run.state, run.changed_at = ImportRun.State.UNDONE, self.clock.now()
            run.save(update_fields=["state", "changed_at"])
            self._record(run, "import.undone")
        return len(same), len(run.clients) - len(same)

    def _entry(self, node: Node, line: Line, source: str) -> DeclaredClient:
        if line.problem:
            raise BadFileError.at(node.place, line.problem)
        digest = _digest(node)
        entry: DeclaredClient = self.section.read(_without_secret(node))
        successor = entry.city.legacy_source or source
        return replace(
            entry, secret_sha256=digest, city=replace(entry.city, legacy_source=successor)
        )

    def _record(self, run: ImportRun, event_type: str) -> None:
        detail = {"import": str(run.id), "source": run.source, "clients": len(run.clients)}
        record(AuditEvent(type=event_type, outcome="success", detail=detail), clock=self.clock)


def _is_unchanged(updated_at: datetime, run: ImportRun) -> bool:
    return updated_at <= run.changed_at


def _node(file: ExportFile, line: Line) -> Node:
    place = Place(file=str(file.path), line=line.number)
    return Node(place=place, value=dict(_fields(place, line.fields)))


def _fields(place: Place, fields: dict[str, Any]) -> Iterator[tuple[str, Node]]:
    for name, value in fields.items():
        yield name, _value(place.down(name, place.line), name, value)


def _value(place: Place, name: str, value: Any) -> Node:
    """A field as configuration writes it; CSV has lists with spaces, and truth as a word."""
    if isinstance(value, str) and name in _LISTS:
        value = value.split()
    elif isinstance(value, str) and name in _BOOLEANS:
        value = _TRUTH.get(value.lower(), value)
    elif isinstance(value, str) and name in _NUMBERS and value.isdecimal():
        value = int(value)
    if isinstance(value, list):
        return Node(place=place, value=tuple(_value(place, "", each) for each in value))
    if isinstance(value, dict):
        return Node(
            place=place,
            value={k: _value(place.down(k, place.line), "", v) for k, v in value.items()},
        )
    return Node(place=place, value=value)


def _without_secret(node: Node) -> Node:
    kept = {name: child for name, child in node.items() if name not in {_SECRET, _DIGEST}}
    return Node(place=node.place, value=kept)


def _digest(node: Node) -> bytes:
    """The hash of the client's own secret; the secret itself is not kept."""
    fields = dict(node.items())
    if _DIGEST in fields:
        text = str(fields[_DIGEST].value)
        if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
            raise BadFileError.at(fields[_DIGEST].place, "is no SHA-256 in hexadecimal")
        return bytes.fromhex(text)
    if _SECRET not in fields:
        return b""
    secret = str(fields[_SECRET].value)
    if len(secret) < LEAST_SECRET:
        message = f"holds fewer than {LEAST_SECRET} characters: give the client a new one"
        raise BadFileError.at(fields[_SECRET].place, message)
    return hashlib.sha256(secret.encode()).digest()
