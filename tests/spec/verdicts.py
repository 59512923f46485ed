"""What an answer must look like: refusals, redirected errors, error pages, challenges."""

import re

from tests.spec.wire import Answer

ERROR = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+")
"""RFC 6749 §5.2: the characters an error or its description may hold."""


def refused(answer: Answer, *codes: str, status: int = 400) -> dict[str, str]:
    """A JSON refusal with one of ``codes`` (RFC 6749 §5.2): no token, kept by no cache."""
    assert answer.status == status, (answer.status, answer.body[:500])
    document = answer.json()
    assert isinstance(document, dict)
    assert document["error"] in codes, document
    assert ERROR.fullmatch(document["error"])
    if "error_description" in document:
        assert ERROR.fullmatch(document["error_description"]), document
    assert "access_token" not in document
    assert "no-store" in answer.header("Cache-Control")
    return document


def redirected_error(answer: Answer, target: str, *codes: str, state: str = "") -> dict[str, str]:
    """An error response at the client's redirect URI (RFC 6749 §4.1.2.1, RFC 9207 §2)."""
    assert answer.status in {302, 303}, (answer.status, answer.text[:1500])
    assert answer.location.startswith(target), answer.location
    parameters = answer.location_parameters()
    assert parameters.get("error") in codes, parameters
    assert ERROR.fullmatch(parameters["error"])
    if "error_description" in parameters:
        assert ERROR.fullmatch(parameters["error_description"]), parameters
    assert parameters.get("state", "") == state
    assert "code" not in parameters
    return parameters


def error_page(answer: Answer, *, status: int = 400) -> None:
    """A page for the person; the browser goes nowhere (RFC 6749 §3.1.2.4)."""
    assert answer.status == status, (answer.status, answer.location)
    assert answer.media_type == "text/html"
    assert not answer.header("Location")
    assert not answer.header("Refresh")
    assert 'role="alert"' in answer.text
    assert 'http-equiv="refresh"' not in answer.text


def challenge(answer: Answer) -> dict[str, str]:
    """The auth-params of the one Bearer challenge (RFC 6750 §3); none may stand there twice."""
    challenges = answer.all("WWW-Authenticate")
    assert len(challenges) == 1, answer.headers
    scheme, _, rest = challenges[0].partition(" ")
    assert scheme == "Bearer", challenges
    pairs = re.findall(r'([A-Za-z_]+)="([^"]*)"', rest)
    assert pairs, challenges
    assert len(dict(pairs)) == len(pairs), challenges
    return dict(pairs)
