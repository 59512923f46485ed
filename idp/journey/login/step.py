"""The login step: whether somebody has to sign in, and the page on which they do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from idp.journey.login.answers import LoginAnswers
from idp.journey.login.codes import DIGITS
from idp.journey.login.factors import PASSWORD, SMS, factors_in
from idp.journey.login.pages import (
    AccountChoice,
    CodePage,
    LoginPage,
    ReauthenticatePage,
    RememberedLoginPage,
    SelectAccountPage,
)
from idp.journey.pages import FormError, Page
from idp.journey.steps import EXPECTED_OTHER, Needed, Reply, Standing, Turn
from idp.subjects.identifiers import parse_phone
from idp.subjects.people import Standing as PersonStanding
from policies.decision import Forbid

SECOND_FACTOR: Final = "second_factor"
_LOGIN_REQUIRED: Final = "login_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginStep:
    """Outstanding until the right person signed in, recently enough, with factors enough."""

    answers: LoginAnswers
    name: str = "login"

    def outstanding(self, standing: Standing, *, now: datetime) -> Needed | None:
        session, request, progress = standing.session, standing.request, standing.progress
        is_expected = request.expected_subject in {"", standing.subject}
        if session is not None and not is_expected:
            # OpenID Connect Core 1.0 §3.1.2.2: "The Authorization Server MUST NOT reply with an
            # ID Token or Access Token for a different user".
            return Needed(reason=EXPECTED_OTHER, oauth_error=_LOGIN_REQUIRED)
        if session is None or progress.login_is_other:
            return Needed(reason="login", oauth_error=_LOGIN_REQUIRED)
        if progress.authenticated_at is None and (again := _asked_again(standing, now)):
            return again
        if isinstance(standing.decision, Forbid) or not standing.is_reachable:
            return None
        if standing.needed.aal > session.level.aal and self._can_add_factor(standing, now):
            return Needed(reason=SECOND_FACTOR, oauth_error=_LOGIN_REQUIRED)
        return None

    def show(self, turn: Turn) -> Reply:
        return self._page(turn)

    def submit(self, turn: Turn) -> Reply:
        reply = self.answers.judge(turn)
        if isinstance(reply, FormError):
            return self._page(turn, reply)
        return reply if reply is not None else self._page(turn)

    def _can_add_factor(self, standing: Standing, now: datetime) -> bool:
        session = standing.session
        if session is None or PASSWORD in factors_in(session.amr):
            return session is not None
        return self.answers.people.standing(session.person_id, now=now).has_password

    def _page(self, turn: Turn, error: FormError | None = None) -> Page:
        frame = {**turn.frame, "errors": (error,) if error else turn.errors}
        if turn.progress.login_challenge:
            return self._code_page(turn, frame)
        session, reason = turn.standing.session, turn.needed.reason
        if session is not None and reason == "select_account":
            return self._select_page(turn, frame)
        if session is not None and reason in {"reauthenticate", SECOND_FACTOR}:
            return self._reauthenticate_page(turn, frame)
        known = self.answers.remembered(turn)
        if known is not None and not turn.request.login_hint and not turn.typed.get("identifier"):
            return RememberedLoginPage(
                **frame, masked_phone=known.masked_phone, has_password=known.has_password
            )
        return self._login_page(turn, frame)

    def _login_page(self, turn: Turn, frame: dict[str, Any]) -> Page:
        identifier = (
            turn.typed.get("identifier")
            or turn.progress.login_identifier
            or _hint(turn.request.login_hint)
        )
        if turn.needed.reason == EXPECTED_OTHER:
            frame = {
                **frame,
                "reason": _(
                    "The service expects another account. Sign in with the one you use there."
                ),
            }
        return LoginPage(**frame, identifier=identifier)

    def _code_page(self, turn: Turn, frame: dict[str, Any]) -> Page:
        again = turn.progress.login_resend_at
        left = max(0, int((again - turn.now).total_seconds())) if again else 0
        return CodePage(
            **frame,
            sent_to=self.answers.masked_phone(turn),
            digits=DIGITS,
            lives_seconds=self.answers.codes.lifetimes.sms_code_ttl,
            resend_in_seconds=left,
            may_register=turn.standing.session is None or turn.progress.login_is_other,
        )

    def _select_page(self, turn: Turn, frame: dict[str, Any]) -> Page:
        return SelectAccountPage(
            **frame,
            accounts=tuple(
                AccountChoice(
                    value=value,
                    masked_name=person.masked_name,
                    masked_identifier=person.masked_phone,
                )
                for value, person in self.answers.choices(turn)
            ),
        )

    def _reauthenticate_page(self, turn: Turn, frame: dict[str, Any]) -> Page:
        person = self.answers.current(turn)
        wants = _missing_factors(turn, person)
        if turn.needed.reason == SECOND_FACTOR:
            frame = {
                **frame,
                "reason": _("You are signed in. This errand needs a second proof that it is you."),
            }
        return ReauthenticatePage(
            **frame,
            masked_name=person.masked_name,
            masked_identifier=person.masked_phone,
            has_password=PASSWORD in wants,
            can_receive_code=SMS in wants,
        )


def _asked_again(standing: Standing, now: datetime) -> Needed | None:
    """What `prompt` and `max_age` ask of somebody who is signed in."""
    prompt = standing.request.prompt
    if "select_account" in prompt and not standing.progress.login_is_chosen:
        return Needed(reason="select_account", oauth_error="account_selection_required")
    if "login" in prompt or _is_too_old(standing, now):
        return Needed(reason="reauthenticate", oauth_error=_LOGIN_REQUIRED)
    return None


def _missing_factors(turn: Turn, person: PersonStanding) -> frozenset[str]:
    """The factors that may be asked for: all the person has, or only the missing one."""
    has = {SMS} | ({PASSWORD} if person.has_password else set())
    session = turn.standing.session
    if turn.needed.reason == SECOND_FACTOR and session is not None:
        has -= factors_in(session.amr)
    return frozenset(has)


def _is_too_old(standing: Standing, now: datetime) -> bool:
    """OpenID Connect Core 1.0 §3.1.2.1: "the OP MUST attempt to actively re-authenticate"."""
    session, max_age = standing.session, standing.request.max_age
    if session is None or max_age is None:
        return False
    return now - session.authenticated_at > timedelta(seconds=max_age)


def _hint(login_hint: str) -> str:
    """A hint is shown only when it could be an identifier: it came from outside."""
    text = login_hint.removeprefix("tel:").strip()
    is_plausible = bool(parse_phone(text)) or (
        len(text) <= 100 and text.isprintable() and not any(c.isspace() for c in text)
    )
    return text if is_plausible else ""
