"""Which of our three languages a page speaks."""

from collections.abc import Iterable, Mapping
from typing import Final

LANGUAGES: Final = ("zh-hans", "zh-hant", "en")
_TAGS: Final = {"zh-hans": "zh-Hans", "zh-hant": "zh-Hant", "en": "en"}
_CHINESE: Final[Mapping[str, str]] = {
    "zh-hant": "zh-hant",
    "zh-tw": "zh-hant",
    "zh-hk": "zh-hant",
    "zh-mo": "zh-hant",
}


def choose_language(chosen: str, ui_locales: Iterable[str], accept_language: str) -> str:
    """The person's own choice, else the client's wish, else the browser's, else zh-Hans.

    The client's wish is `ui_locales` (OpenID Connect Core 1.0 §3.1.2.1).
    """
    if chosen in LANGUAGES:
        return chosen
    preferred = (each.partition(";")[0].strip() for each in accept_language.split(","))
    for tag in (*ui_locales, *preferred):
        if language := _ours(tag):
            return language
    return LANGUAGES[0]


def html_language(language: str) -> str:
    """One of ours as a BCP 47 tag."""
    return _TAGS.get(language, "zh-Hans")


def _ours(tag: str) -> str:
    lower = tag.lower()
    if lower.split("-")[0] == "en":
        return "en"
    if lower.split("-")[0] != "zh":
        return ""
    matches = (ours for known, ours in _CHINESE.items() if lower.startswith(known))
    return next(matches, "zh-hans")
