"""The check-digit rules that identity documents share: pure arithmetic over strings.

Owns the algorithms; which document uses which, and on what part of it, is `connectors.documents`'.
"""

from stdnum.iso7064 import mod_11_10 as iso_7064_mod_11_10

_MOD_11_2_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MOD_11_2_CHECKS = "10X98765432"
_ICAO_WEIGHTS = (7, 3, 1)
_ICAO_VALUES = {
    character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
} | {"<": 0}
_ALPHANUMERIC = {
    character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Thirty-one characters: without I, O, S, V and Z (GB 32100-2015)."""
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_HKID_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2)
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_TAIWAN_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1)


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


def uscc(body: str) -> str:
    """The check character over the first 17 of a unified social credit code (GB 32100-2015)."""
    total = sum(
        USCC_ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body)
    )
    return USCC_ALPHABET[-total % 31]


def organization_code(body: str) -> str:
    """The check character over the first 8 of an organization code (GB 11714-1997)."""
    pairs = zip(body, _ORGANIZATION_WEIGHTS, strict=True)
    check = 11 - sum(_ALPHANUMERIC[character] * weight for character, weight in pairs) % 11
    return {10: "X", 11: "0"}.get(check, str(check))


def mod_11_10(digits: str) -> str:
    """The check digit over the first 14 of a business registration number (ISO 7064)."""
    return iso_7064_mod_11_10.calc_check_digit(digits)


def hkid(body: str) -> str:
    """The check character over the letters and six digits of a Hong Kong identity card."""
    values = [36] * (8 - len(body)) + [_ALPHANUMERIC[character] for character in body]
    pairs = zip(values, _HKID_WEIGHTS, strict=True)
    check = -sum(value * weight for value, weight in pairs) % 11
    return "A" if check == 10 else str(check)


def taiwan_id(body: str) -> str:
    """The check digit over the letter and eight digits of a Taiwan identity number."""
    digits = str(_TAIWAN_LETTERS.index(body[0]) + 10) + body[1:]
    pairs = zip(digits, _TAIWAN_WEIGHTS, strict=True)
    return str(-sum(int(digit) * weight for digit, weight in pairs) % 10)


def luhn_is_right(digits: str) -> bool:
    """Whether the last of `digits` checks the others (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, character in enumerate(reversed(digits)):
        doubled = int(character) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0
