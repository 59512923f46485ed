"""From a photograph of a document to its zone, within a deadline.

Owns the order of tries: as it is, then upside down. The picture is handed
over in memory and kept nowhere; the child that decodes it is `connectors.fenced`'s.
"""

import sys
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from typing import Final

from connectors.documents.mrz.reading import read_mrz
from connectors.documents.mrz.zone import InvalidMrz, Mrz, MrzFault
from connectors.fenced import HEADER, FencedChild
from connectors.ocr.pictures import PictureFault, PictureRefused, sniff

PATIENCE: Final = 15.0
"""Seconds that one picture may take, waiting for those before it not counted."""
_TURNS: Final = (0, 180)
_NO_ZONE: Final = frozenset({MrzFault.NOT_FOUND, MrzFault.EMPTY})
_PERHAPS_TURNED: Final = _NO_ZONE | {MrzFault.LENGTH}
MODULES: Final = ("PIL", "rapidocr", "onnxruntime")
CHILD: Final = (sys.executable, "-m", "connectors.ocr.child")


def is_available(needs: tuple[str, ...] = MODULES) -> bool:
    """Whether the extra's libraries are installed."""
    return all(find_spec(name) for name in needs)


@dataclass(frozen=True, slots=True)
class _Look:
    """What the child saw."""

    lines: tuple[str, ...]


class MrzCamera:
    """Reads zones off pictures. The child starts with the first picture; `close` ends it."""

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        command: tuple[str, ...] = CHILD,
        needs: tuple[str, ...] = MODULES,
    ) -> None:
        self._needs = needs
        self.child = FencedChild(command, patience=patience)

    def read(self, picture: bytes, *, today: date) -> Mrz:
        """The zone on a photograph or scan.

        Raises:
            PictureRefused: it is no picture that is taken, holds no zone, or took too long.
            InvalidMrz: there is a zone, and its check digits do not prove it.
        """
        sniff(picture)
        if not is_available(self._needs):
            raise PictureRefused(PictureFault.UNAVAILABLE)
        refusal: InvalidMrz | None = None
        for turn in _TURNS:
            look = self._look(picture, turn)
            try:
                return read_mrz("\n".join(look.lines), today=today)
            except InvalidMrz as fault:
                if refusal is None or refusal.fault in _NO_ZONE:
                    refusal = fault
                if fault.fault not in _PERHAPS_TURNED:
                    break
        if refusal is None or refusal.fault in _NO_ZONE:
            raise PictureRefused(PictureFault.NOTHING_WRITTEN)
        raise refusal

    def close(self) -> None:
        """End the child process, if there is one."""
        self.child.close()

    def _look(self, picture: bytes, turn: int) -> _Look:
        answer = self.child.ask(HEADER.pack(len(picture), turn) + picture)
        if fault := answer.get("fault"):
            raise PictureRefused(PictureFault(str(fault)))
        lines = answer.get("lines")
        return _Look(tuple(map(str, lines)) if isinstance(lines, list) else ())
