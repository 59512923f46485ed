"""Faces nobody has, drawn: enough of one for a detector, and of two to tell them apart."""

import io

from PIL import Image, ImageDraw, ImageFilter

SIDE = 320
Colour = tuple[int, int, int]
ONE: Colour = (205, 170, 145)
ANOTHER: Colour = (150, 110, 85)


def drawn(
    skin: Colour = ONE, *, eye: float = 1.0, mouth: float = 1.0, turn: float = 0.0
) -> Image.Image:
    """A portrait: head and neck, eyes, nose and mouth.

    `turn` moves what stands out more than what lies back: to the picture's right, where positive,
    which is the person's own left.
    """
    picture = Image.new("RGB", (SIDE, SIDE * 5 // 4), (150, 160, 170))
    pen = ImageDraw.Draw(picture)
    dark: Colour = (int(skin[0] * 0.72), int(skin[1] * 0.72), int(skin[2] * 0.72))
    light: Colour = (min(255, skin[0] + 24), min(255, skin[1] + 20), min(255, skin[2] + 17))

    def oval(x: float, y: float, wide: float, high: float, colour: Colour) -> None:
        box = [SIDE * (x - wide), SIDE * (y - high), SIDE * (x + wide), SIDE * (y + high)]
        pen.ellipse(box, fill=colour)

    pen.rectangle([SIDE * 0.4, SIDE * 0.85, SIDE * 0.6, SIDE * 1.25], fill=dark)
    oval(0.5, 0.52, 0.33, 0.44, (40, 30, 25))
    oval(0.5, 0.6, 0.28, 0.38, skin)
    oval(0.5 + turn / 2, 0.42, 0.2, 0.12, light)
    for x in (0.38 + turn / 2, 0.62 + turn / 2):
        oval(x, 0.53, 0.085, 0.05, dark)
        oval(x, 0.54, 0.06 * eye, 0.028 * eye, (245, 245, 245))
        oval(x, 0.54, 0.026 * eye, 0.028 * eye, (45, 30, 20))
        brow = [SIDE * (x - 0.08), SIDE * 0.465, SIDE * (x + 0.08), SIDE * 0.46]
        pen.line(brow, fill=(40, 30, 25), width=7)
    tip = turn * 1.2
    nose = [(0.5 + turn * 0.6, 0.52), (0.455 + tip, 0.69), (0.545 + tip, 0.69)]
    pen.polygon([(SIDE * x, SIDE * y) for x, y in nose], fill=light)
    oval(0.5 + tip, 0.7, 0.055, 0.022, dark)
    oval(0.5 + turn, 0.81, 0.1 * mouth, 0.03, (150, 70, 70))
    oval(0.5 + turn * 0.8, 0.9, 0.08, 0.02, dark)
    return picture.filter(ImageFilter.GaussianBlur(3))


def jpeg(picture: Image.Image) -> bytes:
    """The picture as a camera sends it."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


def before_camera(portrait: Image.Image, *, near: float = 0.7) -> Image.Image:
    """A frame of 640 by 480 with somebody in it, `near` times as large as they are drawn."""
    frame = Image.new("RGB", (640, 480), (150, 160, 170))
    size = (int(portrait.width * near), int(portrait.height * near))
    frame.paste(portrait.resize(size), ((frame.width - size[0]) // 2, frame.height - size[1]))
    return frame


def side_by_side(*pictures: Image.Image) -> Image.Image:
    """Several people before one camera."""
    whole = Image.new("RGB", (sum(each.width for each in pictures), pictures[0].height))
    at = 0
    for each in pictures:
        whole.paste(each, (at, 0))
        at += each.width
    return whole
