"""Pages outside the steps: errors, status pages, leaving, and the form that returns to a client."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from idp.journey.pages import ClientShown, Page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Trouble(StrEnum):
    """What went wrong before or between the steps."""

    REQUEST_BROKEN = "request_broken"
    CLIENT_UNKNOWN = "client_unknown"
    CLIENT_SUSPENDED = "client_suspended"
    ADDRESS_UNREGISTERED = "address_unregistered"
    STEP_EXPIRED = "step_expired"
    STEP_FINISHED = "step_finished"
    BROWSER_CHANGED = "browser_changed"
    LEVEL_OUT_OF_REACH = "level_out_of_reach"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """What happened and what to do now."""

    title: StrOrPromise
    happened: StrOrPromise
    to_do: StrOrPromise


_TROUBLE_WORDS: dict[Trouble, _Words] = {
    Trouble.REQUEST_BROKEN: _Words(
        title=_("The service's request is incomplete"),
        happened=_("The website that sent you here asked in a way we cannot answer."),
        to_do=_("Go back to it and start again. If that does not help, tell its operators."),
    ),
    Trouble.CLIENT_UNKNOWN: _Words(
        title=_("We do not know this service"),
        happened=_("The website that sent you here is not registered with the city."),
        to_do=_("Do not enter personal data there. Check its address or call us."),
    ),
    Trouble.CLIENT_SUSPENDED: _Words(
        title=_("This service is paused"),
        happened=_("The city has paused signing in to this service for now."),
        to_do=_("Try again later, or ask at a service window."),
    ),
    Trouble.ADDRESS_UNREGISTERED: _Words(
        title=_("The return address is not registered"),
        happened=_("To protect you we do not send you to an address we have not checked."),
        to_do=_(
            "Go back to the service and start again. If that does not help, tell its operators."
        ),
    ),
    Trouble.STEP_EXPIRED: _Words(
        title=_("This page has expired"),
        happened=_("You were away for a while, so we ended this sign-in to protect you."),
        to_do=_("Go back to the service and start again. What you finished there is not lost."),
    ),
    Trouble.STEP_FINISHED: _Words(
        title=_("This step is already done"),
        happened=_("You finished it in another window, or pressed the button twice."),
        to_do=_("You can close this page, or go on with the service."),
    ),
    Trouble.BROWSER_CHANGED: _Words(
        title=_("This sign-in began in another browser"),
        happened=_("To protect you, a sign-in ends in the browser in which it began."),
        to_do=_("Go back to that browser, or open the service here and start again."),
    ),
    Trouble.LEVEL_OUT_OF_REACH: _Words(
        title=_("This service needs a stronger proof"),
        happened=_("The proof it asks for cannot be given online yet."),
        to_do=_("Take your document to a service window: they can help you at once."),
    ),
    Trouble.UNAVAILABLE: _Words(
        title=_("We cannot answer right now"),
        happened=_("Something on our side is not working. It is not your doing."),
        to_do=_("Please try again in a few minutes."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TroublePage(Page):
    """Safe words about what went wrong; nothing from the request is shown."""

    template: ClassVar[str] = "journey/error.html"

    trouble: Trouble
    error: str = ""
    """The registered code, for the service's engineers; empty for no word to them."""
    description: str = ""
    """What goes with the code, in English: the protocol's own words, never the sender's."""
    support_code: str = ""
    return_url: str = ""
    """The client's registered home or initiation address; empty for none."""

    @property
    def words(self) -> _Words:
        """Return what to say."""
        return _TROUBLE_WORDS[self.trouble]


_STATUS_WORDS: dict[int, _Words] = {
    400: _Words(
        title=_("We could not read this request"),
        happened=_("Something in the address or the form is not as it should be."),
        to_do=_("Go back and try again."),
    ),
    403: _Words(
        title=_("You cannot open this page"),
        happened=_("It is not meant for this account, or the page was open for too long."),
        to_do=_("Go back, load the page again and retry."),
    ),
    404: _Words(
        title=_("There is no such page"),
        happened=_("The address may have been mistyped or cut off."),
        to_do=_("Check the address, or go back to the service you came from."),
    ),
    405: _Words(
        title=_("This page cannot be opened this way"),
        happened=_("It is reached from a form, not by its address."),
        to_do=_("Go back to the service you came from."),
    ),
    413: _Words(
        title=_("That was too much at once"),
        happened=_("What was sent is larger than we accept."),
        to_do=_("Go back and try again."),
    ),
    429: _Words(
        title=_("Please wait a moment"),
        happened=_("There were many attempts in a short time, so we slow down to protect you."),
        to_do=_("You need not do anything. Then try again."),
    ),
    500: _Words(
        title=_("Something went wrong on our side"),
        happened=_("It is not your doing, and we have been told."),
        to_do=_("Please try again in a few minutes."),
    ),
    503: _Words(
        title=_("We cannot answer right now"),
        happened=_("Something on our side is not working. It is not your doing."),
        to_do=_("Please try again in a few minutes."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPage(Page):
    """An HTTP status as a page: 400, 403, 404, 405, 413, 429, 500 and 503; others read as 500."""

    template: ClassVar[str] = "journey/status.html"

    status: int
    wait_seconds: int = 0
    """With 429 and 503: how long to wait (RFC 9110 §10.2.3)."""
    support_code: str = ""

    @property
    def words(self) -> _Words:
        """Return what to say."""
        return _STATUS_WORDS.get(self.status, _STATUS_WORDS[500])

    @property
    def wait_minutes(self) -> int:
        """Return the wait in minutes, rounded up."""
        return -(-self.wait_seconds // 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutPage(Page):
    """Really leave? (RP-Initiated Logout §2). Posts `decision=allow` or `deny`."""

    template: ClassVar[str] = "journey/logout.html"
    shows_context: ClassVar[bool] = False
    step: ClassVar[str] = "logout"

    masked_name: str = ""
    services: tuple[ClientShown, ...] = ()
    """The services this session has entered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOutService:
    """One service and whether it has heard that the session ended."""

    client: ClientShown
    is_told: bool = True
    """False while its back-channel delivery is still being retried."""
    front_channel_url: str = ""
    """The iframe to load (Front-Channel Logout §3); its origin must stand in `frame-src`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOutPage(Page):
    """The session has ended, service by service."""

    template: ClassVar[str] = "journey/logged_out.html"
    shows_context: ClassVar[bool] = False

    services: tuple[LoggedOutService, ...] = ()
    return_url: str = ""
    """The registered `post_logout_redirect_uri`, with `state`; empty for none."""
    return_seconds: int = 0
    """Go there by itself after so many seconds; 0 only by the button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPostPage(Page):
    """The answer carried to the client by a form (OAuth 2.0 Form Post Response Mode §2)."""

    template: ClassVar[str] = "journey/form_post.html"
    shows_context: ClassVar[bool] = False

    target_url: str
    """The registered address; it must stand in this response's `form-action`."""
    parameters: tuple[tuple[str, str], ...]
