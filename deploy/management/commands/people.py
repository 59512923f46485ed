"""`manage.py people`: find by document, look, merge and undo, close and open, name guardians.

For operators, until the console has pages for it. Nothing personal is printed in clear, and every
look-up is an audit event as every change is.
"""

import sys
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from datetime import datetime

    from deploy.composition.rooms import Rooms
    from idp.subjects.merging import Plan
    from idp.subjects.statuses import Actor


class Command(BaseCommand):
    """What an operator may do for people."""

    help = (
        "find shows whose a document is; status what became of somebody; duplicates who seems to "
        "be one person; merge makes one of two (--plan shows what it would do), undo parts them "
        "within 30 days; change closes and opens accounts; guardian and end-guardian keep the "
        "record of children's guardians; handed-on is told of numbers that changed hands."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        actions = parser.add_subparsers(dest="action", required=True)
        find = actions.add_parser("find", help="whose a document is, by its blind index")
        find.add_argument("document_type", help="resident_id_card, passport, …")
        find.add_argument("number", help="the number; - reads it from standard input")
        find.add_argument("--issuer", default="", help="the country of a passport, as USA")
        actions.add_parser("status", help="what became of somebody").add_argument("person")
        actions.add_parser("duplicates", help="pairs that seem to be one person")
        _declare_merges(actions)
        change = actions.add_parser("change", help="close or open an account")
        change.add_argument("person")
        change.add_argument("reason", help="misuse, ordered, death, released, …")
        change.add_argument("--reference", required=True, help="the case, or the register's entry")
        _declare_guardians(actions)
        number = actions.add_parser("handed-on", help="a number its operator reports as another's")
        number.add_argument("number", help="as +8613800000000; - reads it from standard input")
        number.add_argument("--reference", required=True, help="the operator's report")
        for each in actions.choices.values():
            each.add_argument("--operator", required=True, help="who does this, for the audit")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out the action."""
        from deploy.composition import house

        rooms = house().rooms
        action = getattr(self, "_" + options["action"].replace("-", "_"))
        action(rooms, options, rooms.ground.clock.now())

    def _find(self, rooms: "Rooms", options: dict[str, Any], now: "datetime") -> None:
        from connectors.documents.document import InvalidDocumentNumber
        from connectors.documents.registry import DOCUMENT_TYPES

        number = options["number"]
        if number == "-":
            number = sys.stdin.readline().strip()
        try:
            canonical = DOCUMENT_TYPES[options["document_type"]].normalise(number)
        except KeyError as error:
            known = ", ".join(sorted(DOCUMENT_TYPES))
            raise CommandError(f"document_type: one of {known}") from error
        except InvalidDocumentNumber as error:
            raise CommandError(f"number: {error}") from error
        documents = rooms.hall.subjects.documents
        found = documents.found(
            options["document_type"],
            canonical,
            issuer=options["issuer"],
            operator=options["operator"],
        )
        if found is None:
            raise CommandError("nobody holds this document")
        self._show(rooms, found, now)

    def _status(self, rooms: "Rooms", options: dict[str, Any], now: "datetime") -> None:
        from idp.subjects.families import survivor_of

        person_id = _person(options["person"])
        survivor = survivor_of(person_id)
        if survivor != person_id:
            self.stdout.write(f"{person_id} was merged into {survivor}")
        self._show(rooms, survivor, now)

    def _show(self, rooms: "Rooms", person_id: UUID, now: "datetime") -> None:
        subjects = rooms.hall.subjects
        standing = subjects.people.standing(person_id, now=now)
        level = subjects.chain.identity_level(person_id, now=now).level
        self.stdout.write(f"{person_id}  {standing.status}  level {level}  {standing.masked_name}")
        self.stdout.write(f"  document: {subjects.documents.masked(person_id) or 'none'}")
        for change in subjects.statuses.history(person_id):
            said = f"{change.cause.reason} by {change.cause.by.kind} {change.cause.by.id}"
            self.stdout.write(f"  {change.at:%Y-%m-%d %H:%M}Z  {change.status}: {said}")
        for merge in rooms.hall.merging.of(person_id):
            self.stdout.write(
                f"  merge {merge.id}  {merge.retired_id} into {merge.survivor_id}  {merge.state}"
                f"  until {merge.undoable_until:%Y-%m-%d}  by {merge.rule}"
            )
        for bond in subjects.guardianships.wards_of(person_id, now=now):
            self.stdout.write(f"  guardian of {bond.ward_id}  {bond.id}")
        for guardian in subjects.guardianships.guardians_of(person_id, now=now):
            self.stdout.write(f"  child of {guardian}")

    def _duplicates(self, rooms: "Rooms", _options: dict[str, Any], _now: "datetime") -> None:
        for each in rooms.hall.subjects.documents.mentions.duplicates():
            self.stdout.write(
                f"{each.holder}  {each.claimant}  {each.document_type}"
                f"  since {each.found_at:%Y-%m-%d %H:%M}Z"
            )

    def _merge(self, rooms: "Rooms", options: dict[str, Any], now: "datetime") -> None:
        from idp.subjects.merging import MergeRefused, Wish
        from idp.subjects.models import Person
        from idp.subjects.ties import Tie

        merging = rooms.hall.merging
        one, other = _person(options["survivor"]), _person(options["retired"])
        wish = Wish(
            survivor=one,
            retired=other,
            by=_operator(options),
            rule=Tie.OPERATOR if options["reference"] else None,
            reference=options["reference"],
        )
        try:
            self._plan(merging.plan(wish, now=now))
            if options["plan"]:
                self.stdout.write("nothing was changed")
                return
            done = merging.merge(wish, now=now)
        except (MergeRefused, Person.DoesNotExist) as refusal:
            raise CommandError(f"refused: {refusal}") from refusal
        self.stdout.write(f"merged: {done.id}")

    def _plan(self, plan: "Plan") -> None:
        from idp.subjects.ties import EXPLAINED

        rule = f"{plan.rule} ({EXPLAINED[plan.rule]})" if plan.rule else "none"
        self.stdout.write(f"tied by {rule}")
        for problem in plan.problems:
            self.stdout.write(f"  problem: {problem}")
        for subject_type, sector in plan.kept:
            self.stdout.write(f"  keeps the sub of the retired: {subject_type} {sector}")
        for client_id, _ in plan.told:
            self.stdout.write(f"  is told of the retired sub: {client_id}")

    def _undo(self, rooms: "Rooms", options: dict[str, Any], now: "datetime") -> None:
        from idp.subjects.merging import MergeRefused
        from idp.subjects.models import Merge

        merge_id = _person(options["merge"])
        try:
            rooms.hall.merging.undo(
                merge_id, _operator(options), reference=options["reference"], now=now
            )
        except (MergeRefused, Merge.DoesNotExist) as refusal:
            raise CommandError(f"refused: {refusal}") from refusal
        self.stdout.write("they are two again")

    def _change(self, rooms: "Rooms", options: dict[str, Any], now: "datetime") -> None:
        from idp.subjects.models import Person
        from idp.subjects.statuses import CHANGES, ActorKind, Cause, Reason, StatusRefused

        offered = sorted(each for each, how in CHANGES.items() if ActorKind.OPERATOR in how.by)
        if options["reason"] not in offered:
            raise CommandError(f"reason: one of {', '.join(offered)}")
        cause = Cause(
            reason=Reason(options["reason"]),
            by=_operator(options),
            reference=options["reference"],
        )
        try:
            change = rooms.hall.subjects.statuses.change(_person(options["person"]), cause, now=now)
        except (StatusRefused, Person.DoesNotExist) as refusal:
            raise CommandError(f"refused: {refusal}") from refusal
        self.stdout.write(f"{change.person_id}  {change.previous} → {change.status}")

    def _guardian(self, rooms: "Rooms", options: dict[str, Any], now: "datetime") -> None:
        from idp.subjects.guardianship import Bond, GuardianRefused

        bond = Bond(
            ward=_person(options["ward"]),
            guardian=_person(options["guardian"]),
            relation=options["relation"],
            by=_operator(options),
            reference=options["reference"],
        )
        try:
            made = rooms.hall.subjects.guardianships.link(bond, now=now)
        except GuardianRefused as refusal:
            raise CommandError(f"refused: {refusal}") from refusal
        self.stdout.write(f"recorded: {made}")

    def _handed_on(self, rooms: "Rooms", options: dict[str, Any], now: "datetime") -> None:
        from idp.subjects.identifiers import parse_phone

        text = options["number"]
        phone = parse_phone(sys.stdin.readline().strip() if text == "-" else text)
        if not phone:
            raise CommandError("number: a mobile number, as +8613800000000")
        done = rooms.hall.subjects.phone_changes.reported(
            phone, by=_operator(options), reference=options["reference"], now=now
        )
        held = "alone it signs in nobody now" if done.holder_rests else "it signs in nobody"
        self.stdout.write(f"{held}; it was the contact of {done.contacts}")

    def _end_guardian(self, rooms: "Rooms", options: dict[str, Any], now: "datetime") -> None:
        ended = rooms.hall.subjects.guardianships.end(
            _person(options["guardianship"]),
            _operator(options),
            reason=options["because"],
            now=now,
        )
        if not ended:
            raise CommandError("there is no such guardianship, or it ended before")
        self.stdout.write("ended")


def _declare_merges(actions: Any) -> None:
    merge = actions.add_parser("merge", help="make one person of two accounts")
    merge.add_argument("survivor")
    merge.add_argument("retired")
    merge.add_argument("--plan", action="store_true", help="show it, change nothing")
    merge.add_argument(
        "--reference",
        default="",
        help="the case in which you saw the originals; without it the evidence has to tie them",
    )
    undo = actions.add_parser("undo", help="make two of them again, within 30 days")
    undo.add_argument("merge")
    undo.add_argument("--reference", required=True, help="the case")


def _declare_guardians(actions: Any) -> None:
    guardian = actions.add_parser("guardian", help="record a child's guardian")
    guardian.add_argument("ward")
    guardian.add_argument("guardian")
    guardian.add_argument("--relation", required=True, help="father, mother, …")
    guardian.add_argument("--reference", required=True, help="the household register's entry")
    end = actions.add_parser("end-guardian", help="end one before the 14th birthday")
    end.add_argument("guardianship")
    end.add_argument("--because", required=True, help="court, moved, …")


def _operator(options: dict[str, Any]) -> "Actor":
    from idp.subjects.statuses import Actor, ActorKind

    return Actor(kind=ActorKind.OPERATOR, id=options["operator"])


def _person(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise CommandError(f"{text}: an id as find shows it") from error
