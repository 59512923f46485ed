"""Take pictures of the sample pages, to look at them.

`python -m tests.browser.photographs FOLDER [WORD…]` photographs the pages whose picture's name
holds every WORD (`login`, `elder`, `320`, `en`), all of them without.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import django
from playwright.sync_api import sync_playwright

django.setup()  # before the samples, which know the models

from tests.browser.gallery import ARGUMENTS, CHROMIUM, page_address, serving  # noqa: E402 - Django comes first
from tests.browser.samples import LANGUAGES, samples  # noqa: E402 - the same

_VIEWS = ("standard", "elder")
_Scheme = Literal["light", "dark"]
_PAPERS: tuple[tuple[int, _Scheme], ...] = ((1200, "light"), (320, "light"), (1200, "dark"))


def _wanted(words: list[str]) -> Iterator[tuple[str, str, str, int, _Scheme]]:
    for width, scheme in _PAPERS:
        for language in LANGUAGES:
            for view in _VIEWS:
                for name in samples(language):
                    parts = (name, language, view, str(width), scheme)
                    if all(word in parts or name.startswith(word) for word in words):
                        yield name, language, view, width, scheme


def _photograph(folder: Path, words: list[str]) -> None:
    with serving() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        for name, language, view, width, scheme in _wanted(words):
            page.set_viewport_size({"width": width, "height": 640})
            page.emulate_media(color_scheme=scheme)
            page.goto(base + page_address(name, language, view))
            file = f"{name}.{language}.{view}.{width}.{scheme}.png"
            page.screenshot(path=folder / file, full_page=True)
        browser.close()


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    _photograph(target, sys.argv[2:])
