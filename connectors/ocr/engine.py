"""Lines of text off pixels, by RapidOCR: its models are in its wheel, nothing is fetched.

Owns which boxes may be lines of a zone, so that the rest of a page, the person's other data, is
never read at all. Runs in the child process alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from rapidocr import RapidOCR
from rapidocr.utils.process_img import get_rotate_crop_image

if TYPE_CHECKING:
    from PIL import Image

_LEAST_RATIO: Final = 7.0
"""Width by height of a box: thirty characters of a zone are about twenty-five times as wide."""
_LEAST_SHARE: Final = 0.6
"""Of the widest box: the lines of one zone have one width, but for fillers nobody sees."""
_MOST_LINES: Final = 8

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class Engine:
    """Finds and reads the long lines of a picture. Loads its models once."""

    def __init__(self) -> None:
        self._ocr = RapidOCR(
            params={
                "Global.log_level": "critical",
                "Global.use_cls": False,
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )

    def lines(self, picture: "Image.Image") -> list[str]:
        """What the long lines say, from top to bottom."""
        pixels: Pixels = np.asarray(picture)[:, :, ::-1].copy()
        found = self._ocr(pixels, use_det=True, use_cls=False, use_rec=False)
        boxes = getattr(found, "boxes", None)
        corners = () if boxes is None else np.asarray(boxes, dtype=np.float32)
        crops = [get_rotate_crop_image(pixels, box) for box in corners]
        return [self._read(crop) for crop in long_ones(crops)]

    def _read(self, crop: Pixels) -> str:
        read = self._ocr(crop, use_det=False, use_cls=False, use_rec=True)
        return "".join(getattr(read, "txts", None) or ())


def long_ones(crops: Sequence[Pixels]) -> list[Pixels]:
    """Those that may be lines of a zone, at most `_MOST_LINES`, the lowest kept."""
    long = [crop for crop in crops if crop.shape[1] >= _LEAST_RATIO * crop.shape[0]]
    widest = max((crop.shape[1] for crop in long), default=0)
    return [crop for crop in long if crop.shape[1] >= _LEAST_SHARE * widest][-_MOST_LINES:]
