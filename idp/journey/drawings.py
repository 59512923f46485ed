"""Pages drawn once and filled in: a drawing leaves blank what is one person's own.

A page says which of its fields are a person's own (`Page.blanks`); of the presentation, what binds
forms and addresses is. All else is the same for everybody who sees that page, and with it the
drawing is kept. Nothing of a person's stands in what is kept, and what is filled in is escaped and
never read again, so it can neither leave its blank nor fill another.
"""

import re
import secrets
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from django.utils.html import conditional_escape

from idp.journey.pages import Page, Presentation, draw

_KEPT: Final = 512
"""Drawings of one process; each holds some kilobytes."""
_EVERY_PAGE: Final = ("journey_action", "step_token")
_EVERY_LOOK: Final = ("switch_url", "return_path", "csrf_token")
_SIGN: Final = f"blank-{secrets.token_hex(8)}-"
"""What stands for a blank while a page is drawn: nobody outside this process can say it."""
_BLANK: Final = re.compile(f"{_SIGN}([a-z_]+)-")


def render_page(page: Page, look: Presentation) -> str:
    """Return the page as HTML in the presentation's language."""
    if page.blanks is None or not page.is_common:
        return draw(page, look)
    own = {name: getattr(page, name) for name in (*_EVERY_PAGE, *page.blanks)}
    looks = {name: getattr(look, name) for name in _EVERY_LOOK}
    kept = _drawing(replace(page, **_blank(own)), replace(look, **_blank(looks)))
    own |= looks
    texts, names = kept
    filled = [str(conditional_escape(own[name])) for name in names]
    return "".join(part for pair in zip(texts, (*filled, ""), strict=True) for part in pair)


@lru_cache(maxsize=_KEPT)
def _drawing(page: Page, look: Presentation) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts between the blanks, and what each blank is filled with."""
    parts = _BLANK.split(draw(page, look))
    return tuple(parts[::2]), tuple(parts[1::2])


def _blank(values: dict[str, str]) -> dict[str, Any]:
    """An empty value stays empty: templates ask whether there is one."""
    return {name: f"{_SIGN}{name}-" if value else "" for name, value in values.items()}
