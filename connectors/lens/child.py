"""`python -m connectors.lens.child`: looks at faces, one picture after another, from stdin.

Hostile files meet native decoders here, in a process fenced by `connectors.fenced`.
"""

from typing import Final

from connectors.fenced import answer_pictures
from connectors.ocr.pictures import open_picture

LONGER_SIDE: Final = 800
LEAST_SIDE: Final = 90
"""Pixels: a chip's photograph is 102 by 126."""


def main() -> None:
    """Answer `{"faces", "width", "numbers", "turn", "nearness"}` for each picture."""
    from connectors.lens.engine import Engine

    engine = Engine()

    def look(data: bytes, number: int) -> dict[str, object]:
        del number
        return engine.look(open_picture(data, longer_side=LONGER_SIDE, least_side=LEAST_SIDE))

    answer_pictures(look)


if __name__ == "__main__":
    main()
