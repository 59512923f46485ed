"""What a camera takes of a drawn person who does what a page asks."""

from collections.abc import Sequence

from connectors.lens.prompted import Prompt
from tests.connectors.drawn_faces import ONE, Colour, before_camera, drawn, jpeg

_TURN = 0.12
CHIP = jpeg(drawn().resize((102, 126)))
ANOTHERS_CHIP = jpeg(
    before_camera(drawn((90, 60, 45), eye=0.6, mouth=0.4).resize((320, 280)), near=1)
)


def frames_for(prompts: Sequence[Prompt | str], skin: Colour = ONE) -> list[bytes]:
    """A frame for each prompt, in their order."""
    done = {
        Prompt.STRAIGHT: before_camera(drawn(skin)),
        Prompt.LEFT: before_camera(drawn(skin, turn=_TURN)),
        Prompt.RIGHT: before_camera(drawn(skin, turn=-_TURN)),
        Prompt.NEARER: before_camera(drawn(skin), near=1.1),
    }
    return [jpeg(done[Prompt(each)]) for each in prompts]
