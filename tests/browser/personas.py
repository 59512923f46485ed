"""The people whose ways are measured, and the most they may have to do: screens, and fields typed.

A walk asserts its exact counts, and that they keep within its row.
One page of consent is not counted, nor is a date picked in the browser's own picker.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Most(NamedTuple):
    """Pages that must be acted on, and fields that must be filled."""

    screens: int
    typed: int


PERSONAS: Mapping[str, Most] = {
    "returning by passkey": Most(1, 0),
    "signed in elsewhere": Most(0, 0),
    "returning by SMS": Most(2, 1),
    "returning by face": Most(1, 0),
    "new, level 2": Most(3, 4),
    "new, level 3": Most(4, 4),
    "step-up": Most(1, 1),
    "Hong Kong resident": Most(4, 4),
    "Macao resident in English": Most(4, 4),
    "foreigner in English": Most(4, 4),
    "foreigner by e-mail": Most(4, 4),
    "elder at a kiosk": Most(2, 0),
    "phone lost": Most(5, 5),
}
