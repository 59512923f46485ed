"""The city's own colour and name on every page: `brand.css`, and the names in one language.

The accent is a setting, so it is measured, not trusted: whatever is set, text in it and on it
keeps 4.5:1 on light and on dark paper (WCAG 2.2, 1.4.3). Serving the bytes belongs to a view.
"""

import re
from functools import cache
from typing import NamedTuple

from idp.conf import Branding
from idp.journey.pages import Brand

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3, for text of any size."""

_HEX = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
_STEPS = 50


class Colour(NamedTuple):
    """An sRGB colour, each part 0 to 255."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    def towards(self, other: "Colour", share: float) -> "Colour":
        """Return this colour with `share` (0 to 1) of another mixed in."""
        parts = zip(self, other, strict=True)
        return Colour(*(round(mine + (theirs - mine) * share) for mine, theirs in parts))


_WHITE = Colour(255, 255, 255)
_BLACK = Colour(0, 0, 0)
_LIGHT_GROUNDS = (_WHITE, Colour(0xF3, 0xF5, 0xF7))
_DARK_GROUNDS = (Colour(0x10, 0x15, 0x1B), Colour(0x19, 0x21, 0x2A))


def parse_colour(text: str) -> Colour:
    """Read `#rrggbb`; raises ValueError for anything else."""
    match = _HEX.fullmatch(text)
    if match is None:
        raise ValueError("a colour is written #rrggbb")
    return Colour(*(int(part, 16) for part in match.groups()))


def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast ratio, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@cache
def brand_css(accent: str) -> bytes:
    """Return the stylesheet that sets the city's accent, readable in both colour schemes.

    Raises ValueError when the setting is not `#rrggbb`.
    """
    colour = parse_colour(accent)
    light = _scheme(colour, paper=_WHITE, ink=_BLACK, wash_share=0.91)
    dark_paper = _DARK_GROUNDS[1]
    dark = _scheme(colour, paper=dark_paper, ink=_WHITE, wash_share=0.82)
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n".encode()


def brand_in_language(branding: Branding, language: str, *, logo_url: str = "") -> Brand:
    """Return the city's names in `zh-hans`, `zh-hant` or `en`."""
    return Brand(
        name=branding.name.in_language(language),
        city=branding.city.in_language(language),
        hotline=branding.hotline,
        windows=branding.windows.in_language(language),
        logo_url=logo_url or branding.logo,
    )


def _scheme(accent: Colour, *, paper: Colour, ink: Colour, wash_share: float) -> str:
    grounds = _LIGHT_GROUNDS if paper == _WHITE else _DARK_GROUNDS
    wash = accent.towards(paper, wash_share)
    readable = _readable(accent, against=(*grounds, wash), ink=ink)
    deep = readable.towards(ink, 0.22)
    on_accent = _WHITE if paper == _WHITE else _DARK_GROUNDS[0]
    return f"--accent:{readable};--accent-deep:{deep};--on-accent:{on_accent};--wash:{wash}"


def _readable(colour: Colour, *, against: tuple[Colour, ...], ink: Colour) -> Colour:
    """Move a colour towards the ink until it can be read on every ground."""
    candidates = (colour.towards(ink, step / _STEPS) for step in range(_STEPS + 1))
    return next(  # the ink itself, last, can be read on every ground we have
        candidate
        for candidate in candidates
        if all(contrast(candidate, ground) >= LEAST_CONTRAST for ground in against)
    )


def _luminance(colour: Colour) -> float:
    """Return the relative luminance (WCAG 2.2, "relative luminance")."""
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
