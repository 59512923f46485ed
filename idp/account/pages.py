"""The pages of the citizen's own space: what they are given to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from idp.account.levels import LevelShown
from idp.journey.pages import Page


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
class AccountHomePage(Page):
    """Who I am, where I am signed in, and the way out.

    Posts to `journey_action`: `action=sign_out` (this browser), `action=sign_out_everywhere`, or
    `session=<value>` to end one.
    """

    template: ClassVar[str] = "account/home.html"

    masked_name: str
    """Empty for someone who has not proven a name yet."""
    masked_identifier: str
    masked_document: str = ""
    identity_level: int = 1
    """1 to 4."""
    sessions: tuple[SessionShown, ...] = ()
    level: LevelShown | None = None
    """Why the level stands, until when, and what the next takes."""
    verify_url: str = ""
    """Where a name can be proven; empty when there is nothing to add."""
    security_url: str = ""
    """Where the ways to sign in are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticatorShown:
    """One way to sign in."""

    kind: str
    created_at: datetime
    last_used_at: datetime | None
    url: str = ""
    """Its own page, or for a phone that of its change."""
    label: str = ""
    masked_phone: str = ""
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
    """One way to sign in: its name, and the way out. Posts `label` and `action`."""

    template: ClassVar[str] = "account/authenticator.html"

    shown: AuthenticatorShown
    is_removable: bool = True
    back_url: str = ""
