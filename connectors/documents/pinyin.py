"""Pinyin spellings of a Chinese name: a hint that a Latin name may be the same person's.

Owns the candidates. They prove nothing: Hong Kong, Macau and Taiwan spell otherwise, and many
names share one spelling. The dictionary is large, so it is read when first asked for.
"""

from itertools import islice, product
from typing import Final

from connectors.documents.latin import FILLER, zone_spellings
from connectors.documents.names import MIDDLE_DOT

MOST_CANDIDATES: Final = 32
# Passports write ü as YU (LYU, NYU); older ones and tickets as U or V.
_UMLAUTS: Final = ("YU", "U", "V")


def pinyin_candidates(name: str) -> tuple[str, ...]:
    """Spellings of a Chinese name, syllables apart and in capitals: `LYU BU WEI`.

    The likeliest come first; at most `MOST_CANDIDATES`.
    """
    from pypinyin import Style, pinyin

    syllables = pinyin(
        name.replace(MIDDLE_DOT, ""),
        style=Style.NORMAL,
        heteronym=True,
        errors="ignore",
        v_to_u=False,
    )
    ways = [tuple(dict.fromkeys(_capital(way) for way in each)) for each in syllables]
    flat = [tuple(spelling for way in each for spelling in way) for each in ways]
    return tuple(islice((" ".join(parts) for parts in product(*flat)), MOST_CANDIDATES))


def is_pinyin_of(latin: str, chinese: str) -> bool:
    """Whether a Latin name may spell the Chinese one, however its syllables are joined."""
    stated = {spelling.replace(FILLER, "") for spelling in zone_spellings(latin)}
    return any(
        stated & {"".join(turn) for turn in _turns(candidate.split())}
        for candidate in pinyin_candidates(chinese)
    )


def _capital(syllable: str) -> tuple[str, ...]:
    upper = syllable.upper()
    if "V" not in upper:
        return (upper,)
    return tuple(upper.replace("V", umlaut) for umlaut in _UMLAUTS)


def _turns(syllables: list[str]) -> list[list[str]]:
    """Surname first, or last: a surname has one syllable or two."""
    return [syllables[first:] + syllables[:first] for first in range(min(3, len(syllables)))]
