"""The access pages: why a service may not be entered, and why more proof is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from idp.journey.pages import Page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPage(Page):
    """The policy says no. Posts `action=return`, which answers the client with the refusal."""

    template: ClassVar[str] = "journey/access/refused.html"
    step: ClassVar[str] = "access"

    explanation: StrOrPromise
    """The policy's reason, in words for the person."""
    what_to_do: StrOrPromise = ""
    whom_to_ask: StrOrPromise = ""
    """A department and how to reach it; empty for the city's hotline."""
    support_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpPage(Page):
    """More proof is needed for this errand. Posts `action=continue` or `action=return`."""

    template: ClassVar[str] = "journey/access/step_up.html"
    step: ClassVar[str] = "access"

    needed: tuple[StrOrPromise, ...]
    """What is still missing, one phrase each: "Your name and ID number"."""
    minutes: int = 1
    """About how long it takes."""
