"""A service's page in Chromium asks the iframe whether the session changed."""

import secrets
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.browser.citizen import Citizen
from tests.browser.conftest import Arrive
from tests.product import Product
from tests.spec.relying_party import s256

pytestmark = [pytest.mark.browser, pytest.mark.server, pytest.mark.requirement("R18")]

PAGE = b"""<!doctype html><html lang="en"><title>Service</title><main><h1>Service</h1></main>
<script>
function ask(frame, message, target) {
  return new Promise(function (tell) {
    window.addEventListener("message", function heard(event) {
      if (event.source !== frame.contentWindow) { return; }
      window.removeEventListener("message", heard);
      tell(event.data);
    });
    frame.contentWindow.postMessage(message, target);
  });
}
function embed(address) {
  return new Promise(function (done) {
    var frame = document.createElement("iframe");
    frame.hidden = true; frame.id = "op"; frame.src = address; frame.title = "op";
    frame.onload = function () { done(true); };
    document.body.appendChild(frame);
  });
}
</script></html>"""


class Service(BaseHTTPRequestHandler):
    """One page, whatever is asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A service of its own port, reached as 127.0.0.1 (same site) and localhost (cross-site)."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    serving = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    serving.start()
    yield server.server_port
    server.shutdown()
    serving.join()
    server.server_close()


def signed_in(product: Product, citizen: Citizen, callback: str) -> tuple[str, str]:
    """Sign in at a client of this very address; its client_id and the session state it was told."""
    client = product.register(
        redirect_uris=[callback], token_endpoint_auth_method="none", scope="openid"
    )
    asked = {
        "response_type": "code",
        "client_id": client["client_id"],
        "redirect_uri": callback,
        "scope": "openid",
        "code_challenge": s256(secrets.token_urlsafe(32)),
        "code_challenge_method": "S256",
    }
    citizen.page.goto(f"{product.metadata()['authorization_endpoint']}?{urlencode(asked)}")
    login = product.person("adult")["login"]
    if citizen.step == "login":
        citizen.types(identifier=login["identifier"], password=login["password"])
        citizen.press("action", "sign_in")
    while citizen.step == "consent":
        citizen.press("decision", "allow")
    state = citizen.page.evaluate("new URL(location.href).searchParams.get('session_state')")
    return client["client_id"], state


def answer(product: Product, citizen: Citizen, message: str) -> str:
    """What the iframe answers to a message from the page that stands open."""
    if not citizen.page.locator("#op").count():
        citizen.page.evaluate("embed", product.metadata()["check_session_iframe"])
    told: str = citizen.page.evaluate(
        "([message, target]) => ask(document.getElementById('op'), message, target)",
        [message, product.issuer],
    )
    return told


@pytest.mark.must("oidc-session-3.2-1..6", "oidc-session-4-1", "oidc-session-6-1")
def test_page_hears_of_the_logout_when_its_iframe_can_see_the_session(
    shared_product: Product, someone: Arrive, port: int
) -> None:
    product, citizen = shared_product, someone(name="check-session", tolerated=(403,))
    callback = f"http://127.0.0.1:{port}/"
    client_id, state = signed_in(product, citizen, callback)
    assert answer(product, citizen, f"{client_id} {state}") == "unchanged"
    assert answer(product, citizen, f"{client_id} {'0' * 64}.salt") == "changed"
    for malformed in ("", "nonsense", f"{client_id} {state} x", f"{client_id} {state.upper()}"):
        assert answer(product, citizen, malformed) == "error"
    assert answer(product, citizen, f"nobody {state}") == "error"

    other = citizen.context.new_page()
    other.goto(product.metadata()["end_session_endpoint"])
    other.locator("form[data-step=logout] button").first.click()
    other.wait_for_load_state()
    other.close()
    assert answer(product, citizen, f"{client_id} {state}") == "changed"


@pytest.mark.must("oidc-session-3.2-2", "oidc-session-6-1")
def test_page_hears_an_error_when_its_iframe_is_shown_no_cookies_or_does_not_expect_it(
    shared_product: Product, someone: Arrive, port: int
) -> None:
    """Under http no cookie reaches another site's page: what blocked third-party cookies do."""
    product, citizen = shared_product, someone(name="check-session-blocked", tolerated=(403,))
    callback = f"http://localhost:{port}/"
    client_id, state = signed_in(product, citizen, callback)
    assert answer(product, citizen, f"{client_id} {state}") == "error"

    citizen.page.goto(f"http://127.0.0.1:{port}/")
    assert answer(product, citizen, f"{client_id} {state}") == "error"
