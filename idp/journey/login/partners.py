"""Signing in by a partner's login: the buttons, the way there and back, and whose account it opens.

Whoever comes for the first time proves their phone here once, in the same journey; the partner's
login opens that account from then on if the partner names that very number. Nothing else links: a
stranger's login, left open on a shared computer, must not come to open somebody's account.
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from idp.journey.away import Phase
from idp.journey.login.pages import PartnerChoice, PartnerPage, PartnerWaitingPage
from idp.journey.login.partner_desk import PHONE, SUBJECT, Partner, PartnerDesk
from idp.journey.login.signing_in import SigningIn
from idp.journey.mistakes import Mistake, form_error
from idp.journey.pages import FormError
from idp.journey.steps import Advance, Reply, Turn
from idp.subjects.identifiers import parse_phone
from idp.subjects.partner_links import PartnerLinks

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FACTOR: Final = "upstream_oidc"
PREFIX: Final = "partner."
CLEARED: Final = {"login_visit": "", "login_partner": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Partners:
    """The login step's pages about partners."""

    desk: PartnerDesk
    links: PartnerLinks
    signing_in: SigningIn

    def choices(self, turn: Turn) -> tuple[PartnerChoice, ...]:
        """The partners whose logins are offered."""
        return tuple(
            PartnerChoice(value=f"{PREFIX}{name}", label=partner.shown(turn.language))
            for name, partner in self.desk.partners.items()
        )

    def chosen(self, turn: Turn) -> Partner | None:
        """The partner whose button was pressed."""
        method = turn.typed.get("method")
        if not method.startswith(PREFIX):
            return None
        return self.desk.partners.get(method.removeprefix(PREFIX))

    def begin(self, turn: Turn, partner: Partner) -> Reply:
        errand = secrets.token_urlsafe(16)
        self.desk.open(turn.journey.id, errand, partner)
        return Advance(
            changes={
                "login_visit": errand,
                "login_partner": partner.name,
                "login_partner_said": "",
                "login_challenge": "",
            }
        )

    def told(self, turn: Turn) -> tuple[FormError, ...]:
        """What came of a login at a partner, unless it went well."""
        said, progress = turn.progress.login_partner_said, turn.progress
        if not said or said == Mistake.PARTNER_UNKNOWN:
            return ()
        partner = self.desk.partners.get(progress.login_partner)
        name = partner.shown(turn.language) if partner else ""
        return (form_error(Mistake(said), partner=name),)

    def welcome(self, turn: Turn) -> "StrOrPromise":
        """What somebody is told whom the partner knows and we do not yet."""
        partner = self.desk.partners.get(turn.progress.login_partner)
        name = partner.shown(turn.language) if partner else ""
        return form_error(Mistake.PARTNER_UNKNOWN, partner=name).message

    def show(self, turn: Turn) -> Reply | None:
        """Where a login at a partner stands; None while none is under way."""
        progress = turn.progress
        partner = self.desk.partners.get(progress.login_partner)
        if not progress.login_visit or partner is None:
            return None
        journey_id, errand = turn.journey.id, progress.login_visit
        underway = self.desk.look(journey_id, errand)
        if underway.phase is Phase.OPEN:
            brought = self.desk.returns.take(errand)
            if brought is None:
                return self._away(turn, partner, underway.url)
            self.desk.close(journey_id, errand, partner, brought)
            underway = self.desk.look(journey_id, errand)
        if underway.phase is not Phase.DONE:
            return PartnerWaitingPage(
                **turn.frame,
                refresh_url=turn.frame["journey_action"],
                news_url=turn.news_url,
                authority=partner.shown(turn.language),
            )
        if underway.outcome:
            return Advance(changes={"login_visit": "", "login_partner_said": underway.outcome})
        return self._known(turn, partner, underway.found[SUBJECT], underway.found[PHONE])

    def submit(self, turn: Turn) -> Reply | None:
        """What was pressed about partners; None for everything else."""
        if partner := self.chosen(turn):
            return self.begin(turn, partner)
        if not turn.progress.login_visit:
            return None
        if turn.typed.get("action") == "check":
            return self.show(turn)
        # Anything else is another way to sign in.
        return Advance(changes=CLEARED)

    def _known(self, turn: Turn, partner: Partner, subject: str, phone: str) -> Reply:
        provider = partner.adapter.provider
        person_id = self.links.holder(provider, subject)
        if person_id is None:
            number = parse_phone(phone) or ""
            return Advance(
                changes={
                    "login_visit": "",
                    "login_partner_said": Mistake.PARTNER_UNKNOWN,
                    "login_identifier": number,
                    "login_upstream": (provider, subject, number) if number else (),
                }
            )
        proven = self.signing_in.prove(turn, person_id, FACTOR, frozenset())
        cleared = {**CLEARED, "login_partner_said": "", "login_upstream": ()}
        return Advance(
            changes={**proven.changes, **cleared}, session=proven.session, then=proven.then
        )

    def _away(self, turn: Turn, partner: Partner, url: str) -> PartnerPage:
        return PartnerPage(
            **turn.frame,
            partner=PartnerChoice(
                value=f"{PREFIX}{partner.name}", label=partner.shown(turn.language)
            ),
            leave_url=url,
            host=urlsplit(url).netloc,
            is_leaving=self.desk.absences.is_leaving(turn.progress.login_visit),
        )
