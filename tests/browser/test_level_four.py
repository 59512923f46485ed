"""Level 4 in a browser: from a client's request, over the window's reader, to the ID token."""

import hashlib
import json
import urllib.request
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser

from connectors.sandbox.card_chips import text_block
from connectors.sandbox.population import person
from idp.foundation.clock import SystemClock
from policies.levels import Level
from tests.browser.citizen import arrive
from tests.product import Product, running
from tests.signing_devices import SigningDevice, base64url

pytestmark = [
    pytest.mark.browser,
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.requirement("R6"),
    pytest.mark.requirement("R7"),
]
CLOCK = SystemClock()
BACK = "http://127.0.0.1:9/back"
VERIFIER = "v" * 43
FOUR = Level(ial=4, aal=1).acr
ON = {"TONGXING_AUTHENTICATION_ATTENDED_WINDOWS": "true"}
CLIENT = f"""
clients:
  - client_id: notary
    client_name: Notary
    application_type: native
    token_endpoint_auth_method: none
    redirect_uris: ["{BACK}"]
    scope: openid
    channels: [web, window]
    minimum_acr: {FOUR}
devices:
"""


class Agent:
    """One device's agent at the window."""

    def __init__(self, kind: str) -> None:
        self.kind, self.key, self.counter = kind, SigningDevice(), 0

    def declared(self) -> str:
        key = ", ".join(f"{name}: {value}" for name, value in self.key.jwk.items())
        attended = "true" if self.kind == "id_card_reader" else "false"
        return (
            f"  - {{public_key: {{{key}}}, kind: {self.kind}, place: window-3, "
            f"label: Window 3, is_attended: {attended}}}\n"
        )

    def says(self, product: Product, what: str, typ: str, **claims: Any) -> Any:
        said = {"aud": product.issuer, "iat": CLOCK.timestamp(), **claims}
        statement = self.key.sign(said, typ=typ, kid=self.key.key_id)
        return posted(f"{product.issuer}/devices/{what}", {"statement": statement})


def posted(url: str, body: dict[str, str]) -> Any:
    request = urllib.request.Request(
        url, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def agents() -> tuple[Agent, Agent]:
    return Agent("window"), Agent("id_card_reader")


@pytest.fixture(scope="module")
def product(
    tmp_path_factory: pytest.TempPathFactory, agents: tuple[Agent, Agent]
) -> Iterator[Product]:
    folder: Path = tmp_path_factory.mktemp("attended")
    file = folder / "window.yaml"
    file.write_text(CLIENT + "".join(each.declared() for each in agents), encoding="utf-8")
    with running(folder / "data", ON) as made:
        applied = made.manage("apply", str(file))
        assert applied.returncode == 0, applied.stdout + applied.stderr
        yield made


def asked() -> str:
    """An authorization request that insists on level 4."""
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    claims = {"id_token": {"acr": {"essential": True, "values": [FOUR]}}}
    return "/oauth2/authorize?" + urlencode(
        {
            "client_id": "notary",
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "openid",
            "state": "s",
            "nonce": "n",
            "code_challenge": base64url(digest),
            "code_challenge_method": "S256",
            "claims": json.dumps(claims),
        }
    )


def test_token_says_level_four_when_the_card_lay_on_the_attended_reader(
    chromium: Browser, product: Product, agents: tuple[Agent, Agent]
) -> None:
    window, reader = agents
    ticket = window.says(product, "sittings", "device-sitting+jws", counter=1, operator="li")[
        "ticket"
    ]
    desk = arrive(chromium, product.issuer, name="level-four-at-the-window")
    desk.page.goto(f"{product.issuer}/devices/seat?ticket={ticket}&return_to={quote(asked())}")
    nonce = reader.says(product, "tasks", "device-poll+jws")["task"]["nonce"]
    holder = person("elder_without_phone")
    statement = reader.key.reading(
        nonce, CLOCK.timestamp(), text_block(holder, holder.documents[0])
    )
    with desk.page.expect_request(lambda each: each.url.startswith(BACK)) as back:
        posted(f"{product.issuer}/devices/readings", {"statement": statement})

    [code] = parse_qs(urlsplit(back.value.url).query)["code"]
    redeemed = urllib.request.Request(
        product.metadata()["token_endpoint"],
        data=urlencode(
            {
                "grant_type": "authorization_code",
                "client_id": "notary",
                "code": code,
                "redirect_uri": BACK,
                "code_verifier": VERIFIER,
            }
        ).encode(),
    )
    with urllib.request.urlopen(redeemed, timeout=10) as answer:
        payload = json.load(answer)["id_token"].split(".")[1]
    said = json.loads(urlsafe_b64decode(payload + "=="))
    assert said["acr"] == FOUR
    assert said["amr"] == ["sc", "mfa"]
    assert FOUR in product.metadata()["acr_values_supported"]
    desk.context.close()
