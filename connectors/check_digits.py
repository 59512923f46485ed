"""The check-digit rules that identity documents share: pure arithmetic over strings.

Owns the algorithms; which document uses which, and on what part of it, is `connectors.documents`'.
"""

_MOD_11_2_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOD_11_2_CHECKS = "10X98765432"
_ICAO_WEIGHTS = (7, 3, 1)
_ICAO_VALUES = {
    character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
} | {"<": 0}


def mod_11_2(digits: str) -> str:
    """The check character over the first 17 digits of a citizen number (GB 11643-1999 §4)."""
    pairs = zip(digits, _MOD_11_2_WEIGHTS, strict=True)
    return _MOD_11_2_CHECKS[sum(int(digit) * weight for digit, weight in pairs) % 11]


def icao_731(text: str) -> str:
    """The check digit over `text` of digits, capital letters and `<` (ICAO Doc 9303-3 §4.9)."""
    weighted = (
        _ICAO_VALUES[character] * _ICAO_WEIGHTS[place % 3] for place, character in enumerate(text)
    )
    return str(sum(weighted) % 10)
