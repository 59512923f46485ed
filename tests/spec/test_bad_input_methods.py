"""Bad input at every endpoint: methods it does not know, doubled parameters, bad UTF-8, floods."""

import pytest

from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.verdicts import refused
from tests.spec.wire import FORM, Answer

METADATA_PATH = "/.well-known/openid-configuration"
METHODS: dict[str, set[str]] = {
    METADATA_PATH: {"GET", "HEAD", "OPTIONS"},
    "/.well-known/oauth-authorization-server": {"GET", "HEAD", "OPTIONS"},
    "/oauth2/jwks": {"GET", "HEAD", "OPTIONS"},
    "/oauth2/authorize": {"GET", "POST"},
    "/oauth2/token": {"POST", "OPTIONS"},
    "/oauth2/userinfo": {"GET", "HEAD", "POST", "OPTIONS"},
    "/oauth2/introspect": {"POST"},
    "/oauth2/revoke": {"POST", "OPTIONS"},
    "/oauth2/device_authorization": {"POST"},
    "/oauth2/device": {"GET", "HEAD", "POST"},
    "/oauth2/device/allowed": {"GET", "HEAD", "POST"},
    "/oauth2/logout": {"GET", "POST"},
    "/oauth2/register": {"POST"},
    "/oauth2/check_session": {"GET", "HEAD"},
    "/account/": {"GET", "POST"},
    "/account/verify": {"GET"},
    "/account/documents": {"GET", "POST"},
    "/account/services": {"GET", "POST"},
    "/journey/language": {"POST"},
    "/journey/brand.css": {"GET", "HEAD"},
    "/": {"GET", "HEAD"},
}
FOREIGN = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


WRONG_WAYS = [
    (path, method)
    for path, allowed in METHODS.items()
    for method in FOREIGN
    if method not in allowed
]


FORGED = {"POST", "PUT", "PATCH", "DELETE", "PROPFIND"}
"""What Django's pages refuse for the missing token before they look at the method."""


@pytest.mark.spec("RFC 9110 §15.5.6", "MUST generate an Allow header field in a 405 response")
@pytest.mark.parametrize(("path", "method"), WRONG_WAYS)
def test_method_is_refused_and_those_that_work_are_named(
    provider: Provider, path: str, method: str
) -> None:
    answer = provider.wire.send(method, path)
    is_page = path == "/" or path.startswith(("/account/", "/journey/brand"))
    if is_page and method in FORGED:
        assert answer.status == 403
        return
    assert answer.status == 405, answer
    named = {word.strip() for word in answer.header("Allow").split(",")}
    assert named
    assert named <= METHODS[path]
    assert named | {"OPTIONS", "HEAD"} >= METHODS[path]


SCRIPTS = {
    METADATA_PATH: "GET",
    "/oauth2/jwks": "GET",
    "/oauth2/token": "POST",
    "/oauth2/userinfo": "GET",
    "/oauth2/revoke": "POST",
}
"""What a client that lives in a page has to reach (CORS); no cookie ever goes along."""
SPA = "https://spa.example"


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3", "SHOULD support the use of CORS")
@pytest.mark.parametrize(("path", "method"), SCRIPTS.items())
def test_scripts_of_any_origin_may_ask_without_credentials(
    provider: Provider, path: str, method: str
) -> None:
    asking = provider.wire.send(
        "OPTIONS",
        path,
        headers={"Origin": SPA, "Access-Control-Request-Method": method},
    )
    assert asking.status == 204
    assert method in asking.header("Access-Control-Allow-Methods")
    assert "authorization" in asking.header("Access-Control-Allow-Headers").lower()
    answer = provider.wire.send(
        method, path, content_type=FORM if method == "POST" else "", headers={"Origin": SPA}
    )
    for each in (asking, answer):
        assert each.header("Access-Control-Allow-Origin") == "*"
        assert not each.header("Access-Control-Allow-Credentials")


@pytest.mark.parametrize(
    "path",
    sorted(set(METHODS) - set(SCRIPTS) - {"/.well-known/oauth-authorization-server"}),
)
def test_scripts_elsewhere_read_nothing_else(provider: Provider, path: str) -> None:
    """Pages, and what only servers ask (introspection, registration), are no one's script's."""
    answers = [
        provider.wire.send("OPTIONS", path, headers={"Origin": SPA}),
        provider.wire.send("GET", path, headers={"Origin": SPA}),
        provider.wire.send("POST", path, content_type=FORM, headers={"Origin": SPA}),
    ]
    assert [each for each in answers if each.header("Access-Control-Allow-Origin")] == []


DOUBLED = {
    "/oauth2/authorize": ("client_id", "state", "redirect_uri", "unknown"),
    "/oauth2/token": ("grant_type", "client_id", "code", "unknown"),
    "/oauth2/introspect": ("token", "client_id", "unknown"),
    "/oauth2/revoke": ("token", "client_id", "unknown"),
    "/oauth2/device_authorization": ("scope", "client_id", "unknown"),
    "/oauth2/logout": ("id_token_hint", "state", "client_id", "unknown"),
    "/oauth2/userinfo": ("access_token", "unknown"),
}
PAGES = {"/oauth2/authorize", "/oauth2/logout"}


def posted(party: RelyingParty, path: str, body: bytes) -> Answer:
    _, headers = party.authentication()
    known = {} if path in {*PAGES, "/oauth2/userinfo"} else headers
    return party.provider.wire.send("POST", path, body=body, content_type=FORM, headers=known)


def is_refused(answer: Answer, path: str) -> None:
    if path in PAGES:
        assert (answer.status, answer.media_type) == (400, "text/html")
        assert 'role="alert"' in answer.text
        assert not answer.header("Location")
    else:
        refused(answer, "invalid_request")


@pytest.mark.spec("RFC 6749 §3.1", "MUST NOT be included more than once")
@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, names in DOUBLED.items() for name in names]
)
def test_doubled_parameter_is_refused(web: RelyingParty, path: str, name: str) -> None:
    is_refused(posted(web, path, f"{name}=a&x=1&{name}=b".encode()), path)


@pytest.mark.parametrize("name", DOUBLED["/oauth2/authorize"])
@pytest.mark.parametrize("path", sorted(PAGES))
def test_doubled_parameter_in_an_address_is_refused(
    web: RelyingParty, path: str, name: str
) -> None:
    is_refused(web.provider.wire.get(f"{path}?{name}=a&{name}=b"), path)


GARBLED = {
    "overlong": b"x=%c0%af",
    "lone byte": b"x=%ff",
    "lone surrogate": b"x=%ed%a0%80",
    "raw bytes": b"x=\xff\xfe",
    "NUL": b"x=a%00b",
    "in a name": b"%ff=x",
}


@pytest.mark.parametrize("path", sorted(DOUBLED))
@pytest.mark.parametrize("body", GARBLED.values(), ids=GARBLED.keys())
def test_bad_utf8_is_refused_everywhere(web: RelyingParty, path: str, body: bytes) -> None:
    is_refused(posted(web, path, body), path)


@pytest.mark.parametrize("body", [b'{"client_name":"\xff"}', b'{"client_name":"\xed\xa0\x80"}'])
def test_registration_in_bad_utf8_is_refused(provider: Provider, body: bytes) -> None:
    refused(provider.wire.post_json("/oauth2/register", body), "invalid_request")


@pytest.mark.parametrize(
    "path", ["/oauth2/device", "/account/", "/journey/language", "/journey/abc/login"]
)
@pytest.mark.parametrize("body", GARBLED.values(), ids=GARBLED.keys())
def test_bad_utf8_in_a_page_is_answered_calmly(provider: Provider, path: str, body: bytes) -> None:
    answer = provider.wire.send("POST", path, body=body, content_type=FORM)
    assert answer.status < 500
    assert "Traceback" not in answer.body.decode("utf-8", "replace")


@pytest.mark.parametrize("path", [*sorted(DOUBLED), "/oauth2/device", "/oauth2/register"])
def test_body_beyond_the_limit_is_refused_everywhere(web: RelyingParty, path: str) -> None:
    answer = posted(web, path, b"x=" + b"a" * 70_000)
    assert answer.status == 413
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("path", ["/account/", "/journey/language", "/journey/abc/login"])
def test_body_beyond_the_limit_is_refused_by_a_page(provider: Provider, path: str) -> None:
    answer = provider.wire.send("POST", path, body=b"x=" + b"a" * 1_200_000, content_type=FORM)
    assert answer.status in {303, 400, 403, 413}
    assert answer.location.startswith(provider.issuer) or not answer.is_redirect
    assert "Traceback" not in answer.text
