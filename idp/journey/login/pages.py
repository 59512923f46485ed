"""The login pages: what each is given to show. Deciding who someone is belongs to the views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from idp.journey.pages import Page, Stage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerChoice:
    """A partner whose login is taken here."""

    value: str
    """What `method` posts."""
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage(Page):
    """Phone, user name or e-mail, and a password or none.

    Posts `identifier`, `password` and `action=sign_in` or `method=sms`. A phone number, or an
    address where `takes_email`, with an empty password means "send me a code", whichever button was
    pressed.
    """

    template: ClassVar[str] = "journey/login/login.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("identifier", "passkey_options")

    identifier: str = ""
    """What was typed before, or the request's `login_hint`."""
    has_passwords: bool = True
    """Whether passwords are in use here at all."""
    passkey_options: str = ""
    """What the browser is asked for as a passkey, as JSON; empty where there are none."""
    partners: tuple[PartnerChoice, ...] = ()
    takes_email: bool = False
    """Whether codes go out by e-mail, too."""
    is_expected: bool = False
    """The partner just named this number: the code is the next thing, whatever else there is."""
    takes_card: bool = False
    """Whether a reader stands here: `action=id_card` goes on with the card instead."""

    @property
    def takes_codes_alone(self) -> bool:
        """Tell whether a code is all that what is typed can lead to."""
        return self.is_expected or not self.has_passwords

    @property
    def takes_phones_alone(self) -> bool:
        """Tell whether nothing but a number can be typed."""
        return self.is_expected or not (self.has_passwords or self.takes_email)


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedLoginPage(Page):
    """A known browser: one tap sends the code. Posts `method` or `action=other_account`.

    Where the account has a password, `password` with `action=sign_in` is offered too.
    """

    template: ClassVar[str] = "journey/login/remembered.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("masked_identifier", "passkey_options")

    masked_identifier: str
    """The phone or the address, as `idp.subjects.identifiers` masks it."""
    by_email: bool = False
    """The code goes to an address: `method=email`, else `method=sms`."""
    has_password: bool = False
    has_passkey: bool = False
    """A passkey of this account is the first thing offered."""
    has_face: bool = False
    """The account's face signs in here, too: `method=face`."""
    passkey_options: str = ""
    partners: tuple[PartnerChoice, ...] = ()


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
    name_follows: bool = False
    """Say that who gets an account has to prove a name next."""
    can_recover: bool = True
    """Offer what to do when the phone is lost."""
    terms_url: str = ""
    privacy_url: str = ""

    @property
    def lives_minutes(self) -> int:
        """Return the code's life in whole minutes."""
        return max(1, self.lives_seconds // 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailPage(Page):
    """An e-mail address in a number's place. Posts `identifier` and `method=email`.

    Or `action=other_account`.
    """

    template: ClassVar[str] = "journey/login/email.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("unreached", "address")

    unreached: str = ""
    """The number, masked, that none of our text messages reaches; empty for who came by choice."""
    address: str = ""
    may_register: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReauthenticatePage(Page):
    """The same person once more (`prompt=login`, `max_age`), or by one more way.

    Posts `password` or `code` with `way` and `action=sign_in`, or `passkey`, or `method=<another
    way>`, or `action=instead` or `other_account`.
    """

    template: ClassVar[str] = "journey/login/reauthenticate.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    masked_name: str
    masked_identifier: str
    way: str = "sms"
    """`passkey`, `totp`, `password`, `sms`, `email`, `face` or `recovery_code`."""
    other_ways: tuple[str, ...] = ()
    passkey_options: str = ""
    can_add_instead: bool = False
    """A face is all there is: `action=instead` adds another way, for nobody has to show one."""
    rests_on_sms: bool = False
    """Say that a passkey is safer: nobody can be talked out of one."""
    doubts: tuple[StrOrPromise, ...] = ()
    """Why this sign-in looks unusual, one sentence each; only where more is asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAuthenticatorPage(Page):
    """One more way to sign in: needed for this errand (`is_needed`), or come for.

    Posts `passkey`, or `password` or `code` with `way` and `action=add`; `method=<another way>`;
    `action=return` to leave it.
    """

    template: ClassVar[str] = "journey/login/add_authenticator.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    way: str
    other_ways: tuple[str, ...] = ()
    is_needed: bool = False
    account: str = ""
    """How an app or a password keeper names the account: masked."""
    passkey_options: str = ""
    secret: str = ""
    picture: str = ""
    """The QR code of `setup_url`, as a data address."""
    setup_url: str = ""
    least: int = 15
    """How many characters a password needs."""
    doubts: tuple[StrOrPromise, ...] = ()
    """Why this sign-in looks unusual, one sentence each; only where it is needed for that."""

    @property
    def secret_groups(self) -> str:
        """Return the secret in groups of four, to be typed."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesPage(Page):
    """The new recovery codes, shown this once. Posts `action=kept`."""

    template: ClassVar[str] = "journey/login/recovery_codes.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DormantPhonePage(Page):
    """A number long unused: the account's holder, or the number's next?

    Posts `method=password` or `method=identity`, then `password`, or `name` and
    `document_number`, with `way`; or `action=new_account`.
    """

    template: ClassVar[str] = "journey/login/dormant.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    masked_phone: str
    has_passwords: bool = True
    way: str = ""
    name: str = ""
    document_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedAccountPage(Page):
    """The account was proven, but is frozen or closed: why, and how a freeze of one's own ends.

    Posts `action=reprove`, with `name` and `document_number` where a document is asked for; while
    an opening waits, `action=keep_frozen` objects to it.
    """

    template: ClassVar[str] = "journey/login/closed.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    status: str
    """The status of the person: frozen, incapable or deceased."""
    since: datetime | None = None
    is_own: bool = False
    """Frozen by the person, who can open it again."""
    needs_document: bool = False
    opens_at: datetime | None = None
    """From when it can be opened: it was proven anew, and waits for an objection."""
    is_due: bool = False
    needs_window: bool = False
    name: str = ""
    document_number: str = ""
    support_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverPage(Page):
    """The phone is lost. Posts `name`, `document_number`, `phone` and `action=recover`.

    Where `takes_email`, an e-mail address may stand in `phone`.
    """

    template: ClassVar[str] = "journey/login/recover.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    name: str = ""
    document_number: str = ""
    phone: str = ""
    takes_email: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNumberPage(Page):
    """Another number, while the old one is at hand. Posts `phone` and `action=add` or `return`."""

    template: ClassVar[str] = "journey/login/new_number.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    masked_phone: str
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAddressPage(Page):
    """An e-mail address for the account. Posts `email` and `action=add` or `return`."""

    template: ClassVar[str] = "journey/login/new_address.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    masked_email: str = ""
    """The one there is; empty for none."""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryWaitingPage(Page):
    """From when the new number or address will sign in. Posts `action=other_account`."""

    template: ClassVar[str] = "journey/login/recovery_waiting.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    masked_contact: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferPasskeyPage(Page):
    """After a sign-in, one question: a passkey for next time? Posts `passkey` or `not_now`."""

    template: ClassVar[str] = "journey/login/offer_passkey.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    passkey_options: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPage(Page):
    """The person is on the way to a partner's login. Posts `method=<partner>` or `other_account`.

    The page follows `leave_url` by itself the first time.
    """

    template: ClassVar[str] = "journey/login/partner.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    partner: PartnerChoice
    leave_url: str
    host: str
    is_leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerWaitingPage(Page):
    """The partner is being asked. The page fetches itself again; `action=check` does it now."""

    template: ClassVar[str] = "journey/login/partner_waiting.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("refresh_url", "news_url")

    refresh_url: str
    """This page's own address, for GET."""
    news_url: str = ""
    """Where the page's script asks whether there is anything new; "" to load the page itself."""
    refresh_seconds: int = 3
    authority: str = ""


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
