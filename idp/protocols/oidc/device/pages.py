"""The device pages, on the person's own phone or computer (RFC 8628 §3.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from idp.journey.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCodePage(Page):
    """The code the machine shows. Posts `user_code` and `action=continue`."""

    template: ClassVar[str] = "device/user_code.html"
    step: ClassVar[str] = "login"

    user_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDevicePage(Page):
    """Is it this machine? (RFC 8628 §5.4: remote phishing). Posts `decision=allow` or `deny`."""

    template: ClassVar[str] = "device/confirm.html"
    step: ClassVar[str] = "consent"

    device_name: str
    """The registered name of the machine, in the page's language."""
    device_place: str = ""
    user_code: str = ""
    """As the machine shows it, grouped."""
    masked_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceDonePage(Page):
    """The machine may go on, or was refused."""

    template: ClassVar[str] = "device/done.html"

    allowed: bool
    device_name: str = ""
