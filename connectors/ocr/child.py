"""`python -m connectors.ocr.child`: decodes and reads pictures, one after another, from stdin.

Owns the small protocol and the fences: hostile files meet native decoders here, in a process that
can write no file, has bounded memory, and is killed at the deadline. It ends with its parent.
"""

import json
import resource
import select
import struct
import sys
from typing import BinaryIO, Final

from connectors.ocr.pictures import PictureFault, PictureRefused, open_picture

HEADER: Final = struct.Struct(">IH")
"""Of a request: the length of the picture in bytes, and by how many degrees it is turned."""
LENGTH: Final = struct.Struct(">I")
"""Of an answer, before its JSON: `{"lines": […]}` or `{"fault": "…"}`."""
_MOST_MEMORY: Final = 3 * 1024**3
_IDLE: Final = 120.0
"""Seconds without a picture after which the memory is given back by ending."""


def main() -> None:
    """Answer until stdin ends, or nobody has asked for a while."""
    from connectors.ocr.engine import Engine

    engine = Engine()
    _fence()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while select.select([source], [], [], _IDLE)[0]:
        header = source.read(HEADER.size)
        if len(header) < HEADER.size:
            return
        length, turn = HEADER.unpack(header)
        data = source.read(length)
        try:
            picture = open_picture(data)
            answer: dict[str, object] = {
                "lines": engine.lines(picture.rotate(turn, expand=True) if turn else picture)
            }
        except PictureRefused as refusal:
            answer = {"fault": refusal.fault.value}
        except MemoryError:
            answer = {"fault": PictureFault.TOO_MANY_PIXELS.value}
        _send(sink, answer)


def _fence() -> None:
    """No file can be written from here on (a picture is never stored), memory has an end."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _send(sink: BinaryIO, answer: dict[str, object]) -> None:
    body = json.dumps(answer).encode()
    sink.write(LENGTH.pack(len(body)) + body)
    sink.flush()


if __name__ == "__main__":
    main()
