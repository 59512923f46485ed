"""How a person wants to see pages: language and view, remembered, asked for or guessed.

The switch's view reads the form with `switched`, remembers the answer in cookies and shows the
step again; this module only decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

LANGUAGES = ("zh-hans", "zh-hant", "en")
"""The languages of every page; the first is the default."""

_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
_LONGEST_HEADER = 1_000
_NUMBER = re.compile(r"[01](\.[0-9]{0,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What is remembered of a person's choice."""

    language: str = LANGUAGES[0]
    elder: bool = False


def preferred_language(
    *, remembered: str = "", ui_locales: Sequence[str] = (), accept_language: str = ""
) -> str:
    """Return the page's language: the person's own choice, the client's wish, the browser's.

    `ui_locales` as in OpenID Connect Core 1.0 §3.1.2.1, `accept_language` as in RFC 9110 §12.5.4.
    Tags nobody knows are passed over.
    """
    if remembered in LANGUAGES:
        return remembered
    for tag in (*ui_locales, *_by_weight(accept_language)):
        known = _language_of(tag)
        if known:
            return known
    return LANGUAGES[0]


def switched(current: Preferences, *, language: str = "", view: str = "") -> Preferences:
    """Return the preferences after the switch's buttons `language` and `view`.

    An unknown value changes nothing.
    """
    if language in LANGUAGES:
        current = replace(current, language=language)
    if view in {"elder", "standard"}:
        current = replace(current, elder=view == "elder")
    return current


def local_path(path: str, *, fallback: str) -> str:
    """Return a switch's `return_path` if it is a path of ours, else the fallback.

    A foreign address in that field would make the switch an open redirect (RFC 9700 §2.1).
    """
    parts = urlsplit(path) if path.isprintable() else None
    is_ours = (
        parts is not None
        and not parts.scheme
        and not parts.netloc
        and path.startswith("/")
        and not path.startswith("//")
        and "\\" not in path
    )
    return path if is_ours else fallback


def _language_of(tag: str) -> str:
    primary, *rest = tag.strip().lower().replace("_", "-").split("-")
    if primary == "zh":
        return "zh-hant" if _TRADITIONAL.intersection(rest) and "hans" not in rest else "zh-hans"
    return primary if primary in LANGUAGES else ""


def _by_weight(header: str) -> list[str]:
    weighted = []
    for place, part in enumerate(header[:_LONGEST_HEADER].split(",")):
        tag, _, parameter = part.partition(";")
        weighted.append((-_weight(parameter), place, tag))
    return [tag for weight, _, tag in sorted(weighted) if weight < 0]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    digits = value.strip()
    return float(digits) if _NUMBER.fullmatch(digits) else 0.0
