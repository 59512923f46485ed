"""Frames on prompts, looked at by our own eye: drawn faces that turn, come nearer, hold still."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import pytest
from PIL import Image

from connectors.evidence import VerificationResult
from connectors.lens.lens import Lens, Look
from connectors.lens.prompted import MOST_FRAME_BYTES, Prompt, PromptedFaces, drawn_by_lot
from connectors.outcomes import Outcome
from tests.connectors.drawn_faces import ANOTHER, before_camera, drawn, jpeg, side_by_side
from tests.connectors.prompted_frames import CHIP, frames_for

pytestmark = [
    pytest.mark.requirement("R6"),
    pytest.mark.requirement("R13"),
    pytest.mark.slow,
]
NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
ORDER = (Prompt.RIGHT, Prompt.STRAIGHT, Prompt.NEARER, Prompt.LEFT)


@pytest.fixture(scope="module")
def faces() -> Iterator[PromptedFaces]:
    lens = Lens(patience=60)
    yield PromptedFaces(eye=lens)
    lens.child.close()


def judged(
    faces: PromptedFaces,
    frames: Sequence[bytes],
    *,
    chip: bytes = CHIP,
    prompts: Sequence[Prompt] = ORDER,
) -> VerificationResult:
    return faces.judge(frames, chip, prompts=prompts, now=NOW)


def test_living_face_is_the_chips_when_each_frame_shows_what_was_asked(
    faces: PromptedFaces,
) -> None:
    told = judged(faces, frames_for(ORDER))

    assert (told.outcome, told.provider_code) == (Outcome.MATCH, "same_face")
    assert (told.method, told.identity_level) == ("face_prompted", 3)
    assert told.score
    assert told.score > 0.55


def with_frame(at: int, frame: bytes) -> list[bytes]:
    """What was asked, but for one frame."""
    return [frame if each == at else good for each, good in enumerate(frames_for(ORDER))]


STILL = [jpeg(before_camera(drawn(), near=0.7 + at / 50)) for at in range(4)]
"""A photograph before the camera, which sees it a little differently each time."""
CROWD = jpeg(side_by_side(drawn(), drawn(ANOTHER)))
HUGE = jpeg(before_camera(drawn())) + bytes(MOST_FRAME_BYTES)
PNG_BEGINS = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        pytest.param(STILL, "wrong_posture", id="a photograph is held still"),
        pytest.param(frames_for(ORDER[::-1]), "wrong_posture", id="in another order"),
        pytest.param([STILL[0]] * 4, "frames_alike", id="one frame four times"),
        pytest.param(frames_for(ORDER)[:3], "frames_missing", id="one frame too few"),
        pytest.param(with_frame(1, CROWD), "two_faces", id="somebody else comes in"),
        pytest.param(with_frame(1, jpeg(Image.new("RGB", (640, 480)))), "no_face", id="nobody"),
        pytest.param(with_frame(1, jpeg(drawn().resize((24, 30)))), "too_small", id="tiny"),
        pytest.param(with_frame(1, b"GIF89a" + STILL[0]), "format_not_taken", id="a polyglot"),
        pytest.param(with_frame(1, PNG_BEGINS + STILL[0]), "format_not_taken", id="another kind"),
        pytest.param(with_frame(1, STILL[0][:900]), "corrupt", id="broken off"),
        pytest.param(with_frame(1, HUGE), "too_large", id="huge"),
        pytest.param(with_frame(1, b""), "empty", id="empty"),
    ],
)
def test_frames_are_to_be_taken_again_at_no_cost_when_they_show_something_else(
    frames: Sequence[bytes], code: str, faces: PromptedFaces
) -> None:
    told = judged(faces, frames)

    assert (told.outcome, told.provider_code) == (Outcome.LOW_QUALITY, code)
    assert not told.outcome.costs_an_attempt
    assert told.identity_level == 0


def test_bomb_is_refused_by_its_header_when_it_would_fill_the_memory(faces: PromptedFaces) -> None:
    frame = bytearray(jpeg(Image.new("RGB", (64, 64))))
    at = frame.index(b"\xff\xc0") + 5
    frame[at : at + 4] = b"\xff\xff\xff\xff"  # 65,535 by 65,535 pixels

    assert judged(faces, with_frame(1, bytes(frame))).provider_code == "too_many_pixels"


class Seeing:
    """An eye that saw the posture asked for, of faces whose numbers are so far from the first."""

    def __init__(self, *distances: float) -> None:
        self._far = iter(distances)
        self._turns = iter((-0.3, 0.0, 0.0, 0.3, 0.0))

    def look(self, picture: bytes) -> Look:
        nearness = 0.2 if picture == NEAR else 0.1
        numbers = (next(self._far), *[0.0] * 127)
        return Look(faces=1, width=200, numbers=numbers, turn=next(self._turns), nearness=nearness)


NEAR = frames_for(ORDER)[2]


@pytest.mark.parametrize(
    ("distances", "outcome", "code"),
    [
        pytest.param((0, 0, 0, 0.6, 0), Outcome.MISMATCH, "faces_change", id="two people by turns"),
        pytest.param((0, 0, 0, 0, 0.6), Outcome.MISMATCH, "another_face", id="another's card"),
        pytest.param((0, 0, 0, 0, 0.5), Outcome.INCONCLUSIVE, "neither", id="nobody can say"),
        pytest.param((0, 0, 0, 0.5, 0.2), Outcome.MATCH, "same_face", id="the holder"),
    ],
)
def test_faces_are_told_apart_in_every_frame_when_the_prompts_were_followed(
    distances: tuple[float, ...], outcome: Outcome, code: str
) -> None:
    told = judged(PromptedFaces(eye=Seeing(*distances)), frames_for(ORDER))
    assert (told.outcome, told.provider_code) == (outcome, code)
    assert told.outcome.costs_an_attempt is (outcome is Outcome.MISMATCH)


def test_chip_without_a_face_decides_nothing_when_the_frames_are_right(
    faces: PromptedFaces,
) -> None:
    told = judged(faces, frames_for(ORDER), chip=jpeg(Image.new("RGB", (102, 126))))
    assert told.outcome is Outcome.NO_PHOTO


def test_prompts_are_drawn_anew_and_each_comes_once() -> None:
    drawn_often = {drawn_by_lot() for _ in range(200)}
    assert len(drawn_often) > 12
    assert {frozenset(each) for each in drawn_often} == {frozenset(Prompt)}
