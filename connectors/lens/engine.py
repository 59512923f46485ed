"""Faces on pixels, by dlib: where they are, and 128 numbers that tell one from another.

Owns the models' files, which are found without importing their package. Runs in the child process
alone.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dlib
import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_SMALL: Final = 400
"""Pixels: below, a picture is doubled first, for the detector knows no face under 80 pixels."""
_SHAPE: Final = "shape_predictor_5_face_landmarks.dat"
_NUMBERS: Final = "dlib_face_recognition_resnet_model_v1.dat"


Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class Engine:
    """Looks at pictures. Loads its models once."""

    def __init__(self) -> None:
        models = _models()
        self._detect = dlib.get_frontal_face_detector()
        self._shape = dlib.shape_predictor(str(models / _SHAPE))
        self._numbers = dlib.face_recognition_model_v1(str(models / _NUMBERS))

    def look(self, picture: "Image.Image") -> dict[str, object]:
        """How many faces there are, how wide the widest is; the numbers, where there is but one."""
        pixels = np.asarray(picture)
        found = self._detect(pixels, 1 if min(picture.size) < _SMALL else 0)
        told: dict[str, object] = {
            "faces": len(found),
            "width": max((face.width() for face in found), default=0),
        }
        if len(found) == 1:
            shape = self._shape(pixels, found[0])
            told["numbers"] = self.numbers(pixels, shape)
            told["turn"], told["nearness"] = posture(shape, longer_side=max(picture.size))
        return told

    def numbers(self, pixels: Pixels, shape: object) -> list[float]:
        """The 128 numbers of the face with these landmarks."""
        return list(self._numbers.compute_face_descriptor(pixels, shape))


def posture(shape: Any, *, longer_side: int) -> tuple[float, float]:
    """How far a face is turned, and how near it is: off four corners of eyes and the nose's base.

    Turned: the nose's way from the middle between the eyes, along them, in distances between them;
    positive towards the picture's right. Near: that distance as a share of the picture's side.
    """
    corners = [np.array([shape.part(at).x, shape.part(at).y], dtype=float) for at in range(5)]
    right, left, nose = (corners[0] + corners[1]) / 2, (corners[2] + corners[3]) / 2, corners[4]
    between = right - left
    apart = float(np.hypot(*between)) or 1.0
    turn = float((nose - (left + right) / 2) @ between) / apart**2
    return turn, apart / longer_side


def _models() -> Path:
    package = find_spec("face_recognition_models")
    if package is None or not package.submodule_search_locations:
        raise ImportError("face_recognition_models is not installed")
    return Path(package.submodule_search_locations[0]) / "models"
