"""The pages of a person's data and its ends: what they are given to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from idp.journey.pages import Page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing we hold, in the clear."""

    label: StrOrPromise
    value: StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Things of one kind."""

    title: StrOrPromise
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataPage(Page):
    """The choice: posts `action=page` or `action=file`."""

    template: ClassVar[str] = "account/data.html"

    back_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPage(Page):
    """All we hold, to be read or printed."""

    template: ClassVar[str] = "account/export.html"

    sections: tuple[Section, ...]
    back_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezePage(Page):
    """What freezing does. Posts `action=freeze`."""

    template: ClassVar[str] = "account/freeze.html"

    back_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenPage(Page):
    """It is frozen; nobody is signed in any more."""

    template: ClassVar[str] = "account/frozen.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletePage(Page):
    """What deleting does, or when it happens. Posts `action=delete` or `action=keep`."""

    template: ClassVar[str] = "account/delete.html"

    due_at: datetime | None = None
    """When the account will be deleted; None before the person asked."""
    hold_days: int = 7
    back_url: str = ""
