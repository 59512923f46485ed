"""The section `policies`: Cedar text for every client, or beside it for one alone.

Where administrators hold one another in check, a file only proposes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from deploy.apply.document import BadFileError, Node, Place
from deploy.apply.reading import read_entry
from deploy.apply.section import RefusedError
from idp.clients.models import ClientRow
from idp.foundation.clock import Clock
from idp.journey.access.changes import ChangeRefused, Draft, PolicyChanges
from idp.journey.access.city_policies import EVERYONE, policies_in_force
from idp.journey.access.versions import declare
from idp.journey.models import PolicyRow
from policies.source import PolicySource, default_policies
from policies.validation import Problem, validate_policies

AUTHOR = "manage.py apply"
_FILE = "file"
_TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What may stand in a file."""

    client_id: str = ""
    text: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPolicies:
    """The policies of one client, or of everyone; an empty text takes them back.

    `field` is the one they were written in; `lines_before` stand before them in `source`.
    """

    client_id: str
    text: str
    field: str
    source: str
    lines_before: int = 0

    @property
    def meant(self) -> str:
        """What is in force once this is: without a text of its own, what the product ships."""
        if self.text.strip() or self.client_id:
            return self.text
        return default_policies().shared


class PoliciesSection:
    """Reads, compares and keeps declared policies; while `must_propose`, proposes them."""

    def __init__(
        self,
        *,
        clock: Clock,
        changes: PolicyChanges | None = None,
        must_propose: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the clock that dates a change, and how one is proposed."""
        self._clock = clock
        self._changes = changes
        self._must_propose = must_propose
        self._wanted: dict[str, str] = {}

    def read(self, node: Node) -> DeclaredPolicies:
        """Return the policies a node declares: as text in place, or in a file beside it."""
        given = read_entry(_Written, node)
        fields = dict(node.items())
        if (_TEXT in fields) == (_FILE in fields):
            raise BadFileError.at(node.place, f"give either {_TEXT} or the name of a {_FILE}")
        if _FILE in fields:
            return _of_a_file(given, fields[_FILE].place)
        place = fields[_TEXT].place
        return DeclaredPolicies(
            client_id=given.client_id,
            text=given.text,
            field=_TEXT,
            source=place.file,
            lines_before=place.line if "\n" in given.text else place.line - 1,
        )

    def key(self, entry: DeclaredPolicies) -> str:
        """They are named by their client."""
        return entry.client_id or EVERYONE

    def check(self, entry: DeclaredPolicies) -> Iterable[tuple[str, str]]:
        """Yield what the policies' own validation finds, with the line it stands on."""
        for problem in validate_policies(_alone(entry)):
            yield entry.field, _told(problem, entry)

    def current(self, key: str) -> Any | None:
        """Return the text in force; without one of its own, what holds instead."""
        row = PolicyRow.objects.filter(client_id=key).first()
        if row is not None:
            return row.text
        return default_policies().shared if key == EVERYONE else ""

    def differences(self, current: Any | None, wanted: DeclaredPolicies) -> tuple[str, ...]:
        """Compare line by line."""
        lines = unified_diff(str(current).splitlines(), wanted.meant.splitlines(), lineterm="")
        return tuple(line for line in lines if not line.startswith(("---", "+++", "@@")))

    def store(self, entry: DeclaredPolicies) -> None:
        """Put them in force, if together with the others they can be; or keep them to propose."""
        key = self.key(entry)
        if entry.text.strip() and key != EVERYONE:
            _require_client(key)
        if self._changes is not None and self._must_propose():
            self._wanted[key] = entry.text
            return
        declare(key, entry.text, clock=self._clock)
        found = validate_policies(policies_in_force())
        if found:
            raise RefusedError(f"policies {key}: {found[0]}")

    def conclude(self) -> str:
        """Propose what was kept, once, for an administrator to approve."""
        wanted, self._wanted = self._wanted, {}
        if self._changes is None or not wanted:
            return ""
        for each in self._changes.proposals():
            if each.author == AUTHOR and each.texts == wanted:
                return f"policies: proposal {each.id} awaits approval already."
        draft = Draft(texts=wanted, author=AUTHOR, reason="declared in a file")
        try:
            proposal = self._changes.propose(draft)
        except ChangeRefused as refusal:
            raise RefusedError(f"policies: {refusal}") from refusal
        return f"policies: proposal {proposal.id} awaits a security administrator's approval."


def _require_client(client_id: str) -> None:
    """A mistyped name would be a policy that nobody ever meets."""
    if not ClientRow.objects.filter(client_id=client_id).exists():
        raise RefusedError(f"policies {client_id}: there is no such client")


def _of_a_file(given: _Written, place: Place) -> DeclaredPolicies:
    path = Path(place.file).parent / given.file
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadFileError.at(place, f"{given.file} cannot be read ({error})") from error
    return DeclaredPolicies(client_id=given.client_id, text=text, field=_FILE, source=str(path))


def _alone(entry: DeclaredPolicies) -> PolicySource:
    if entry.client_id:
        return PolicySource(shared="", by_client={entry.client_id: entry.text})
    return PolicySource(shared=entry.text)


def _told(problem: Problem, entry: DeclaredPolicies) -> str:
    """Where it stands, whose it is, and what to mend."""
    where = f"policy {problem.policy}" if problem.policy else "a policy"
    return f"{entry.source}:{entry.lines_before + problem.line}: {where}: {problem.message}"
