"""What our own eye sees on a picture, within a deadline.

Owns what a look is; decoding and looking is the fenced child's.
"""

import math
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final

from connectors.fenced import HEADER, FencedChild
from connectors.ocr.pictures import PictureFault, PictureRefused, sniff

PATIENCE: Final = 20.0
"""Seconds that one picture may take; the first takes the models along."""
MODULES: Final = ("PIL", "dlib", "numpy", "face_recognition_models")
CHILD: Final = (sys.executable, "-m", "connectors.lens.child")


def is_available(needs: tuple[str, ...] = MODULES) -> bool:
    """Whether the extra's libraries are installed."""
    return all(find_spec(name) for name in needs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is seen: how many faces, how many pixels wide; the numbers of one, never stored.

    Of one face also how far it is turned (positive: to its own left, in distances between its eyes)
    and how near it is (that distance as a share of the picture's longer side).
    """

    faces: int
    width: int = 0
    numbers: tuple[float, ...] = field(default=(), repr=False)
    turn: float = 0.0
    nearness: float = 0.0

    def distance(self, other: "Look") -> float:
        """How far apart two faces are: the same person's are mostly under 0.6."""
        return math.dist(self.numbers, other.numbers)


class Lens:
    """Looks at pictures, one at a time. Thread-safe."""

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        command: tuple[str, ...] = CHILD,
        needs: tuple[str, ...] = MODULES,
    ) -> None:
        self._needs = needs
        self.child = FencedChild(command, patience=patience)

    def look(self, picture: bytes) -> Look:
        """The faces on a picture.

        Raises:
            PictureRefused: it is no picture that is taken, or looking took too long.
        """
        sniff(picture)
        if not is_available(self._needs):
            raise PictureRefused(PictureFault.UNAVAILABLE)
        told: dict[str, Any] = self.child.ask(HEADER.pack(len(picture), 0) + picture)
        if fault := told.get("fault"):
            raise PictureRefused(PictureFault(str(fault)))
        return Look(
            faces=int(told["faces"]),
            width=int(told["width"]),
            numbers=tuple(map(float, told.get("numbers", ()))),
            turn=float(told.get("turn", 0.0)),
            nearness=float(told.get("nearness", 0.0)),
        )
