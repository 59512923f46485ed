"""Photographs of documents: what is refused and why, and what bad light leaves readable.

The pictures are ICAO's specimens, drawn by us; each test makes them worse.
"""

import io
import resource
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageFilter

from connectors.documents.mrz.zone import InvalidMrz, MrzFault
from connectors.ocr.camera import MODULES, MrzCamera, is_available
from connectors.ocr.pictures import (
    LEAST_SIDE,
    MOST_BYTES,
    WORKING_SIDE,
    PictureFault,
    PictureRefused,
    open_picture,
    reencode,
    sniff,
)

pytestmark = pytest.mark.requirement("R3")
PICTURES = Path(__file__).parent / "pictures"
TODAY = date(2026, 11, 25)
Worsen = Callable[[Image.Image], Image.Image]


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def specimen(name: str) -> Image.Image:
    return Image.open(PICTURES / f"{name}.png").convert("RGB")


def png_of(width: int, height: int) -> bytes:
    """A PNG whose header alone is true."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


PLAIN = Image.new("RGB", (400, 300), "white")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", PictureFault.EMPTY),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), PictureFault.TOO_LARGE),
        (b"hello, this is text", PictureFault.NOT_A_PICTURE),
        (b"MZ\x90\0" + bytes(100), PictureFault.NOT_A_PICTURE),
        (encoded(PLAIN, "GIF"), PictureFault.FORMAT_NOT_TAKEN),
        (encoded(PLAIN, "TIFF"), PictureFault.FORMAT_NOT_TAKEN),
        (b"\0\0\0\x18ftypheic" + bytes(100), PictureFault.FORMAT_NOT_TAKEN),
        (b"%PDF-1.7\n", PictureFault.FORMAT_NOT_TAKEN),
        (b'  <svg xmlns="http://www.w3.org/2000/svg"/>', PictureFault.FORMAT_NOT_TAKEN),
        (encoded(PLAIN)[:800], PictureFault.CORRUPT),
        (b"\xff\xd8\xff\xe0" + bytes(500), PictureFault.CORRUPT),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), PictureFault.CORRUPT),
        (png_of(800, 600), PictureFault.CORRUPT),
        (png_of(9_000, 9_000), PictureFault.TOO_MANY_PIXELS),
        (png_of(11_000, 9_000), PictureFault.TOO_MANY_PIXELS),
        (png_of(60_000, 60_000), PictureFault.TOO_MANY_PIXELS),
        (encoded(Image.new("RGB", (400, LEAST_SIDE - 1))), PictureFault.TOO_SMALL),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20), PictureFault.CORRUPT),
    ],
    ids=[
        "empty", "huge", "text", "program", "gif", "tiff", "heic", "pdf", "svg", "broken off",
        "jpeg of zeros", "png of zeros", "lying png", "81 megapixels", "99 megapixels",
        "3.6 gigapixels", "too small", "webp of zeros",
    ],
)  # fmt: skip
def test_picture_is_refused_with_its_fault_when_it_is_not_taken(
    data: bytes, fault: PictureFault
) -> None:
    with pytest.raises(PictureRefused) as refusal:
        open_picture(data)
    assert refusal.value.fault is fault


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_picture_is_known_by_its_content_when_nobody_says_what_it_is(kind: str) -> None:
    data = encoded(PLAIN, kind)

    assert sniff(data) == kind
    assert open_picture(data).size == PLAIN.size


def test_picture_stands_upright_when_its_camera_lay_on_its_side() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to the right

    assert open_picture(encoded(PLAIN, exif=exif)).size == (300, 400)


def test_picture_is_made_smaller_when_it_is_larger_than_needed() -> None:
    assert max(open_picture(encoded(Image.new("RGB", (2_000, 1_500)))).size) == WORKING_SIDE


def test_picture_keeps_its_pixels_alone_when_it_is_a_polyglot() -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inner:
        inner.writestr("payload.html", "<script>alert(1)</script>")
    polyglot = encoded(PLAIN, exif=exif, comment=b"<?php ?>") + archive.getvalue()
    assert zipfile.is_zipfile(io.BytesIO(polyglot))

    clean = reencode(polyglot)

    assert not zipfile.is_zipfile(io.BytesIO(clean))
    assert not any(word in clean for word in (b"script", b"taken at home", b"<?php"))
    assert open_picture(clean).size == PLAIN.size


@pytest.fixture(scope="module")
def camera() -> Iterator[MrzCamera]:
    camera = MrzCamera(patience=60)
    yield camera
    camera.close()


def _in_uneven_light(picture: Image.Image) -> Image.Image:
    shade = Image.linear_gradient("L").rotate(90).resize(picture.size)
    return ImageChops.multiply(picture, shade.point(lambda v: 110 + v * 145 // 255).convert("RGB"))


def _noised(picture: Image.Image) -> Image.Image:
    noise = Image.effect_noise(picture.size, 60).convert("RGB")
    return Image.blend(picture, noise, 0.2)


def _turned(by: float) -> Worsen:
    return lambda picture: picture.rotate(
        by, expand=True, fillcolor="#6d6a66", resample=Image.Resampling.BICUBIC
    )


def _blurred(picture: Image.Image) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(1.6))


def _all_at_once(picture: Image.Image) -> Image.Image:
    return _noised(_blurred(_in_uneven_light(_turned(-3)(picture))))


@pytest.mark.parametrize(
    ("name", "worsen", "quality"),
    [
        ("td3", _turned(5), 90),
        ("td3", _all_at_once, 45),
        ("td3", _turned(180), 90),
        ("td1", _turned(-5), 40),
    ],
    ids=["turned", "everything", "upside down", "card"],
)
@pytest.mark.slow
def test_zone_is_read_off_a_photograph_when_it_is_badly_taken(
    camera: MrzCamera, name: str, worsen: Worsen, quality: int
) -> None:
    picture = encoded(worsen(specimen(name)), quality=quality)

    zone = camera.read(picture, today=TODAY)

    assert zone.format == name.upper()
    assert zone.number == ("L898902C3" if name == "td3" else "D23145890")
    assert (zone.surname, zone.given_names) == ("ERIKSSON", "ANNA MARIA")
    assert not zone.needs_confirmation


@pytest.mark.slow
def test_photograph_is_refused_when_half_of_its_zone_is_cut_off(camera: MrzCamera) -> None:
    whole = specimen("td3")
    half = whole.crop((0, 0, whole.width * 2 // 3, whole.height))

    with pytest.raises(InvalidMrz) as refusal:
        camera.read(encoded(half), today=TODAY)
    assert refusal.value.fault in {MrzFault.LENGTH, MrzFault.CHARACTERS}


@pytest.mark.slow
def test_photograph_is_refused_when_nothing_is_written_on_it(camera: MrzCamera) -> None:
    with pytest.raises(PictureRefused) as refusal:
        camera.read(encoded(PLAIN), today=TODAY)
    assert refusal.value.fault is PictureFault.NOTHING_WRITTEN


def test_child_refuses_and_goes_on_when_a_file_is_hostile(camera: MrzCamera) -> None:
    for data in (png_of(60_000, 60_000), encoded(PLAIN)[:800]):
        with pytest.raises(PictureRefused) as refusal:
            camera.read(data, today=TODAY)
        assert refusal.value.fault in {PictureFault.TOO_MANY_PIXELS, PictureFault.CORRUPT}


@pytest.mark.requirement("R13")
@pytest.mark.slow
def test_picture_can_be_stored_nowhere_when_the_child_reads_it(camera: MrzCamera) -> None:
    with pytest.raises(PictureRefused):
        camera.read(encoded(PLAIN), today=TODAY)
    child = camera._child
    assert child is not None
    assert resource.prlimit(child.pid, resource.RLIMIT_FSIZE) == (0, 0)
    child.kill()
    child.wait()
    with pytest.raises(PictureRefused) as refusal:  # a child that died is started again
        camera.read(encoded(PLAIN), today=TODAY)
    assert refusal.value.fault is PictureFault.NOTHING_WRITTEN


@pytest.mark.parametrize(
    "program",
    ["import sys; sys.stdin.buffer.read()", "import sys; sys.exit(1)"],
    ids=["hangs", "dies"],
)
def test_picture_is_given_up_when_the_child_does_not_answer(program: str) -> None:
    camera = MrzCamera(patience=0.2, command=(sys.executable, "-c", program))

    with pytest.raises(PictureRefused) as refusal:
        camera.read(encoded(PLAIN), today=TODAY)
    assert refusal.value.fault is PictureFault.TOO_SLOW
    camera.close()
    camera.close()


def test_picture_is_refused_when_the_site_has_not_installed_the_extra() -> None:
    camera = MrzCamera(needs=("a_module_that_is_not_there",))

    with pytest.raises(PictureRefused) as refusal:
        camera.read(encoded(PLAIN), today=TODAY)
    assert refusal.value.fault is PictureFault.UNAVAILABLE
    assert is_available(MODULES)
