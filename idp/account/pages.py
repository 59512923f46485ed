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
