"""A small server that shows every sample page under the product's own CSP."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from django.conf import settings

from idp.journey.branding import brand_css
from idp.journey.drawings import render_page
from tests.browser.samples import look, samples

VENDOR = Path(__file__).parent / "vendor"
AXE = "/axe.min.js"
"""Where the gallery serves the accessibility checker: from its own origin, as the CSP asks."""
STATIC = Path(__file__).parents[2] / "idp" / "journey" / "static"
CHROMIUM = "/usr/bin/chromium-headless-shell"
"""Debian's Chromium without a window's furniture, which nobody sees here and which costs time."""
ARGUMENTS = ("--no-sandbox", "--disable-gpu")
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


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
    if path == AXE:
        return "text/javascript", (VENDOR / "axe.min.js").read_bytes()
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
        if not self.path.startswith("/page/"):
            self.send_header("Cache-Control", "max-age=3600")
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
