"""Which pictures are taken: content sniffed, sizes bounded before decoding, pixels alone kept.

Owns the limits and the typed reasons. A picture leaves here as pixels: what else a file carries
(metadata, a second file behind the first) is gone.
"""

import io
import warnings
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

MOST_BYTES: Final = 12 * 1024 * 1024
MOST_PIXELS: Final = 50_000_000
LEAST_SIDE: Final = 240
"""Below it a zone's letters are under five pixels high."""
WORKING_SIDE: Final = 1_600
"""The longer side of what is looked at: more costs time and reads no better."""
_JPEG_QUALITY: Final = 92

_SIGNATURES: Final = (
    ("JPEG", b"\xff\xd8\xff"),
    ("PNG", b"\x89PNG\r\n\x1a\n"),
)
_KNOWN_BUT_NOT_TAKEN: Final = (b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"%PDF-", b"<svg", b"<?xml")


class PictureFault(StrEnum):
    """Why a picture is refused: the page's words are chosen by it."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    """More bytes than `MOST_BYTES`."""
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    NOT_A_PICTURE = "not_a_picture"
    FORMAT_NOT_TAKEN = "format_not_taken"
    """A picture or document of another kind (HEIC, GIF, PDF …): JPEG, PNG and WebP are taken."""
    CORRUPT = "corrupt"
    NOTHING_WRITTEN = "nothing_written"
    """A good picture, without a line that could be a zone's."""
    TOO_SLOW = "too_slow"
    """It took longer than the deadline, or broke what reads it."""
    UNAVAILABLE = "unavailable"
    """This site has not installed the extra."""


class PictureRefused(ValueError):
    """A picture that is not read. Holds the fault, nothing of the picture."""

    def __init__(self, fault: PictureFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def sniff(data: bytes) -> str:
    """The format by the first bytes, whatever the sender called it. Decodes nothing.

    Raises:
        PictureRefused: empty, too large, or no picture of a kind that is taken.
    """
    if not data:
        raise PictureRefused(PictureFault.EMPTY)
    if len(data) > MOST_BYTES:
        raise PictureRefused(PictureFault.TOO_LARGE)
    for name, signature in _SIGNATURES:
        if data.startswith(signature):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    is_known = data[4:8] == b"ftyp" or data.lstrip()[:5].startswith(_KNOWN_BUT_NOT_TAKEN)
    raise PictureRefused(PictureFault.FORMAT_NOT_TAKEN if is_known else PictureFault.NOT_A_PICTURE)


def open_picture(
    data: bytes, *, longer_side: int = WORKING_SIDE, least_side: int = LEAST_SIDE
) -> "Image.Image":
    """The pixels of a picture, upright by its EXIF orientation, at most `longer_side` long.

    Sizes are judged by the header, before a pixel is decoded.

    Raises:
        PictureRefused: it is not taken, or does not decode.
    """
    name = sniff(data)
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(io.BytesIO(data), formats=(name,))
            _require_size(picture.size, least_side)
            picture.draft("RGB", (longer_side, longer_side))
            picture = ImageOps.exif_transpose(picture)
            picture.thumbnail((longer_side, longer_side))
            pixels = Image.new("RGB", picture.size)  # a copy would take the comment along
            pixels.paste(picture.convert("RGB"))
            return pixels
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused(PictureFault.TOO_MANY_PIXELS) from error
    except PictureRefused:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, OverflowError, MemoryError) as error:
        # What Pillow's decoders raise for files that break off, lie or contradict themselves.
        raise PictureRefused(PictureFault.CORRUPT) from error


def reencode(data: bytes) -> bytes:
    """The picture as a fresh JPEG: the same pixels, no metadata, nothing behind its end.

    Raises:
        PictureRefused: as `open_picture`.
    """
    out = io.BytesIO()
    open_picture(data).save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue()


def _require_size(size: tuple[int, int], least_side: int) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise PictureRefused(PictureFault.TOO_MANY_PIXELS)
    if min(width, height) < least_side:
        raise PictureRefused(PictureFault.TOO_SMALL)
