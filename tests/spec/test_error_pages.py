"""What a page says when the browser cannot be sent back to the client (RFC 6749 §4.1.2.1)."""

import re
from html import unescape

import pytest

from tests.spec.relying_party import CALLBACK, Provider, RelyingParty
from tests.spec.verdicts import error_page
from tests.spec.wire import Answer, Browser

BYE = "https://portal.example/bye"


def told(answer: Answer) -> str:
    """The line for the service's engineers: the error's code and description."""
    error_page(answer)
    (line,) = re.findall(r'<p class="support-line">(.*?)</p>', answer.text)
    return unescape(re.sub(r"<[^>]+>", "", line))


def title(answer: Answer) -> str:
    (heading,) = re.findall(r"<h1>(.*?)</h1>", answer.text)
    return str(heading)


@pytest.mark.spec(
    "RFC 6749 §4.1.2.1", "the page tells engineers what the redirect would have told the client"
)
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param(
            {"redirect_uri": CALLBACK + "?added=1"},
            "invalid_request This redirect_uri is not registered for this client.",
            id="address unregistered",
        ),
        pytest.param(
            {"redirect_uri": None},
            "invalid_request The redirect_uri parameter is missing.",
            id="address missing",
        ),
        pytest.param(
            {"client_id": "stranger"},
            "invalid_request This client_id is not registered.",
            id="client unknown",
        ),
        pytest.param(
            {"client_id": None},
            "invalid_request The client_id parameter is missing.",
            id="client missing",
        ),
    ],
)
def test_error_page_tells_engineers_what_is_wrong_with_a_request(
    web: RelyingParty, browser: Browser, asked: dict[str, str | None], said: str
) -> None:
    assert told(web.begin(browser, **asked)).endswith(said)


@pytest.mark.parametrize("name", ["redirect_uri", "client_id"])
def test_error_page_tells_a_missing_parameter_from_an_unregistered_one(
    web: RelyingParty, browser: Browser, name: str
) -> None:
    missing = web.begin(browser, **{name: None})
    unregistered = web.begin(browser, **{name: "https://elsewhere.example"})
    assert title(missing) != title(unregistered)


@pytest.mark.spec(
    "OpenID Connect RP-Initiated Logout 1.0 §2", "what is needed to trust an address is named"
)
def test_logout_page_names_the_hint_when_an_address_comes_without_one(
    provider: Provider, browser: Browser
) -> None:
    provider.party(post_logout_redirect_uris=[BYE])
    asked = {"post_logout_redirect_uri": BYE}
    bare = browser.get(provider.metadata["end_session_endpoint"], asked)
    assert told(bare).endswith("post_logout_redirect_uri needs id_token_hint or client_id.")
    stranger = browser.get(
        provider.metadata["end_session_endpoint"], {**asked, "client_id": "stranger"}
    )
    assert title(bare) != title(stranger)


@pytest.mark.spec("RFC 9700 §4.16", "a stranger's words do not appear under the provider's name")
@pytest.mark.parametrize("words", ["Call 0900 123456 now!", "请立即拨打电话"])
def test_error_page_does_not_say_what_a_stranger_wrote(
    web: RelyingParty, browser: Browser, words: str
) -> None:
    request = web.request("v" * 43)
    answer = web.send(browser, [*request.items(), (words, "1"), (words, "2")])
    assert "is repeated." in told(answer)
    assert words not in unescape(answer.text)
