"""The check-digit rules that identity documents share: pure arithmetic over strings.

Owns the algorithms; which document uses which, and on what part of it, is `connectors.documents`'.
"""

_MOD_11_2_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOD_11_2_CHECKS = "10X98765432"
_ICAO_WEIGHTS = (7, 3, 1)
_ICAO_VALUES = {
    character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
} | {"<": 0}

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


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


def uscc_check(first_17: str) -> str:
    """The check character of a unified social credit code (GB 32100-2015 §5)."""
    weighted = sum(
        _USCC_ALPHABET.index(character) * pow(3, place, 31)
        for place, character in enumerate(first_17)
    )
    return _USCC_ALPHABET[(31 - weighted % 31) % 31]


def organization_code_check(first_8: str) -> str:
    """The check character of an organization code (GB 11714-1997)."""
    weighted = sum(
        int(character, 36) * weight
        for character, weight in zip(first_8, _ORGANIZATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - weighted % 11]


def luhn_is_right(digits: str) -> bool:
    """Whether the last of `digits` checks the others (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        doubled = int(character) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
