"""What a journey page is given to show, and how it becomes HTML.

One frozen dataclass is one page; each step keeps its own beside its templates (`login/pages.py`
and so on). A view fills the page and a `Presentation`, calls `drawings.render_page` and answers
with the text. Nothing here sees a request, sends a header or decides anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from idp.journey.languages import html_language

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STEP_FORM_ID = "step-form"
"""The `id` of a step's form; the view switches name it, so that nothing typed is lost."""


class Stage(StrEnum):
    """A stretch of the journey, as the person is told of it."""

    LOGIN = "login"
    VERIFICATION = "verification"
    CONSENT = "consent"

    @property
    def label(self) -> StrOrPromise:
        """Return the stage's name in the active language."""
        return _STAGE_LABELS[self]


_STAGE_LABELS: dict[Stage, StrOrPromise] = {
    Stage.LOGIN: _("Sign in"),
    Stage.VERIFICATION: _("Prove who you are"),
    Stage.CONSENT: _("Agree"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientShown:
    """The client as registered and reviewed: never a word that came with a request."""

    name: str
    """Its registered name in the page's language."""
    address: str = ""
    """The host people know it by, without scheme or path: `social-security.example.gov.cn`."""
    logo_url: str = ""
    """Its reviewed logo, served by us; empty for none."""
    policy_url: str = ""
    """What the service does with data, by its own words; empty for none."""
    terms_url: str = ""
    """On which terms the service may be used; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormError:
    """One thing to put right: what happened and what to do now, in one sentence or two."""

    message: StrOrPromise
    field: str = ""
    """The input's name, so that the summary leads there; empty when no single field is meant."""
    support_code: str = ""
    """A short code that support can look up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What every page carries; the names are those the templates read."""

    template: ClassVar[str] = ""
    step: ClassVar[str] = ""
    """The `data-step` of the page's form; empty on a page without a step."""
    stage: ClassVar[Stage | None] = None
    shows_context: ClassVar[bool] = True
    """Whether the page says who asks and where the person is."""
    opens_camera: ClassVar[bool] = False
    """Whether its script may open the machine's own camera."""
    blanks: ClassVar[tuple[str, ...] | None] = None
    """The fields that are one person's own, shown as they are; None: always drawn anew."""

    journey_action: str = ""
    """Where the step's form is posted."""
    step_token: str = ""
    """Binds the form to journey, step and browser."""
    client: ClientShown | None = None
    """Who asks."""
    reason: StrOrPromise = ""
    """Why this step is needed and what the person gets; the page has a sentence of its own."""
    because: tuple[StrOrPromise, ...] = ()
    """What was seen of this sign-in for which the step is asked, a sentence each; goes with a
    `reason`, and nothing else."""
    errors: tuple[FormError, ...] = ()
    stages: tuple[Stage, ...] = ()
    """The stretches of this person's way, in order; shown when there are two or more."""

    @property
    def is_common(self) -> bool:
        """Tell whether all but the blanks is the same for everybody who sees this page."""
        return not self.errors and not self.reason

    @property
    def errors_by_field(self) -> dict[str, FormError]:
        """Return the first error of each field."""
        return {error.field: error for error in reversed(self.errors) if error.field}

    @property
    def has_context(self) -> bool:
        """Tell whether there is something to say beside the question."""
        return self.shows_context and bool(self.client or self.progress)

    @property
    def progress(self) -> tuple[tuple[Stage, str], ...]:
        """Return each stage of the way with `done`, `current` or `ahead`."""
        if self.stage not in self.stages or len(self.stages) < 2:
            return ()
        here = self.stages.index(self.stage)
        states = ("done",) * here + ("current",) + ("ahead",) * (len(self.stages) - here - 1)
        return tuple(zip(self.stages, states, strict=True))

    @property
    def position(self) -> int:
        """Return the current stage's place, from 1; 0 when the way is not shown."""
        return self.stages.index(self.stage) + 1 if self.progress and self.stage else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The city as its people know it, in the page's language (`branding.brand_in_language`)."""

    name: str
    city: str = ""
    hotline: str = ""
    windows: str = ""
    """Where the service windows are and when they are open; empty where nobody said."""
    logo_url: str = ""
    """The city's logo; empty for the built-in mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """How this person wants to see pages, and the addresses every page needs."""

    language: str = "zh-hans"
    """`zh-hans`, `zh-hant` or `en`."""
    elder: bool = False
    """The elder view: larger, with fewer choices."""
    brand: Brand = field(default_factory=lambda: Brand(name="通行"))
    switch_url: str = ""
    """Where language and view are switched by POST; empty hides the switches."""
    return_path: str = ""
    """Where the switch leads back to when no step's form came with it."""
    csrf_token: object = ""
    """Its text is made when a page is drawn: most answers are redirects, and need none."""
    brand_css_url: str = ""
    """The city's accent (`branding.brand_css`); empty for the built-in colour."""

    @property
    def html_language(self) -> str:
        """Return the BCP 47 tag of the page (RFC 5646)."""
        return html_language(self.language)

    @property
    def gap(self) -> str:
        """Return what stands between two sentences: Chinese full stops bring their own space."""
        return " " if self.language == "en" else ""


def draw(page: Page, look: Presentation) -> str:
    """Return the page as HTML in the presentation's language; views use `drawings`."""
    with translation.override(look.language):
        return render_to_string(page.template, {"page": page, "look": look})
