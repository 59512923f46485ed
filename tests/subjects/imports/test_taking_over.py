"""What becomes of the rows of an export: people, links and doubts; and when it is taken back."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from idp.foundation.audit.models import AuditRow
from idp.foundation.clock import Clock
from idp.foundation.sealing import KeyDestroyed
from idp.subjects.documents import Check, VerifiedDocument
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.imports.models import Alias, ImportRun
from idp.subjects.imports.run import CannotImport
from idp.subjects.imports.undo import NoSuchImport
from idp.subjects.minors import minor_until
from idp.subjects.models import Authenticator, Document, Evidence, Identifier, LevelRow, Person
from tests.subjects.imports.conftest import RESIDENT, Office

pytestmark = pytest.mark.storage

PHONE = TypedIdentifier(kind="phone", value="+8613800000999")
LATELY = "2026-11-01T08:00:00+08:00"


def plain(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"p-{number}", "phone": f"1390000{number:04d}", **more}


@pytest.mark.requirement("R5")
def test_person_stands_as_if_verified_here_when_imported(office: Office) -> None:
    run = office.take_over({**RESIDENT, "email": "Chen@Mail.example", "level": 3})
    now = office.clock.now()
    person_id = office.people.find(PHONE)
    assert person_id is not None
    assert office.documents.holder("11010519491231002X", "陈思远") == person_id
    assert office.people.identifiers(person_id)["email"][0] == "chen@mail.example"
    kinds = Authenticator.objects.filter(person_id=person_id).values_list("kind", flat=True)
    assert {"sms", "email"} <= set(kinds)
    assert office.aliases.of(person_id, "old") == "u-1"
    assert office.chain.first_broken_link(person_id) is None
    level = office.chain.identity_level(person_id, now=now)
    row = LevelRow.objects.get(person_id=person_id)
    assert (level.level, level.until) == (2, row.until), "never above the source's ceiling"
    assert (row.level, run.counts) == (2, {"new": 1, "rows": 1})
    assert level.until is not None
    assert timedelta(364) < level.until - now < timedelta(367)
    later = office.chain.reassess(person_id, now=now)
    assert later.level == 2


@pytest.mark.parametrize(
    ("row", "level"),
    [
        pytest.param({**RESIDENT, "level": 1}, 1, id="the source believed less"),
        pytest.param({**RESIDENT, "level": "0"}, 1, id="nothing, but the phone was proven"),
        pytest.param(plain(1), 1, id="a phone alone"),
        pytest.param({"id": "x", "username": "somebody"}, 0, id="nothing at all"),
        pytest.param({**RESIDENT, "document_valid_until": "2020-01-01"}, 1, id="an expired card"),
        pytest.param({**RESIDENT, "verified_at": "2015-03-01 08:00:00"}, 1, id="long ago"),
    ],
)
def test_level_follows_the_rules_when_imported(
    office: Office, row: dict[str, Any], level: int
) -> None:
    office.take_over(row)
    person = Person.objects.get()
    assert LevelRow.objects.get().level == level
    assert office.chain.identity_level(person.id, now=office.clock.now()).level == level


def test_phone_proves_little_when_the_source_did_not_prove_it(office: Office) -> None:
    office.source = office.source.__class__(name="old", phones_verified=False)
    office.take_over(plain(1, email="chen@mail.example"))
    assert set(Identifier.objects.values_list("verified_at", flat=True)) == {None}
    assert not Authenticator.objects.exists()
    assert LevelRow.objects.get().level == 0


def test_number_is_dormant_when_the_person_was_not_seen_for_long(office: Office) -> None:
    office.take_over(plain(1, last_login_at="2024-01-01T00:00:00Z"), plain(2))
    seen = [row.last_used_at for row in Authenticator.objects.order_by("id")]
    assert [each.year if each else None for each in seen] == [2024, None]


@pytest.mark.requirement("R5")
def test_person_is_linked_when_their_document_is_known(office: Office) -> None:
    office.take_over(RESIDENT)
    known = Person.objects.get()
    office.source = office.source.__class__(name="other", password_shape="md5(password)")
    run = office.take_over(
        {**RESIDENT, "id": "z-9", "phone": "13900000001", "password_hash": "0" * 32}
    )
    assert run.counts == {"linked": 1, "rows": 1}
    assert Person.objects.get() == known
    assert office.aliases.of(known.id, "other") == "z-9"
    assert Identifier.objects.count() == 1, "an import changes nobody"
    assert not Authenticator.objects.filter(kind="password").exists()


def test_two_rows_are_one_person_when_they_name_one_document(office: Office) -> None:
    run = office.take_over(RESIDENT, {**RESIDENT, "id": "u-2", "phone": "13900000001"})
    assert run.counts == {"new": 1, "linked": 1, "rows": 2}
    assert office.aliases.of(Person.objects.get().id, "old") == "u-1", "the first is released"


@pytest.mark.parametrize(
    ("row", "counts", "told"),
    [
        pytest.param(
            {**RESIDENT, "id": "b", "name": "林静海"},
            {"unsure": 1},
            "1: name: is not the name of whoever has this document here",
            id="another name on the document",
        ),
        pytest.param(
            {"id": "b", "phone": "13800000999"},
            {"unsure": 1},
            "1: phone: finds somebody here, and nothing tells that it is the same person",
            id="a phone alone, of nobody knows when",
        ),
        pytest.param(
            {"id": "b", "phone": "13800000999", "last_login_at": LATELY},
            {"linked": 1},
            "",
            id="a phone alone, used lately",
        ),
        pytest.param(
            {"id": "b", "phone": "13800000999", "name": "陈思远"},
            {"linked": 1},
            "",
            id="a phone with the name",
        ),
        pytest.param(
            {**RESIDENT, "id": "b", "document_number": "440524188001010014"},
            {"new": 1},
            "1: phone: finds somebody else here: the person is kept without it",
            id="a family's phone",
        ),
        pytest.param({**RESIDENT, "id": "u-1"}, {"known": 1}, "", id="the same row again"),
    ],
)
def test_row_is_judged_when_somebody_is_found_by_it(
    office: Office, row: dict[str, Any], counts: dict[str, int], told: str
) -> None:
    office.take_over(RESIDENT)
    work = office.work(office.file(row))
    assert office.imports.plan(work) == {**counts, "rows": 1}
    assert office.told() == ([told] if told else [])
    run = office.take_over(row)
    assert run.counts == {**counts, "rows": 1}
    assert office.told() == ([told] if told else [])
    assert Person.objects.count() == 1 + counts.get("new", 0)


def test_plan_sees_what_earlier_rows_would_make_when_nothing_is_written(office: Office) -> None:
    twin = {**RESIDENT, "id": "u-2", "phone": "13900000001"}
    assert office.imports.plan(office.work(office.file(RESIDENT, twin))) == {
        "new": 1,
        "linked": 1,
        "rows": 2,
    }
    assert not Person.objects.exists()
    assert not ImportRun.objects.exists()


def test_nothing_personal_is_in_clear_when_imported(office: Office) -> None:
    office.take_over({**RESIDENT, "password_hash": "a" * 32, "password_salt": "pepper"})
    found = repr([list(each.objects.values()) for each in (Alias, Document, Evidence, Identifier)])
    found += repr([list(each.objects.values()) for each in (Authenticator, AuditRow, ImportRun)])
    for secret in ("陈思远", "11010519491231002", "13800000999", "u-1", "a" * 32, "pepper"):
        assert secret not in found


def test_every_person_and_batch_is_audited_when_imported(office: Office) -> None:
    run = office.take_over(RESIDENT, plain(1))
    told = {row.type: row for row in AuditRow.objects.order_by("id")}
    assert list(told) == ["import.begun", "person.imported", "import.batch", "import.finished"]
    subjects = AuditRow.objects.filter(type="person.imported").values_list("subject", flat=True)
    assert set(subjects) == {str(each) for each in Person.objects.values_list("id", flat=True)}
    batch = orjson.loads(told["import.batch"].detail)
    assert batch == {"import": str(run.id), "source": "old", "new": 2, "rows": 2, "last_line": 2}


class Interrupted(Exception):
    """What a kill is to a process."""


def interrupted(office: Office, monkeypatch: pytest.MonkeyPatch, *rows: dict[str, Any]) -> None:
    """An import in batches of two that ends behind its second one."""
    monkeypatch.setattr("idp.subjects.imports.run.BATCH", 2)

    def stop(run: ImportRun) -> None:
        if run.line == 4:
            raise Interrupted

    with pytest.raises(Interrupted):
        office.imports.begin(office.work(office.file(*rows), progress=stop))


def test_nothing_is_lost_or_doubled_when_resumed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [plain(number) for number in range(7)]
    interrupted(office, monkeypatch, *rows)
    assert Person.objects.count() == 4
    with pytest.raises(CannotImport, match="--resume"):
        office.imports.begin(office.work(office.file(*rows)))
    with pytest.raises(CannotImport, match="content has changed"):
        office.imports.resume(office.work(office.file(*rows, plain(8))))
    run = office.imports.resume(office.work(office.file(*rows)))
    assert (run.state, run.line, run.counts) == ("done", 7, {"new": 7, "rows": 7})
    assert Person.objects.count() == Alias.objects.count() == 7
    with pytest.raises(CannotImport, match="was interrupted"):
        office.imports.resume(office.work(office.file(*rows)))


def test_first_of_two_stops_when_another_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [plain(number) for number in range(7)]
    monkeypatch.setattr("idp.subjects.imports.run.BATCH", 2)

    def other(run: ImportRun) -> None:
        ImportRun.objects.filter(id=run.id).update(line=6)

    with pytest.raises(CannotImport, match="another process"):
        office.imports.begin(office.work(office.file(*rows), progress=other))
    assert Person.objects.count() == 2


def test_row_without_use_is_passed_by_when_bad_rows_are_skipped(office: Office) -> None:
    run = office.take_over(plain(1), {**plain(2), "phone": "12"}, plain(1, phone="13900000003"))
    assert run.counts == {"new": 1, "refused": 2, "rows": 3}


@pytest.mark.requirement("R13")
def test_nothing_readable_is_left_when_an_import_is_undone(office: Office) -> None:
    run = office.take_over(RESIDENT, {**RESIDENT, "id": "u-2"}, plain(1))
    person = office.people.find(PHONE)
    assert person is not None
    assert office.undoing.undo(run.id) == {"erased": 2, "unlinked": 1}
    assert not any(each.objects.exists() for each in (Alias, Identifier, Authenticator, LevelRow))
    assert set(Person.objects.values_list("status", flat=True)) == {"deleted"}
    assert office.people.find(PHONE) is None
    assert office.chain.first_broken_link(person) is None
    with pytest.raises(KeyDestroyed):
        office.fields.of(person)
    with pytest.raises(NoSuchImport):
        office.undoing.undo(run.id)
    assert office.take_over(RESIDENT).counts == {"new": 1, "rows": 1}, "it may come again"


def _signed_in(office: Office) -> None:
    Authenticator.objects.update(last_used_at=office.clock.now())


def _verified(office: Office) -> None:
    document = VerifiedDocument(
        document_type="resident_id_card", number="11010519491231002X", holder_name="陈思远"
    )
    check = Check(
        method="population_two_factor", authority="library", checked_at=office.clock.now()
    )
    office.documents.keep(Person.objects.get().id, document, check)


def _frozen_for_good(office: Office) -> None:
    del office
    Person.objects.update(status=Person.Status.DECEASED)


@pytest.mark.parametrize("use", [_signed_in, _verified, _frozen_for_good])
def test_account_stays_when_it_was_used_since(office: Office, use: Any) -> None:
    run = office.take_over(RESIDENT)
    use(office)
    assert office.undoing.undo(run.id) == {"kept": 1}
    person = Person.objects.get()
    assert person.status != "deleted"
    assert office.people.find(PHONE) == person.id
    assert office.aliases.of(person.id, "old") == "", "the old id is gone all the same"


def test_old_id_is_the_survivors_when_accounts_were_merged(office: Office) -> None:
    run = office.take_over(RESIDENT, plain(1))
    retired = office.people.find(PHONE)
    survivor = Person.objects.exclude(id=retired).get()
    Person.objects.filter(id=retired).update(status=Person.Status.MERGED, merged_into=survivor)
    Alias.objects.filter(person=survivor).delete()
    assert office.aliases.of(survivor.id, "old") == "u-1"
    assert office.undoing.undo(run.id) == {"kept": 1}


@pytest.mark.parametrize(("year", "is_minor"), [("2020", True), ("2001", False)])
def test_child_is_known_as_one_when_the_number_tells_it(
    office: Office, year: str, *, is_minor: bool
) -> None:
    body = f"110105{year}1231002"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    check = "10X98765432"[sum(w * int(d) for w, d in zip(weights, body, strict=True)) % 11]
    run = office.take_over({**RESIDENT, "document_number": body + check})
    person = Person.objects.get()
    assert (minor_until(person.id) is not None) is is_minor
    assert office.undoing.undo(run.id) == {"erased": 1}


def test_linked_account_stays_when_its_link_is_undone(office: Office) -> None:
    office.take_over(RESIDENT)
    office.source = office.source.__class__(name="other")
    run = office.take_over({**RESIDENT, "id": "z-9"})
    assert office.undoing.undo(run.id) == {"unlinked": 1}
    assert office.aliases.of(Person.objects.get().id, "old") == "u-1"


def test_clock_is_the_only_source_of_time(office: Office) -> None:
    clock: Clock = office.clock
    office.take_over(plain(1))
    assert Person.objects.get().created_at < clock.now()
