"""The page that opens the machine's own camera, in Chromium, before a camera that is a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import BytesParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, Route

from connectors.lens.lens import Lens
from connectors.lens.prompted import Prompt, PromptedFaces
from connectors.outcomes import Outcome
from tests.browser.gallery import ARGUMENTS, CHROMIUM, page_address, serving
from tests.clocks import SetClock
from tests.connectors.drawn_faces import before_camera, drawn, jpeg
from tests.connectors.prompted_frames import CHIP

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.requirement("R6"),
    pytest.mark.requirement("R13"),
]
_FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    with serving() as base:
        yield base


@contextmanager
def another(chromium: Browser, *arguments: str) -> Iterator[Browser]:
    """A browser of its own, for a camera is given when one starts."""
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *arguments])
    yield browser
    browser.close()


def prompts_page(page: Page, gallery: str) -> Page:
    page.goto(gallery + page_address("place-prompts", "en", "standard"))
    page.evaluate("document.querySelector('[data-capture]').dataset.pace = '0.2'")
    return page


def frames_in(request: Request) -> list[bytes]:
    """The files of a form, as a server reads them."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + (request.post_data_buffer or b""))
    named = [each for each in parts.walk() if 'name="frame"' in str(each["Content-Disposition"])]
    return [bytes(each.get_payload(decode=True)) for each in named]  # type: ignore[arg-type]


def test_one_frame_a_prompt_is_sent_and_a_photograph_held_before_the_camera_does_not_do(
    chromium: Browser, gallery: str, tmp_path: Path
) -> None:
    film = tmp_path / "still.mjpeg"
    film.write_bytes(jpeg(before_camera(drawn())) * 2)
    sent: list[list[bytes]] = []

    def take(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(frames_in(route.request))
        route.fulfill(body="taken")

    with another(chromium, *_FAKE, f"--use-file-for-fake-video-capture={film}") as browser:
        page = prompts_page(browser.new_page(), gallery)
        page.route("**/*", take)
        page.get_by_role("button", name="Open the camera").click()
        page.get_by_text("taken").wait_for()

    [frames] = sent
    assert len(frames) == len(Prompt)
    lens = Lens(patience=60)
    try:
        assert [lens.look(each).faces for each in frames] == [1] * len(Prompt)
        told = PromptedFaces(eye=lens).judge(
            frames, CHIP, prompts=tuple(Prompt), now=SetClock().now()
        )
    finally:
        lens.child.close()
    assert told.outcome is Outcome.LOW_QUALITY
    assert told.provider_code in {"wrong_posture", "frames_alike"}


def test_page_says_so_and_every_other_way_stands_when_the_camera_is_not_allowed(
    chromium: Browser, gallery: str
) -> None:
    with another(chromium) as browser:
        page = prompts_page(browser.new_page(), gallery)
        assert not page.get_by_text("The camera did not open").is_visible()
        page.get_by_role("button", name="Open the camera").click()
        page.get_by_text("The camera did not open").wait_for()
        assert page.get_by_role("button", name="Open the camera").is_visible()
        page.get_by_text("Another way", exact=True).click()
        assert page.get_by_role("button", name="Choose this way: Use your phone").is_visible()
