"""The cookies of this provider: their names and attributes, and a `Browser` read out of them.

`session` opens the SSO session, `device` names the browser, `language` and `view` keep how
somebody wants to see pages, `check` lets a service's page notice that the session changed, `place`
names the sitting of a browser that stands in a kiosk or at a window. Doors and pages use the same
names, so they are said once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from idp.journey.request import Browser

DEVICE_MAX_AGE: Final = 400 * 86_400
"""In seconds; browsers keep no cookie longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """The names, and whether they travel over TLS alone."""

    session: str
    device: str
    language: str
    view: str
    check: str
    place: str
    is_secure: bool

    @classmethod
    def of(cls, issuer: str) -> "Cookies":
        """Name the cookies of an issuer.

        Under https the `__Host-` prefix ties them to this very host (RFC 6265bis §4.1.3.2); under
        http ports share cookies, so the port is part of the name.
        """
        parts = urlsplit(issuer)
        if parts.scheme == "https":
            names = {each: f"__Host-tx_{each}" for each in _PURPOSES}
        else:
            names = {each: f"tx_{each}_{parts.port or 80}" for each in _PURPOSES}
        return cls(**names, is_secure=parts.scheme == "https")

    def browser(
        self, cookies: Mapping[str, str], *, remote_address: str, user_agent: str = ""
    ) -> Browser:
        """Read what the browser showed."""
        return Browser(
            session_secret=cookies.get(self.session, ""),
            device_secret=cookies.get(self.device, ""),
            sitting_id=cookies.get(self.place, ""),
            remote_address=remote_address,
            user_agent=user_agent,
        )

    def set(self, name: str, value: str) -> str:
        """Return a Set-Cookie value; session, its mark and place end with the browser."""
        parts = [f"{name}={value}", "Path=/"]
        if name != self.check:
            parts.append("HttpOnly")
        parts.append(f"SameSite={self.same_site(name)}")
        if self.is_secure:
            parts.append("Secure")
        if self.max_age(name) is not None:
            parts.append(f"Max-Age={self.max_age(name)}")
        return "; ".join(parts)

    def same_site(self, name: str) -> Literal["Lax", "None"]:
        """The mark is read inside other sites' pages; browsers allow that under TLS alone."""
        return "None" if name == self.check and self.is_secure else "Lax"

    def max_age(self, name: str) -> int | None:
        return None if name in {self.session, self.check, self.place} else DEVICE_MAX_AGE

    def clear(self, name: str) -> str:
        """Return a Set-Cookie value that removes a cookie."""
        return f"{self.set(name, '').removesuffix(f'; Max-Age={DEVICE_MAX_AGE}')}; Max-Age=0"


_PURPOSES: Final = ("session", "device", "language", "view", "check", "place")
