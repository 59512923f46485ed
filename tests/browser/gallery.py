"""A small server that shows every sample page under the product's own CSP, and a picture taker.

`python -m tests.browser.gallery FOLDER [WORD…]` photographs the pages whose picture's name holds
every WORD (`login`, `elder`, `320`, `en`), all of them without; tests use the server alone.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import django
from django.conf import settings

from idp.journey.branding import brand_css
from idp.journey.drawings import render_page
from tests.browser.samples import LANGUAGES, look, samples

STATIC = Path(__file__).parents[2] / "idp" / "journey" / "static"
CHROMIUM = "/usr/bin/chromium"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_VIEWS = ("standard", "elder")
_Scheme = Literal["light", "dark"]
_PAPERS: tuple[tuple[int, _Scheme], ...] = ((1200, "light"), (320, "light"), (1200, "dark"))


def page_address(name: str, language: str, view: str = "standard") -> str:
    """Return a sample's path on the gallery server."""
    return f"/page/{language}/{view}/{name}"


def _policy() -> str:
    directives = dict(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])
    directives["frame-src"] = ["'self'"]  # the logged-out page's front-channel iframes
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())


def _answer(path: str) -> tuple[str, bytes] | None:
    if path == "/journey/brand.css":
        return "text/css", brand_css(settings.PROVIDER.branding.accent)
    if path.startswith("/static/"):
        file = (STATIC / path.removeprefix("/static/")).resolve()
        known = file.is_relative_to(STATIC) and file.is_file()
        return (_KINDS[file.suffix], file.read_bytes()) if known else None
    _, kind, *rest = path.split("/")
    if kind != "page" or len(rest) != 3:
        return "text/html; charset=utf-8", b"<!doctype html><title>posted</title>"
    language, view, name = rest
    page = samples(language).get(name)
    if page is None:
        return None
    text = render_page(page, look(language, elder=view == "elder"))
    return "text/html; charset=utf-8", text.encode()


class _Gallery(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        answer = _answer(self.path.split("?")[0])
        kind, body = answer or ("text/plain", b"no such page")
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.path != "/front-channel":  # a client's page, framed by the logged-out page
            self.send_header("Content-Security-Policy", _policy())
        self._finish(body)

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = b"<!doctype html><title>posted</title><pre id=posted>" + self.rfile.read(length)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self._finish(body)

    def _finish(self, body: bytes) -> None:
        with suppress(ConnectionError):  # a browser that has moved on does not listen
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's word
        """Say nothing: a test's output is the test's."""


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """Run the gallery; yields its base address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _Gallery)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _wanted(words: list[str]) -> Iterator[tuple[str, str, str, int, _Scheme]]:
    for width, scheme in _PAPERS:
        for language in LANGUAGES:
            for view in _VIEWS:
                for name in samples(language):
                    parts = (name, language, view, str(width), scheme)
                    if all(word in parts or name.startswith(word) for word in words):
                        yield name, language, view, width, scheme


def _photograph(folder: Path, words: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    with serving() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        for name, language, view, width, scheme in _wanted(words):
            page.set_viewport_size({"width": width, "height": 640})
            page.emulate_media(color_scheme=scheme)
            page.goto(base + page_address(name, language, view))
            file = f"{name}.{language}.{view}.{width}.{scheme}.png"
            page.screenshot(path=folder / file, full_page=True)
        browser.close()


if __name__ == "__main__":
    django.setup()
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    _photograph(target, sys.argv[2:])
