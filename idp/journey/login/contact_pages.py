"""The pages on which a contact is added: whom notices also go to, and the code they were sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from idp.journey.pages import Page, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContactPage(Page):
    """A number or address that is told too. Posts `identifier` and `action=add` or `return`."""

    template: ClassVar[str] = "journey/login/new_contact.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN

    identifier: str = ""
    takes_email: bool = False
    child: str = ""
    """Whose contact it is to be, masked; empty for one's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCodePage(Page):
    """The code from the contact. Posts `code` and `action=confirm`, `resend` or `other_contact`."""

    template: ClassVar[str] = "journey/login/contact_code.html"
    step: ClassVar[str] = "login"
    stage: ClassVar[Stage | None] = Stage.LOGIN
    blanks: ClassVar[tuple[str, ...] | None] = ("sent_to",)

    sent_to: str
    """The masked number or address."""
    by_email: bool = False
    digits: int = 6
    lives_seconds: int = 300
    resend_in_seconds: int = 0
    """How long until another code may be asked for; 0 when it may be now."""

    @property
    def lives_minutes(self) -> int:
        """Return the code's life in whole minutes."""
        return max(1, self.lives_seconds // 60)
