"""`manage.py deliveries`: deliveries that were given up, and another try for them."""

from typing import TYPE_CHECKING, Any

from django.core.management import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from idp.foundation.outbox import DeadLetters

OPERATOR = "manage.py deliveries"


class Command(BaseCommand):
    """List; revive."""

    help = (
        "list shows the deliveries that were given up: kind, since when, and why. revive has some "
        "of them tried again, as if they were new: by number, all of a kind, or all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        actions = parser.add_subparsers(dest="action", required=True)
        listing = actions.add_parser("list", help="what was given up, the newest first")
        listing.add_argument("--kind", default="", help="of this kind alone")
        revive = actions.add_parser("revive", help="try again")
        revive.add_argument("numbers", nargs="*", type=int, help="as list shows them")
        revive.add_argument("--kind", default="", help="all of this kind")
        revive.add_argument("--all", action="store_true", help="all there are")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out the action; each revival is an audit event."""
        from deploy.composition import house
        from idp.foundation.outbox import DeadLetters

        letters = DeadLetters(clock=house().rooms.ground.clock)
        if options["action"] == "list":
            self._list(letters, options["kind"])
            return
        chosen = (options["numbers"], options["kind"], options["all"])
        if sum(map(bool, chosen)) != 1:
            raise CommandError("say which: numbers, --kind or --all")
        self._revive(letters, options["numbers"] or _dead(letters, options["kind"]))

    def _list(self, letters: "DeadLetters", kind: str) -> None:
        before: int | None = None
        while found := letters.listed(kind=kind, before=before):
            for each in found:
                since = f"{each.died_at:%Y-%m-%d %H:%M}Z"
                self.stdout.write(f"{each.id}  {each.kind}  since {since}  {each.reason}")
            before = found[-1].id
        if before is None:
            self.stdout.write("nothing was given up")

    def _revive(self, letters: "DeadLetters", numbers: list[int]) -> None:
        from idp.foundation.outbox import MOST_AT_ONCE, Fate

        fates: dict[int, Fate] = {}
        for start in range(0, len(numbers), MOST_AT_ONCE):
            some = numbers[start : start + MOST_AT_ONCE]
            fates |= letters.revive(some, operator=OPERATOR, channel="console")
        words = {Fate.SUPERSEDED: "the same waits already", Fate.NOT_DEAD: "it is not dead"}
        for number, fate in fates.items():
            self.stdout.write(f"{number}  {words.get(fate, 'is tried again')}")
        if Fate.REVIVED not in fates.values():
            raise CommandError("nothing is tried again")


def _dead(letters: "DeadLetters", kind: str) -> list[int]:
    """All that are dead now."""
    numbers: list[int] = []
    while found := letters.listed(kind=kind, before=numbers[-1] if numbers else None):
        numbers += [each.id for each in found]
    return numbers
