"""What a refusal says to the person, in the city's own words: one text in each language.

Which of them a page shows is the hall's.
"""

from collections.abc import Mapping
from typing import Final

SAYINGS: Final[Mapping[str, str]] = {
    "says_zh_hans": "zh-hans",
    "says_zh_hant": "zh-hant",
    "says_en": "en",
}
"""The annotations, each with the language of its text."""
LONGEST: Final = 200

Sayings = tuple[tuple[str, str], ...]
"""Languages with their texts; empty where a policy says nothing of its own."""


class MalformedSaying(ValueError):
    """What people are to read does not stand in every language, or not on a refusal."""


def read_sayings(effect: str, annotations: Mapping[str, str]) -> Sayings:
    """The texts of a policy.

    Raises:
        MalformedSaying: one is missing, is no line of text, or stands where nobody reads it.
    """
    given = [name for name in SAYINGS if name in annotations]
    if not given:
        return ()
    texts = [annotations.get(name, "") for name in SAYINGS]
    is_refusal = effect == "forbid" and "obligation" not in annotations
    if not is_refusal or not all(map(_is_line, texts)):
        names = ", ".join(f"@{name}" for name in SAYINGS)
        raise MalformedSaying(
            f"what people read stands on a refusal, in every language: {names},"
            f" each a line of at most {LONGEST} characters"
        )
    return tuple(zip(SAYINGS.values(), texts, strict=True))


def _is_line(text: str) -> bool:
    return bool(text.strip()) and len(text) <= LONGEST and text.isprintable()
