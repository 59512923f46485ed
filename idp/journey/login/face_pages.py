"""The pages of signing in with the face: what each is given to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from idp.journey.pages import Page, Stage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class FacePage(Page):
    """The person is on the way to the authority's camera. Posts `method=face` to go once more.

    Or `action=other_way`. The page follows `leave_url` by itself the first time.
    """

    template: ClassVar[str] = "journey/login/face.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    authority: StrOrPromise
    leave_url: str
    host: str
    """The authority's address, as people can check it."""
    is_leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceWaitingPage(Page):
    """The authority is being asked. The page fetches itself again; `action=check` does it now."""

    template: ClassVar[str] = "journey/login/face_waiting.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("refresh_url", "news_url")

    refresh_url: str
    """This page's own address, for GET."""
    news_url: str = ""
    """Where the page's script asks whether there is anything new; "" to load the page itself."""
    refresh_seconds: int = 3
    authority: StrOrPromise = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceEnrolmentPage(Page):
    """Agree that the face signs in from now on: a consent of its own. Posts `action=agree`.

    Or `action=return` to leave it.
    """

    template: ClassVar[str] = "journey/login/face_enrolment.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    notice_version: str
    authority: StrOrPromise = ""
    can_agree: bool = True
    """False for a child, and where no document is known that a face is compared with."""
