"""Our own eye: what it sees on drawn faces, and when two faces are one person's."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from PIL import Image

from connectors.evidence import IdentityClaim, Portrait
from connectors.lens.adapter import LocalFaces
from connectors.lens.lens import Lens, Look, is_available
from connectors.lens.verdicts import LEAST_WIDTH, OTHER_FROM, SAME_UP_TO
from connectors.ocr.pictures import PictureFault, PictureRefused
from connectors.outcomes import Outcome
from tests.connectors.drawn_faces import ANOTHER, drawn, jpeg, side_by_side

pytestmark = [pytest.mark.requirement("R6"), pytest.mark.requirement("R13")]
NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
LIVING = jpeg(Image.new("RGB", (300, 300), (1, 2, 3)))
CHIP = jpeg(Image.new("RGB", (102, 126), (3, 2, 1)))


@pytest.fixture(scope="module")
def lens() -> Iterator[Lens]:
    lens = Lens(patience=60)
    yield lens
    lens.child.close()


@pytest.mark.slow
def test_one_face_is_seen_and_known_again_when_it_is_as_small_as_in_a_chip(lens: Lens) -> None:
    whole = lens.look(jpeg(drawn()))
    small = lens.look(jpeg(drawn().resize((102, 126))))
    other = lens.look(jpeg(drawn(ANOTHER, eye=1.3, mouth=0.7)))

    assert (whole.faces, small.faces, other.faces) == (1, 1, 1)
    assert whole.width > LEAST_WIDTH
    assert len(whole.numbers) == 128
    assert whole.distance(small) < SAME_UP_TO
    assert whole.distance(small) < whole.distance(other)
    assert repr(whole.numbers[0]) not in repr(whole)


@pytest.mark.slow
def test_faces_are_counted_when_there_are_none_or_two(lens: Lens) -> None:
    crowd = side_by_side(drawn(), drawn(ANOTHER))
    assert lens.look(jpeg(crowd)) == Look(faces=2, width=lens.look(jpeg(crowd)).width)
    assert lens.look(jpeg(Image.new("RGB", (300, 300)))) == Look(faces=0)


@pytest.mark.slow
def test_hostile_picture_is_refused_when_the_child_decodes_it(lens: Lens) -> None:
    with pytest.raises(PictureRefused) as refusal:
        lens.look(jpeg(drawn())[:900])
    assert refusal.value.fault is PictureFault.CORRUPT


def test_nothing_is_seen_when_the_extra_is_not_there_or_the_child_dies() -> None:
    missing = Lens(needs=("no_such_module",))
    dying = Lens(patience=5, command=(sys.executable, "-c", "import sys; sys.exit(1)"))
    for lens, fault in (
        (missing, PictureFault.UNAVAILABLE),
        (dying, PictureFault.TOO_SLOW),
    ):
        with pytest.raises(PictureRefused) as refusal:
            lens.look(LIVING)
        assert refusal.value.fault is fault
    assert is_available()


@dataclass
class Seeing:
    """An eye that saw, as a child would have told."""

    living: Look | PictureFault = field(default_factory=lambda: seen(0))
    chip: Look | PictureFault = field(default_factory=lambda: seen(0))

    def look(self, picture: bytes) -> Look:
        found = self.living if picture == LIVING else self.chip
        if isinstance(found, PictureFault):
            raise PictureRefused(found)
        return found


def seen(at: float, *, faces: int = 1, width: int = 200) -> Look:
    """A face whose numbers are `at` away from the origin."""
    return Look(faces=faces, width=width, numbers=(at, *[0.0] * 127) if faces == 1 else ())


def claim(**changed: Portrait | None) -> IdentityClaim:
    pictures: dict[str, Portrait | None] = {
        "portrait": Portrait(image=LIVING, is_live=True),
        "chip_portrait": Portrait(image=CHIP),
        **changed,
    }
    return IdentityClaim(
        document_type="resident_id_card",
        document_number="11010519491231002X",
        name="张",
        **pictures,
    )


@pytest.mark.parametrize(
    ("eye", "outcome", "code", "score"),
    [
        (Seeing(chip=seen(0.3)), Outcome.MATCH, "same_face", 0.7),
        (Seeing(chip=seen(SAME_UP_TO)), Outcome.MATCH, "same_face", 0.55),
        (Seeing(chip=seen(0.5)), Outcome.INCONCLUSIVE, "neither", 0.5),
        (Seeing(chip=seen(OTHER_FROM)), Outcome.MISMATCH, "another_face", 0.4),
        (Seeing(chip=seen(1.7)), Outcome.MISMATCH, "another_face", 0.0),
        (Seeing(living=seen(0, faces=0)), Outcome.LOW_QUALITY, "no_face", None),
        (Seeing(living=seen(0, faces=2)), Outcome.LOW_QUALITY, "two_faces", None),
        (Seeing(living=seen(0, width=60)), Outcome.LOW_QUALITY, "no_face", None),
        (Seeing(chip=seen(0, faces=0)), Outcome.NO_PHOTO, "no_face_in_chip", None),
        (Seeing(living=PictureFault.CORRUPT), Outcome.LOW_QUALITY, "corrupt", None),
        (Seeing(chip=PictureFault.TOO_SLOW), Outcome.PROVIDER_ERROR, "too_slow", None),
    ],
)
def test_comparison_is_told_in_the_one_vocabulary_whatever_the_eye_sees(
    eye: Seeing, outcome: Outcome, code: str, score: float | None
) -> None:
    told = LocalFaces(eye).verify(claim(), now=NOW)
    assert (told.outcome, told.provider_code) == (outcome, code)
    assert told.score == score
    assert told.identity_level == (3 if outcome is Outcome.MATCH else 0)
    assert (told.method, told.authority) == ("face_local", "cn_id_card_chip")


@pytest.mark.parametrize(
    "changed",
    [
        {"portrait": None},
        {"chip_portrait": None},
        {"portrait": Portrait(image=LIVING, is_live=False)},
    ],
    ids=["no face", "no photograph", "nobody alive"],
)
def test_nothing_is_compared_when_a_picture_is_missing(changed: dict[str, Portrait | None]) -> None:
    told = LocalFaces(Seeing()).verify(claim(**changed), now=NOW)
    assert (told.outcome, told.provider_code) == (Outcome.INVALID_INPUT, "pictures_missing")
