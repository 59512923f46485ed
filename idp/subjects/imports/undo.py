"""Takes an import back: links are cut, and people whom nobody has used since are erased.

Evidence only grows, so it stays, unreadable with the person's key gone; the chains still verify.
Whoever signed in, consented or was verified since keeps the account, and loses the old id alone.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import Clock
from idp.subjects.fields import PersonalFields
from idp.subjects.imports.models import Alias, ImportRun
from idp.subjects.level_rules import IMPORTED
from idp.subjects.models import (
    Authenticator,
    Consent,
    Contact,
    Document,
    Evidence,
    Guardianship,
    Identifier,
    LevelRow,
    Minor,
    Person,
    PhoneChange,
    SelfDescription,
)

BATCH: Final = 500


class NoSuchImport(LookupError):
    """There is no import of this id, or it was taken back."""


class Undoing:
    """Takes imports back, a batch a commit: it too may be interrupted and begun again."""

    def __init__(self, *, fields: PersonalFields, clock: Clock) -> None:
        self._fields = fields
        self._clock = clock

    def undo(self, run_id: UUID) -> Counter[str]:
        """Take one import back; how many were `erased`, `kept` and `unlinked`.

        Raises:
            NoSuchImport: it is unknown, or done already.
        """
        run = ImportRun.objects.filter(id=run_id).exclude(state=ImportRun.State.UNDONE).first()
        if run is None:
            raise NoSuchImport(str(run_id))
        self._mark(run, ImportRun.State.UNDOING, "import.undoing")
        counts: Counter[str] = Counter()
        while batch := self._take_back(run):
            counts += batch
        self._mark(run, ImportRun.State.UNDONE, "import.undone")
        return counts

    def _mark(self, run: ImportRun, state: str, event_type: str) -> None:
        with transaction.atomic():
            run.state, run.changed_at = state, self._clock.now()
            run.save(update_fields=["state", "changed_at"])
            self._record(run, event_type, ("",))

    def _take_back(self, run: ImportRun) -> Counter[str]:
        with transaction.atomic():
            aliases = list(Alias.objects.filter(run=run).order_by("-id")[:BATCH])
            made = {each.person_id for each in aliases if each.is_origin}
            # In their order everywhere, so that two of us never wait for each other.
            list(Person.objects.select_for_update().filter(id__in=made).order_by("id"))
            Alias.objects.filter(id__in=[each.id for each in aliases]).delete()
            used = self._used(run, made)
            self._erase(made - used)
            linked = {each.person_id for each in aliases} - (made - used)
            self._record(run, "person.import_undone", (str(each) for each in made - used))
            self._record(run, "person.unlinked", (str(each) for each in linked))
            return +Counter(
                erased=len(made - used), kept=len(used), unlinked=len(aliases) - len(made)
            )

    def _used(self, run: ImportRun, people: Collection[UUID]) -> set[UUID]:
        """Those of the people who are more than the import made of them."""
        since = Q(last_used_at__gt=run.started_at) | Q(created_at__gt=run.started_at)
        of_them = Q(person_id__in=people)
        found = (
            Authenticator.objects.filter(of_them & since),
            Evidence.objects.filter(of_them).exclude(method=IMPORTED),
            Consent.objects.filter(of_them),
            PhoneChange.objects.filter(of_them),
            Contact.objects.filter(of_them),
            SelfDescription.objects.filter(of_them),
            Alias.objects.filter(of_them).exclude(run=run),
        )
        used: set[UUID] = set()
        for rows in found:
            used.update(rows.values_list("person_id", flat=True))
        gone = Person.objects.filter(id__in=people).exclude(
            status__in=(Person.Status.ACTIVE, Person.Status.FROZEN)
        )
        used |= set(gone.values_list("id", flat=True))
        for named in ("ward_id", "guardian_id"):
            wards = Guardianship.objects.filter(**{f"{named}__in": people})
            used.update(wards.values_list(named, flat=True))
        joined = Person.objects.filter(merged_into_id__in=people)
        used.update(joined.values_list("merged_into_id", flat=True))
        return used

    def _erase(self, people: Collection[UUID]) -> None:
        now, of_them = self._clock.now(), Q(person_id__in=people)
        self._fields.destroy_all(people)
        Identifier.objects.filter(of_them).delete()
        Authenticator.objects.filter(of_them).delete()
        LevelRow.objects.filter(of_them).delete()
        Minor.objects.filter(of_them).delete()
        live = Document.objects.filter(of_them, state=Document.State.LIVE)
        live.update(state=Document.State.REVOKED, replaced_at=now)
        Person.objects.filter(id__in=people).update(status=Person.Status.DELETED, updated_at=now)

    def _record(self, run: ImportRun, event_type: str, subjects: Iterable[str]) -> None:
        detail = {"import": str(run.id), "source": run.source}
        events = [
            AuditEvent(type=event_type, outcome="success", subject=subject, detail=detail)
            for subject in sorted(subjects)
        ]
        if events:
            record(*events, clock=self._clock)
