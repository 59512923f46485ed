"""`manage.py policies`: what is in force, how it is changed, and what a change would do."""

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.management import BaseCommand, CommandError, CommandParser

if TYPE_CHECKING:
    from idp.foundation.clock import Clock
    from idp.foundation.nodes import Spread
    from idp.journey.access.changes import Draft, PolicyChanges, Proposal
    from idp.journey.access.versions import Version
    from policies.source import PolicySource

_SHOWN = 12
_EFFECTS = 20


class Command(BaseCommand):
    """Policies: proposed by one person, approved by another, undone by any."""

    help = (
        "propose keeps a change for somebody else to approve; approve brings it into force; "
        "rollback brings an earlier version back; replay tells what a draft would have answered "
        "to the recorded decisions; what-if decides about somebody who may not exist."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the command line."""
        actions = parser.add_subparsers(dest="action", required=True)
        propose = actions.add_parser("propose", help="ask for a change")
        propose.add_argument("--emergency", action="store_true", help="in force at once, alone")
        approve = actions.add_parser("approve", help="bring a proposal into force")
        reject = actions.add_parser("reject", help="close a proposal")
        for each in (approve, reject):
            each.add_argument("proposal", help="its id, as list shows it")
        approve.add_argument("--sha256", required=True, help="of the very diff you looked at")
        actions.add_parser("list", help="open proposals with their diffs, and due reviews")
        history = actions.add_parser("history", help="the versions, the newest first")
        history.add_argument("--limit", type=int, default=20)
        rollback = actions.add_parser("rollback", help="bring an earlier version back, alone")
        review = actions.add_parser("review", help="look at what one person put in force")
        for each in (rollback, review):
            each.add_argument("version", type=int)
        replay = actions.add_parser("replay", help="a draft against recorded decisions")
        replay.add_argument("--days", type=float, default=7)
        replay.add_argument("--workers", type=int, default=2)
        what_if = actions.add_parser("what-if", help="a hypothetical person, client, channel")
        what_if.add_argument("--fact", action="append", default=[], metavar="subject.ial=2")
        what_if.add_argument("--for", dest="asked_client", default="", help="client_id asked about")
        for each in (propose, replay, what_if):
            each.add_argument("file", nargs="?", help="Cedar text; without it, what is in force")
            each.add_argument("--client", default="*", help="whose text it is; * for everyone")
        for each in (propose, approve, reject, rollback, review):
            each.add_argument("--by", required=True, help="who does this, for the audit")
        for each in (propose, reject, rollback, review):
            each.add_argument("--because", required=True, help="why")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Carry out the action; whatever changes something is an audit event."""
        from deploy.composition import house
        from deploy.composition.policies import policy_changes
        from idp.journey.access.changes import ChangeRefused

        changes = policy_changes(house().rooms.ground)
        carry_out = getattr(self, f"_{options['action'].replace('-', '_')}")
        try:
            carry_out(changes, options)
        except ChangeRefused as refusal:
            raise CommandError(f"{refusal.code}: {refusal}") from refusal

    def _propose(self, changes: "PolicyChanges", options: dict[str, Any]) -> None:
        draft = _draft(options)
        if options["emergency"]:
            self._in_force(changes.emergency(draft))
            self.stdout.write("somebody else has to review it within a day: policies review")
            return
        self._show(changes.propose(draft))

    def _approve(self, changes: "PolicyChanges", options: dict[str, Any]) -> None:
        found = self._proposal(changes, options)
        given = options["sha256"].lower()
        is_said = len(given) >= _SHOWN and found.diff_sha256.startswith(given)
        digest = found.diff_sha256 if is_said else given
        self._in_force(changes.approve(found.id, approver=options["by"], diff_sha256=digest))

    def _reject(self, changes: "PolicyChanges", options: dict[str, Any]) -> None:
        found = self._proposal(changes, options)
        closed = changes.close(found.id, by=options["by"], reason=options["because"])
        self.stdout.write(f"{closed.id} {closed.outcome}")

    def _list(self, changes: "PolicyChanges", _options: dict[str, Any]) -> None:
        for proposal in changes.proposals():
            self._show(proposal)
        for review in changes.unreviewed():
            due = f"{review.due_at:%Y-%m-%d %H:%M}Z"
            self.stdout.write(f"version {review.version} awaits its review until {due}")

    def _history(self, _changes: "PolicyChanges", options: dict[str, Any]) -> None:
        from idp.journey.access.versions import history

        for version in history(options["limit"]):
            who = f"{version.author or '-'} / {version.approver or '-'}"
            at = f"{version.at:%Y-%m-%d %H:%M}Z" if version.at else ""
            words = (str(version.number), at, version.origin, who, version.sha256[:_SHOWN])
            self.stdout.write("  ".join((*words, version.reason)))

    def _rollback(self, changes: "PolicyChanges", options: dict[str, Any]) -> None:
        number, by = options["version"], options["by"]
        self._in_force(changes.rollback(number, by=by, reason=options["because"]))

    def _review(self, changes: "PolicyChanges", options: dict[str, Any]) -> None:
        found = changes.review(
            options["version"], reviewer=options["by"], verdict=options["because"]
        )
        self.stdout.write(f"version {found.version} reviewed by {found.reviewer}")

    def _replay(self, changes: "PolicyChanges", options: dict[str, Any]) -> None:
        from deploy.replays import replayed

        since = changes.clock.now() - timedelta(days=options["days"])
        try:
            for progress in replayed(_source(options), since, workers=options["workers"]):
                self.stderr.write(f"{progress.done:,} of {progress.of:,}", ending="\r")
        except ValueError as problem:
            raise CommandError(f"the draft cannot be read: {problem}") from problem
        self.stdout.write(f"{progress.done:,} decisions, {progress.changed:,} would change")
        for effect in progress.effects[:_EFFECTS]:
            group, behind = effect.group, ", ".join(effect.policies) or "no policy permits it"
            where = f"{group.client_id}, {group.population}, {group.channel}"
            counted = f"{effect.decisions:,} decisions of {effect.people:,} people"
            self.stdout.write(f"  {effect.means}: {counted} ({where}) by {behind}")

    def _what_if(self, changes: "PolicyChanges", options: dict[str, Any]) -> None:
        from idp.journey.access.hypothetical import facts_from
        from policies.what_if import told, what_if

        try:
            facts = facts_from(
                options["fact"], client_id=options["asked_client"], clock=changes.clock
            )
            found = what_if(_source(options), facts)
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{told(found.decision)}, by {', '.join(found.deciding) or 'no policy'}")
        for change in found.changes:
            values = " ".join(change.values)
            self.stdout.write(f"  if {change.fact} were {values}: {told(change.decision)}")
        for name, then in found.without:
            self.stdout.write(f"  without {name}: {told(then)}")

    def _proposal(self, changes: "PolicyChanges", options: dict[str, Any]) -> "Proposal":
        try:
            wanted = UUID(options["proposal"])
        except ValueError as error:
            raise CommandError("proposal: an id as list shows it") from error
        for proposal in changes.proposals(is_open=False, limit=1000):
            if proposal.id == wanted:
                return proposal
        raise CommandError("there is no such proposal")

    def _show(self, proposal: "Proposal") -> None:
        head = f"{proposal.id}  by {proposal.author}, to version {proposal.base}: {proposal.reason}"
        self.stdout.write(f"{head}\n{proposal.diff}\nsha256 {proposal.diff_sha256}")

    def _in_force(self, version: "Version") -> None:
        """Tell when every serving node decides by it."""
        self.stdout.write(f"version {version.number} is in force here, sha256 {version.sha256}")
        clock = _clock()
        started, spread = clock.monotonic(), _spread()
        while not spread.is_everywhere:
            time.sleep(0.2)
            spread = _spread()
        passed = clock.monotonic() - started
        self.stdout.write(f"and on {len(spread.caught_up)} serving nodes, after {passed:.1f} s")


def _clock() -> "Clock":
    from deploy.composition import house

    clock: Clock = house().rooms.ground.clock
    return clock


def _spread() -> "Spread":
    from idp.foundation.nodes import spread_of
    from idp.foundation.version import LEASE_SECONDS, current

    return spread_of(current(), now=_clock().now(), lease=LEASE_SECONDS)


def _texts(options: Mapping[str, Any]) -> dict[str, str]:
    if not options["file"]:
        return {}
    try:
        text = Path(options["file"]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{options['file']} cannot be read ({error})") from error
    return {options["client"]: text}


def _draft(options: Mapping[str, Any]) -> "Draft":
    from idp.journey.access.changes import Draft

    return Draft(texts=_texts(options), author=options["by"], reason=options["because"])


def _source(options: Mapping[str, Any]) -> "PolicySource":
    """What is in force, with the text of the file in its place."""
    from idp.journey.access.city_policies import source_of
    from idp.journey.access.versions import changed, in_force

    return source_of(changed(in_force(), _texts(options)))
