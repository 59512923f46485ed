"""People's names: the one form in which they are stored, sent and compared exactly.

Owns that form and the mask. A traditional/simplified folded match is no match here: it is for a
person to judge.
"""

import unicodedata

MIDDLE_DOT = "·"
# The dots that keyboards give for the one in minority names. Mapped before NFKC, which leaves
# some and changes others (U+FF0E becomes a full stop).
_DOTS = str.maketrans(dict.fromkeys("•・‧∙．.｡･⋅", MIDDLE_DOT))
LONGEST_NAME = 100


class InvalidName(ValueError):
    """Text that cannot be a person's name. Does not hold the text."""


def normalise_name(text: str) -> str:
    """The canonical name: one middle dot, NFKC, single spaces only inside Latin names.

    Letters are kept as they are otherwise: case and traditional forms belong to the name.

    Raises:
        InvalidName: empty, longer than `LONGEST_NAME`, or with control characters.
    """
    folded = unicodedata.normalize("NFKC", text.translate(_DOTS) if _is_han(text) else text)
    words = folded.split()
    name = ("" if _is_han(folded) else " ").join(words)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidName("not a name")
    return name


def mask_name(name: str) -> str:
    """The name with only its last character shown, or a Latin name's initials: `**三`, `J* S*`."""
    if _is_han(name):
        return "*" * (len(name) - 1) + name[-1:] if len(name) > 1 else "*"
    return " ".join(f"{word[:1]}*" for word in name.split())


def _is_han(text: str) -> bool:
    """Whether any character is a Chinese one: then dots and spaces are not Latin punctuation."""
    return any(unicodedata.name(character, "").startswith("CJK ") for character in text)
