"""The pages at a place: lay the card, agree to a look, look. The steps say whose form they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from connectors.lens.prompted import Prompt
from idp.journey.pages import Page, Stage
from idp.journey.verification.pages import WINDOW, OtherWay

BY_PHONE = OtherWay(
    label=_("Use your phone"),
    detail=_("Sign in with a code by text message, or with a passkey."),
    value="phone",
)
REFRESH: int = 2
"""Seconds after which a page that waits for a device looks again."""
SLOW_REFRESH: int = 5
"""The same without scripts, where nothing can tell that somebody is about to press a button."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPage(Page):
    """Lay the card on the reader. Looks again by itself; `action=check` does it now.

    Posts `action=leave` for another way.
    """

    template: ClassVar[str] = "journey/readings/card.html"
    blanks: ClassVar[tuple[str, ...] | None] = ("refresh_url",)

    refresh_url: str
    """This page's own address, for GET."""
    refresh_seconds: int = REFRESH
    slow_refresh_seconds: int = SLOW_REFRESH
    other_ways: tuple[OtherWay, ...] = (WINDOW,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FacePage(Page):
    """Agree that the face is compared: a consent of its own. Posts `action=agree` or `leave`.

    `action=another_card` begins anew.
    """

    template: ClassVar[str] = "journey/readings/face.html"

    masked_name: str
    notice_version: str
    can_agree: bool = True
    """False where a face leads nowhere: no authority compares it, or the holder is a child."""
    looks_here: bool = False
    """Whether this very page's browser opens the camera, and our own eye compares."""
    other_ways: tuple[OtherWay, ...] = (WINDOW,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LookPage(Page):
    """Look into the camera; then the authority is asked. Looks again by itself."""

    template: ClassVar[str] = "journey/readings/look.html"
    blanks: ClassVar[tuple[str, ...] | None] = ("refresh_url",)

    refresh_url: str
    refresh_seconds: int = REFRESH
    slow_refresh_seconds: int = SLOW_REFRESH


@dataclass(frozen=True, slots=True, kw_only=True)
class ChipPage(LookPage):
    """The card is read once more, with its photograph. Looks again by itself."""

    template: ClassVar[str] = "journey/readings/chip.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptsPage(Page):
    """Opens the machine's own camera and asks for one thing after another.

    Posts `nonce`, one file `frame` for each prompt, in their order, and `action=look`;
    `action=back` leaves the camera alone.
    """

    template: ClassVar[str] = "journey/readings/prompts.html"
    opens_camera: ClassVar[bool] = True

    nonce: str
    prompts: tuple[Prompt, ...]
    other_ways: tuple[OtherWay, ...] = (WINDOW,)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginCardPage(CardPage):
    """As the login step shows it."""

    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFacePage(FacePage):
    """As the login step shows it."""

    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLookPage(LookPage):
    """As the login step shows it."""

    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginChipPage(ChipPage):
    """As the login step shows it."""

    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPromptsPage(PromptsPage):
    """As the login step shows it."""

    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationCardPage(CardPage):
    """As the verification step shows it."""

    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFacePage(FacePage):
    """As the verification step shows it."""

    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationLookPage(LookPage):
    """As the verification step shows it."""

    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationChipPage(ChipPage):
    """As the verification step shows it."""

    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationPromptsPage(PromptsPage):
    """As the verification step shows it."""

    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesOfStep:
    """The five pages as one step shows them."""

    card: type[CardPage]
    face: type[FacePage]
    look: type[LookPage]
    chip: type[ChipPage]
    prompts: type[PromptsPage]


LOGIN_PAGES = PagesOfStep(
    card=LoginCardPage,
    face=LoginFacePage,
    look=LoginLookPage,
    chip=LoginChipPage,
    prompts=LoginPromptsPage,
)
VERIFICATION_PAGES = PagesOfStep(
    card=VerificationCardPage,
    face=VerificationFacePage,
    look=VerificationLookPage,
    chip=VerificationChipPage,
    prompts=VerificationPromptsPage,
)
