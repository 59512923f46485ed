"""Latin names as machine readable zones write them: the transliteration of ICAO Doc 9303-3 §6.

Owns the table and its alternatives. How two names compare is `names`'; where a name stands in a
zone is `mrz`'.
"""

import unicodedata
from collections.abc import Mapping
from itertools import product
from types import MappingProxyType
from typing import Final

FILLER: Final = "<"
# Letters that Unicode does not take apart, and those for which the table allows several ways.
_SEVERAL: Final = MappingProxyType(
    {
        "Ä": ("AE", "A"),
        "Å": ("AA", "A"),
        "Ñ": ("N", "NXX"),
        "Ö": ("OE", "O"),
        "Ø": ("OE", "O"),
        "Ü": ("UE", "UXX", "U"),
        "Æ": ("AE",),
        "Œ": ("OE",),
        "Ð": ("D",),
        "Đ": ("D",),
        "Þ": ("TH",),
        "ẞ": ("SS",),
        "ß": ("SS",),
        "Ħ": ("H",),
        "ı": ("I",),
        "Ĳ": ("IJ",),
        "Ł": ("L",),
        "Ŋ": ("N",),
        "Ŧ": ("T",),
        "ĸ": ("K",),
        "Ə": ("E",),
    }
)
# Cyrillic, §6.B: what most states that write it use.
_CYRILLIC: Final = MappingProxyType(
    dict(zip("АБВГҐДЕЁЗИІЙКЛМНОПРСТУЎФЫЭЇЈ", "ABVGGDEEZIIIKLMNOPRSTUUFYEIJ", strict=True))
    | {"Ж": "ZH", "Х": "KH", "Ц": "TS", "Ч": "CH", "Ш": "SH", "Щ": "SHCH", "Ъ": "IE"}
    | {"Ь": "", "Ю": "IU", "Я": "IA", "Є": "IE", "Љ": "LJ", "Њ": "NJ", "Џ": "DZ", "Ђ": "D"}
)
_WAYS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **{letter: (written,) for letter, written in _CYRILLIC.items()},
        **dict.fromkeys(",.", ("",)),
        **dict.fromkeys("-‐‑–·" + FILLER, (FILLER,)),
        **dict.fromkeys("'’‘ʼ`´", (FILLER, "")),
        **_SEVERAL,
    }
)
MOST_SPELLINGS: Final = 64


def zone_spellings(name: str) -> tuple[str, ...]:
    """The ways in which a zone may write `name`, the usual one first; no way for other scripts.

    Words are kept apart by one `<`, as are the parts beside a hyphen or an apostrophe. The
    apostrophe is also left out by some issuers (`O'NEILL` → `ONEILL`).
    """
    spellings: list[tuple[str, ...]] = []
    for character in unicodedata.normalize("NFC", name).strip().upper():
        ways = _ways(character)
        if not ways:
            return ()
        spellings.append(ways)
    combined = ("".join(parts) for parts in product(*_bounded(spellings)))
    return tuple(dict.fromkeys(_tidy(each) for each in combined))


def zone_name(name: str) -> str:
    """The usual way in which a zone writes `name`; "" for a script that is not transliterated."""
    return next(iter(zone_spellings(name)), "")


def _ways(character: str) -> tuple[str, ...]:
    if (listed := _WAYS.get(character)) is not None:
        return listed
    if character.isspace():
        return (FILLER,)
    if unicodedata.combining(character):
        return ("",)
    base = unicodedata.normalize("NFD", character)[0]
    return (base,) if "A" <= base <= "Z" else ()


def _bounded(spellings: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Only the usual way for letters beyond the number of spellings that are worth a try."""
    count, kept = 1, []
    for ways in spellings:
        count *= len(ways)
        kept.append(ways if count <= MOST_SPELLINGS else ways[:1])
        count = min(count, MOST_SPELLINGS)
    return kept


def _tidy(written: str) -> str:
    return FILLER.join(part for part in written.split(FILLER) if part)
