"""`manage.py people`: what operators do for people, and what it prints and records."""

import io
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from connectors.documents.registry import RESIDENT_ID_CARD
from deploy.composition.rooms import Rooms
from idp.subjects.documents import Check, DocumentHeldByAnother, VerifiedDocument
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.level_rules import Condition
from idp.subjects.models import Merge, Person
from tests.trail import events

pytestmark = [pytest.mark.storage, pytest.mark.requirement("R5")]
NUMBER, CHILD, PARENT = "350200198803149915", "350200201506019051", "350200198506159025"

Run = Callable[..., str]


@pytest.fixture
def rooms(transactional_db: None) -> Rooms:
    del transactional_db
    from deploy.composition import house

    found: Rooms = house().rooms
    return found


@pytest.fixture
def run(rooms: Rooms) -> Run:
    assert rooms.hall

    def call(*words: str) -> str:
        out = io.StringIO()
        call_command("people", *words, "--operator", "op-7", stdout=out)
        return out.getvalue()

    return call


def opened(rooms: Rooms, number: str = "", *, level: int = 2) -> UUID:
    subjects, now = rooms.hall.subjects, rooms.ground.clock.now()
    phone = f"+86137{uuid4().int % 10**8:08d}"
    person_id, _ = subjects.people.find_or_register(phone, client_id="", now=now)
    if number:
        seen = frozenset({Condition.LIVENESS, Condition.AUTHORITY_PHOTO})
        check = Check(
            method="ctid",
            authority="cn_ctid",
            checked_at=now,
            circumstances=seen if level > 2 else frozenset(),
            identity_level=level,
        )
        document = VerifiedDocument(
            document_type=RESIDENT_ID_CARD, number=number, holder_name="周雅琴"
        )
        subjects.documents.keep(person_id, document, check)
    return person_id


def test_person_is_found_by_document_and_the_look_up_is_recorded(rooms: Rooms, run: Run) -> None:
    person_id = opened(rooms, NUMBER)
    said = run("find", RESIDENT_ID_CARD, "350200 19880314 9915")
    assert f"{person_id}  active  level 2  **琴" in said
    assert "3502**********9915" in said
    assert NUMBER not in said
    with pytest.raises(CommandError, match="nobody"):
        run("find", RESIDENT_ID_CARD, CHILD)
    assert [(row.operator, row.outcome) for row in events("person.looked_up")] == [
        ("op-7", "success"),
        ("op-7", "not_found"),
    ]


def test_number_comes_by_standard_input_when_it_should_not_stand_in_the_shell(
    rooms: Rooms, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_id = opened(rooms, NUMBER)
    monkeypatch.setattr("sys.stdin", io.StringIO(NUMBER + "\n"))
    assert str(person_id) in run("find", RESIDENT_ID_CARD, "-")


def test_two_are_merged_and_parted_when_a_case_is_named(rooms: Rooms, run: Run) -> None:
    one, other = opened(rooms, NUMBER), opened(rooms)
    with pytest.raises(CommandError, match="no evidence ties"):
        run("merge", str(one), str(other))
    case = ("merge", str(one), str(other), "--reference", "c-7")
    assert "nothing was changed" in run(*case, "--plan")
    assert not Merge.objects.exists()
    said = run(*case)
    assert "tied by operator (an operator saw the originals" in said
    merge_id = said.rsplit(maxsplit=1)[-1]
    assert f"was merged into {one}" in run("status", str(other))
    assert f"merge {merge_id}" in run("status", str(one))
    assert "two again" in run("undo", merge_id, "--reference", "c-8")
    assert Person.objects.get(id=other).status == "active"
    with pytest.raises(CommandError, match="refused"):
        run("undo", str(uuid4()), "--reference", "c-8")


def test_pairs_are_listed_when_somebody_claimed_anothers_document(rooms: Rooms, run: Run) -> None:
    holder = opened(rooms, NUMBER)
    with pytest.raises(DocumentHeldByAnother):
        opened(rooms, NUMBER)
    claimant = Person.objects.exclude(id=holder).get().id
    said = run("duplicates").split()
    assert said[:3] == [str(holder), str(claimant), "resident_id_card"]


def test_account_is_closed_and_opened_when_an_operator_says_why(rooms: Rooms, run: Run) -> None:
    person_id = str(opened(rooms))
    said = run("change", person_id, "death", "--reference", "register-9")
    assert "active → deceased" in said
    assert "death by operator op-7" in run("status", person_id)
    assert "deceased → active" in run("change", person_id, "mistaken", "--reference", "register-9")
    with pytest.raises(CommandError, match="refused"):
        run("change", person_id, "released", "--reference", "x")
    with pytest.raises(CommandError, match="reason: one of"):
        run("change", person_id, "asked", "--reference", "x")


def test_guardian_is_recorded_and_ended(rooms: Rooms, run: Run) -> None:
    child, parent = opened(rooms, CHILD), opened(rooms, PARENT, level=3)
    words = ("guardian", str(child), str(parent), "--relation", "mother", "--reference", "h-1")
    bond = run(*words).rsplit(maxsplit=1)[-1]
    with pytest.raises(CommandError, match="already"):
        run(*words)
    assert f"guardian of {child}" in run("status", str(parent))
    assert f"child of {parent}" in run("status", str(child))
    assert run("end-guardian", bond, "--because", "court") == "ended\n"
    with pytest.raises(CommandError, match="ended before"):
        run("end-guardian", bond, "--because", "court")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("find", "library_card", "1"), "document_type: one of"),
        (("find", RESIDENT_ID_CARD, "1"), "number"),
        (("status", "somebody"), "an id as find shows it"),
    ],
)
def test_command_says_what_is_wrong_when_it_cannot_be_read(
    run: Run, words: tuple[str, ...], problem: str
) -> None:
    with pytest.raises(CommandError, match=problem):
        run(*words)


@pytest.mark.requirement("R15")
def test_number_signs_in_nobody_alone_and_is_no_contact_when_its_operator_reports_it(
    rooms: Rooms, run: Run
) -> None:
    subjects, now = rooms.hall.subjects, rooms.ground.clock.now()
    number = TypedIdentifier(kind="phone", value="+8613700009911")
    holder, _ = subjects.people.find_or_register(number.value, client_id="", now=now)
    mother = opened(rooms)
    subjects.contacts.add(mother, number, now=now)
    assert not subjects.authenticators.is_phone_dormant(holder, now)

    said = run("handed-on", number.value, "--reference", "report-7")

    assert said == "alone it signs in nobody now; it was the contact of 1\n"
    assert subjects.authenticators.is_phone_dormant(holder, rooms.ground.clock.now())
    assert subjects.contacts.of(mother) == ()
    (event,) = events("phone.reported")
    assert (event.operator, event.subject) == ("op-7", str(holder))
    assert "13700009911" not in event.detail
    again = run("handed-on", "+8613700009912", "--reference", "report-8")
    assert again == "it signs in nobody; it was the contact of 0\n"
    with pytest.raises(CommandError, match="a mobile number"):
        run("handed-on", "12", "--reference", "report-9")
