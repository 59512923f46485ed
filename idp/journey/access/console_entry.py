"""Whether the policies let a member of staff into the console, and on which terms.

To the policies the console is a client like any other, by the id "console". The city that employs
its staff has seen them in person: they have identity level 4, so that no rule about citizens'
identities keeps them out. What their two factors are worth is the authentication level.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from django.db import transaction

from idp.foundation.audit import AuditEvent, record
from idp.foundation.clock import SHANGHAI, Clock
from idp.journey.standing import network_of
from idp.subjects.authenticators.levels import aal_of, amr_of
from policies.decision import Decision, Forbid, Permit, StepUp
from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts
from policies.obligations import PROOFS
from policies.sayings import Sayings
from policies.what_if import told

CONSOLE: Final = "console"
"""The `client_id` under which the policies see the administrators' console."""
STAFF_IAL: Final = 4
_LEAST_AAL: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """Somebody whose factors were right; `amr` holds what they proved, `address` where from."""

    account_id: str
    amr: Collection[str]
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTerms:
    """How long they may stay, in minutes; None for as long as any session of staff."""

    minutes: int | None = None


class EntryRefused(Exception):
    """The policies do not let them in; `sayings` are the deciding policy's own words.

    `would_stronger_do` where another of the second factors might open.
    """

    def __init__(self, *, would_stronger_do: bool, sayings: Sayings = ()) -> None:
        super().__init__("refused by the policies")
        self.would_stronger_do = would_stronger_do
        self.sayings: Mapping[str, str] = dict(sayings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleEntry:
    """Asks the policies in force, and does what they ask of whoever lets somebody in.

    Claims are not masked here: nothing is released. Of a notice the person's part falls away,
    as accounts of staff have no number that it could go to; the security office's does not.
    """

    decide: Callable[[Facts], Decision]
    clock: Clock

    def judge(self, entering: Entering) -> EntryTerms:
        """Let them in, on these terms.

        Raises:
            EntryRefused: the policies do not, or ask for what was not proven.
            NoLease: this node does not know the policies in force.
        """
        facts = self._facts(entering)
        decision = self.decide(facts)
        if isinstance(decision, Forbid):
            self._refuse(entering, decision, reason=decision.reason)
            raise EntryRefused(would_stronger_do=False, sayings=decision.sayings)
        if isinstance(decision, StepUp):
            self._refuse(entering, decision, reason="step_up")
            raise EntryRefused(would_stronger_do=decision.level.ial <= STAFF_IAL)
        if not is_let_in(decision, entering.amr):
            self._refuse(entering, decision, reason="proof_out_of_reach")
            raise EntryRefused(would_stronger_do=True)
        if "security" in decision.obligations.notified:
            self._tell("access.alert", "permitted", entering, decision)
        return EntryTerms(minutes=decision.obligations.session_minutes)

    def _facts(self, entering: Entering) -> Facts:
        here = self.clock.now().astimezone(SHANGHAI)
        plain = console_facts(entering.account_id, amr=entering.amr)
        now = replace(
            plain.request,
            hour=here.hour,
            weekday=here.isoweekday(),
            now_epoch=int(here.timestamp()),
            network=network_of(entering.address),
        )
        return replace(plain, request=now)

    def _refuse(self, entering: Entering, decision: Decision, *, reason: str) -> None:
        self._tell("staff.kept_out", "refused", entering, decision, reason=reason)

    def _tell(
        self, event: str, outcome: str, entering: Entering, decision: Decision, **detail: object
    ) -> None:
        happened = AuditEvent(
            type=event,
            outcome=outcome,
            operator=entering.account_id,
            client_id=CONSOLE,
            channel="console",
            detail={**detail, "decision": told(decision), "policies": list(decision.determining)},
        )
        with transaction.atomic():
            record(happened, clock=self.clock)


def console_facts(account_id: str, *, amr: Collection[str]) -> Facts:
    """The facts of somebody entering the console on a Monday at ten, from no network we know."""
    proven = amr_of(amr)
    return Facts(
        subject=SubjectFacts(
            person_id=account_id,
            ial=STAFF_IAL,
            aal=aal_of(proven),
            status="active",
            authenticators=frozenset(proven),
        ),
        client=ClientFacts(
            client_id=CONSOLE,
            classification="internal",
            channel="web",
            minimum_ial=0,
            minimum_aal=_LEAST_AAL,
            allowed_channels=frozenset({"web"}),
            status="active",
        ),
        request=RequestFacts(channel="web", hour=10, now_epoch=0, session_age_s=0),
    )


def is_let_in(decision: Decision, proven: Collection[str]) -> bool:
    """Whether the policies permit it, and of the ways that they name one was taken."""
    if not isinstance(decision, Permit):
        return False
    return all(
        any(PROOFS[way] & set(proven) for way in ways) for ways in decision.obligations.reverify_by
    )
