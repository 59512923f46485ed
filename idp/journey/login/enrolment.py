"""Adding an authenticator inside a journey: because a level needs one, or the person came for it.

What a kind takes is judged in its room; this room asks, and goes on with what was proven by adding.
"""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import segno

from idp.conf import Branding
from idp.foundation.storage import ShortLivedStore
from idp.journey.login.pages import AddAuthenticatorPage, OfferPasskeyPage, RecoveryCodesPage
from idp.journey.login.proofs import Proofs
from idp.journey.login.signing_in import SigningIn
from idp.journey.mistakes import Mistake, form_error
from idp.journey.outcome import Refused
from idp.journey.pages import FormError, Page
from idp.journey.risk.signals import in_words
from idp.journey.steps import Advance, Reply, Turn
from idp.subjects.authenticators import totp
from idp.subjects.authenticators.kinds import Kind, NotTaken, Offer, Refusal
from idp.subjects.passwords import CHOSEN_MINIMUM_LENGTH, MAXIMUM_LENGTH
from idp.subjects.people import People

OFFER: Final = "offer"
_MISTAKES: Final = {
    Refusal.TOO_SHORT: Mistake.PASSWORD_TOO_SHORT,
    Refusal.TOO_LONG: Mistake.PASSWORD_TOO_LONG,
    Refusal.TOO_COMMON: Mistake.PASSWORD_TOO_COMMON,
    Refusal.TOO_MANY: Mistake.TOO_MANY_PASSKEYS,
    Refusal.ALREADY_HELD: Mistake.PASSKEY_EXISTS,
}
_GAVE_UP: Final = Refused(
    error="unmet_authentication_requirements",
    description="The person did not add the authenticator that the level needs.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Shows and judges the pages on which an authenticator is added. `pause` in seconds."""

    proofs: Proofs
    signing_in: SigningIn
    people: People
    store: ShortLivedStore
    branding: Branding
    pause: int

    def choices(self, turn: Turn) -> tuple[Kind, ...]:
        """What may be added here, the best first."""
        session = turn.standing.session
        if session is None:
            return ()
        authenticators = self.proofs.authenticators
        if turn.request.adds:
            kind = Kind(turn.request.adds)
            return (kind,) if kind in authenticators.kinds else ()
        return authenticators.addable(
            authenticators.of(session.person_id),
            proven=frozenset(session.amr),
            needed=turn.standing.mandatory.aal,
        )

    def show(self, turn: Turn, error: FormError | None = None) -> Reply:
        """The page of the way that was chosen, else of the best."""
        choices = self.choices(turn)
        chosen = turn.progress.login_way
        way = Kind(chosen) if chosen in choices else choices[0]
        if way is Kind.TOTP and not turn.progress.login_secret:
            return Advance(changes={"login_secret": totp.new_secret()})
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        return AddAuthenticatorPage(
            **frame,
            way=way.value,
            other_ways=tuple(kind.value for kind in choices if kind is not way),
            is_needed=not turn.request.adds,
            least=CHOSEN_MINIMUM_LENGTH,
            doubts=() if turn.request.adds else in_words(turn.standing.risk_reasons),
            **self._details(turn, way),
        )

    def submit(self, turn: Turn) -> Reply:
        typed, choices = turn.typed, self.choices(turn)
        if typed.get("action") == "return":
            if turn.request.adds:
                return Advance(changes={"login_added": turn.request.adds})
            return _GAVE_UP
        if typed.get("method") in choices:
            return Advance(changes={"login_way": typed.get("method")})
        way = Kind.PASSKEY if typed.get("passkey") else typed.get("way")
        if way not in choices:
            return self.show(turn)
        return self._add(turn, Kind(way))

    def codes_page(self, turn: Turn) -> Page:
        """The recovery codes, this once."""
        return RecoveryCodesPage(**turn.frame, codes=turn.progress.login_codes)

    def is_offer_due(self, person_id: UUID) -> bool:
        """Whether somebody who signed in may be asked once whether they want a passkey."""
        authenticators = self.proofs.authenticators
        if self.proofs.passkeys is None or self.store.get(f"passkey:asked:{person_id}"):
            return False
        return all(each.kind is not Kind.PASSKEY for each in authenticators.of(person_id))

    def offer_page(self, turn: Turn, error: FormError | None = None) -> Page:
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        return OfferPasskeyPage(**frame, passkey_options=self._creation(turn))

    def answer_offer(self, turn: Turn) -> Reply:
        """A passkey, or "not now", which is remembered."""
        session = turn.standing.session
        if session is None:
            raise AssertionError("offered only to who is signed in")
        if turn.typed.get("passkey"):
            reply = self._add(turn, Kind.PASSKEY)
            if isinstance(reply, Advance):
                return replace(reply, changes={**reply.changes, "login_is_offered": True})
            return reply
        if turn.typed.get("action") == "not_now":
            self.store.put(f"passkey:asked:{session.person_id}", b"1", ttl=self.pause)
            return Advance(changes={"login_is_offered": True})
        return self.offer_page(turn)

    def _add(self, turn: Turn, kind: Kind) -> Reply:
        session = turn.standing.session
        if session is None:
            raise AssertionError("added only by who is signed in")
        typed = turn.typed
        answers = {Kind.PASSKEY: "passkey", Kind.PASSWORD: "password"}
        offer = Offer(
            person_id=session.person_id,
            now=turn.now,
            answer=typed.get(answers.get(kind, "code")),
            secret=turn.progress.login_secret,
            bound_to=turn.journey.id,
        )
        try:
            added = self.proofs.authenticators.add(kind, offer, language=turn.html_language)
        except NotTaken as problem:
            error = _error(kind, problem.reason)
            is_offer = turn.needed.reason == OFFER
            return self.offer_page(turn, error) if is_offer else self.show(turn, error)
        changes: dict[str, object] = {"login_added": kind.value, "login_secret": ""}
        if added.shown_once:
            return Advance(changes={**changes, "login_codes": added.shown_once})
        proven = self.signing_in.prove(turn, session.person_id, kind, added.amr)
        return replace(proven, changes={**proven.changes, **changes})

    def _details(self, turn: Turn, way: Kind) -> dict[str, Any]:
        """What the page of one way shows."""
        if way is Kind.PASSKEY:
            return {"passkey_options": self._creation(turn)}
        person = self._account(turn)
        if way is Kind.TOTP:
            secret = turn.progress.login_secret
            issuer = self.branding.name.in_language(turn.language)
            uri = totp.provisioning_uri(secret, issuer=issuer, account=person)
            picture = segno.make(uri, error="m").svg_data_uri(scale=4, border=2)
            return {"secret": secret, "picture": picture, "setup_url": uri, "account": person}
        return {"account": person}

    def _creation(self, turn: Turn) -> str:
        session = turn.standing.session
        if session is None or self.proofs.passkeys is None:
            return ""
        return self.proofs.passkeys.creation_options(
            session.person_id, name=self._account(turn), bound_to=turn.journey.id, now=turn.now
        )

    def _account(self, turn: Turn) -> str:
        """How the person will know this account in a list: masked, for lists are seen by others."""
        session = turn.standing.session
        if session is None:
            return ""
        return self.people.standing(session.person_id, now=turn.now).masked_name


def _error(kind: Kind, reason: Refusal) -> FormError:
    if kind is Kind.TOTP and reason is not Refusal.TOO_MANY:
        return form_error(Mistake.APP_CODE_WRONG)
    mistake = _MISTAKES.get(reason, Mistake.PASSKEY_REFUSED)
    if mistake is Mistake.PASSWORD_TOO_SHORT:
        return form_error(mistake, least=CHOSEN_MINIMUM_LENGTH)
    if mistake is Mistake.PASSWORD_TOO_LONG:
        return form_error(mistake, most=MAXIMUM_LENGTH)
    return form_error(mistake)
