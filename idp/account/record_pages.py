"""The pages of what we hold of a person: documents, checks, sessions, the export, and the ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from idp.account.levels import LevelShown
from idp.account.pages import SessionShown
from idp.journey.pages import Page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentShown:
    """One document; `replaced_at` is set for what it was before a renewal."""

    name: str
    masked_number: str
    valid_until: date | None = None
    is_over: bool = False
    replaced_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckShown:
    """One check: by whom, of what, and what it gives today (level 0: nothing any more)."""

    words: StrOrPromise
    document: str
    day: date
    level: int
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsPage(Page):
    """Documents, the level they give and why, and every check."""

    template: ClassVar[str] = "account/documents.html"

    documents: tuple[DocumentShown, ...]
    checks: tuple[CheckShown, ...] = ()
    level: LevelShown | None = None
    verify_url: str = ""
    back_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsPage(Page):
    """Where the person is signed in.

    Posts `action=sign_out`, `sign_out_elsewhere` or `sign_out_everywhere`, or `session=<value>`.
    """

    template: ClassVar[str] = "account/sessions.html"

    sessions: tuple[SessionShown, ...]
    back_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceShown:
    """One browser the person signed in with; `last_month` is the first day of a month."""

    value: str
    """What `device` posts to forget it; opaque."""
    name: str
    network: str
    first_seen_at: datetime
    last_month: date
    is_settled: bool = True
    is_current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicesPage(Page):
    """The person's devices. Posts `device=<value>`, or `action=notices_on` or `notices_off`."""

    template: ClassVar[str] = "account/devices.html"

    devices: tuple[DeviceShown, ...]
    is_told: bool = False
    """Whether a sign-in on a new device is told by message."""
    back_url: str = ""
