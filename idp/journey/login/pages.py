"""The login pages: what each is given to show. Deciding who someone is belongs to the views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from idp.journey.pages import Page, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage(Page):
    """Phone, user name or e-mail, and a password or none.

    Posts `identifier`, `password` and `action=sign_in` or `method=sms`. A phone number with an
    empty password means "send me a code", whichever button was pressed.
    """

    template: ClassVar[str] = "journey/login/login.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("identifier",)

    identifier: str = ""
    """What was typed before, or the request's `login_hint`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedLoginPage(Page):
    """A known browser: one tap sends the code. Posts `method=sms` or `action=other_account`.

    Where the account has a password, `password` with `action=sign_in` is offered too.
    """

    template: ClassVar[str] = "journey/login/remembered.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("masked_phone",)

    masked_phone: str
    """As `idp.subjects.identifiers.mask_phone` writes it."""
    has_password: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePage(Page):
    """The code from the message. Posts `code` and `action=sign_in`, `resend` or `other_account`."""

    template: ClassVar[str] = "journey/login/code.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("sent_to",)

    sent_to: str
    """The masked phone number or e-mail address."""
    by_email: bool = False
    digits: int = 6
    lives_seconds: int = 300
    resend_in_seconds: int = 0
    """How long until another code may be asked for; 0 when it may be now."""
    may_register: bool = True
    """Say that a number without an account gets one (said to everyone: it tells nobody who
    has an account)."""
    terms_url: str = ""
    privacy_url: str = ""

    @property
    def lives_minutes(self) -> int:
        """Return the code's life in whole minutes."""
        return max(1, self.lives_seconds // 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReauthenticatePage(Page):
    """The same person once more (`prompt=login`, `max_age`).

    Posts `password` with `action=sign_in`, or `method=sms`, or `action=other_account`.
    """

    template: ClassVar[str] = "journey/login/reauthenticate.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    masked_name: str
    masked_identifier: str
    has_password: bool = False
    can_receive_code: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChoice:
    """An account this browser may go on as."""

    value: str
    """What the button posts; opaque."""
    masked_name: str
    masked_identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectAccountPage(Page):
    """Which account (`prompt=select_account`): `account=<value>` or `action=other_account`."""

    template: ClassVar[str] = "journey/login/select_account.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    accounts: tuple[AccountChoice, ...]
