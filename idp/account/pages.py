"""The pages of the citizen's own space: what they are given to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from idp.account.levels import LevelShown
from idp.journey.pages import Page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionShown:
    """One place where the person is signed in."""

    value: str
    """What `session` posts to end it; opaque."""
    device: str
    """Browser and system, in short words."""
    began_at: datetime
    services: tuple[str, ...] = ()
    """The registered names of the services entered."""
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntry:
    """One room of the space, and how things stand there in a few words."""

    url: str
    name: StrOrPromise
    summary: StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHomePage(Page):
    """Who I am, what there is, and the way out. Posts `action=sign_out`."""

    template: ClassVar[str] = "account/home.html"

    masked_name: str
    """Empty for someone who has not proven a name yet."""
    masked_identifier: str
    masked_document: str = ""
    identity_level: int = 1
    """1 to 4."""
    level: LevelShown | None = None
    """Until when the level stands; why is on the page of the documents."""
    verify_url: str = ""
    """Where a name can be proven; empty when there is nothing to add."""
    deletion_at: datetime | None = None
    """When the account will be deleted, as the person asked; None where nobody did."""
    deletion_url: str = ""
    menu: tuple[MenuEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorShown:
    """One way to sign in."""

    kind: str
    created_at: datetime
    last_used_at: datetime | None
    url: str = ""
    """Its own page, or for a phone that of its change."""
    label: str = ""
    masked_identifier: str = ""
    """The number or address that codes go to."""
    left: int = 0
    """Recovery codes that are not used yet."""
    is_backed_up: bool = False
    is_hardware_bound: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPage(Page):
    """The ways to sign in, and those that can be added."""

    template: ClassVar[str] = "account/security.html"

    authenticators: tuple[AuthenticatorShown, ...]
    addable: tuple[tuple[str, str], ...] = ()
    """Kind and address of each kind that can be added."""
    back_url: str = ""
    phone_change_at: datetime | None = None
    """From when another number will sign in; posts `action=stop_phone_change`."""
    rests_on_sms: bool = False
    """Nothing here resists phishing yet: say what would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorPage(Page):
    """One way to sign in: its name, and the way out. Posts `label` and `action`.

    An address has no name of its own, but a page on which it is changed.
    """

    template: ClassVar[str] = "account/authenticator.html"

    shown: AuthenticatorShown
    is_removable: bool = True
    change_url: str = ""
    """Where another address is given; empty for what is named instead."""
    back_url: str = ""
