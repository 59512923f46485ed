"""Made-up faces and chips: images and readings that name whose they are, to be compared.

Owns their bytes. No authority compares so; what matters is that a wrong face, a poor one and a
missing one are told apart.
"""

from typing import Final

_HEAD: Final = b"\xff\xd8\xff\xfe"  # a JPEG that is all comment
_TAIL: Final = b"\xff\xd9"
_FACE: Final = b"made-up face of "
_CHIP: Final = b"made-up chip of "


def portrait_of(key: str) -> bytes:
    """A portrait of the person of that key."""
    return _jpeg(_FACE + key.encode())


def blurred_portrait() -> bytes:
    """A portrait nobody can be recognised on."""
    return _jpeg(b"blurred")


def is_blurred(image: bytes) -> bool:
    """Whether nobody can be recognised, or it is no image at all."""
    return _FACE not in image or not image.startswith(_HEAD)


def chip_of(number: str) -> bytes:
    """What the chip of the document of that number gives."""
    return _CHIP + number.encode()


def _jpeg(comment: bytes) -> bytes:
    return _HEAD + (len(comment) + 2).to_bytes(2, "big") + comment + _TAIL
