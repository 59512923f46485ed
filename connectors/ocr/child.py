"""`python -m connectors.ocr.child`: decodes and reads pictures, one after another, from stdin.

Hostile files meet native decoders here, in a process fenced by `connectors.fenced`.
"""

from connectors.fenced import answer_pictures
from connectors.ocr.pictures import open_picture


def main() -> None:
    """Answer `{"lines": […]}` for each picture, turned by so many degrees."""
    from connectors.ocr.engine import Engine

    engine = Engine()

    def look(data: bytes, turn: int) -> dict[str, object]:
        picture = open_picture(data)
        return {"lines": engine.lines(picture.rotate(turn, expand=True) if turn else picture)}

    answer_pictures(look)


if __name__ == "__main__":
    main()
