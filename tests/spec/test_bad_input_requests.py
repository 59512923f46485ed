"""Bad input at the endpoints: clients that are not welcome, and requests that are no requests."""

import pytest

from tests.spec.house import Suspend
from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty
from tests.spec.verdicts import error_page, refused
from tests.spec.wire import FORM, Browser

POSTED = ("token", "introspection", "revocation", "device_authorization")


def test_suspended_client_is_refused_everywhere(
    provider: Provider, signed_in: Browser, citizen: Conduct, suspend: Suspend
) -> None:
    party = provider.party(grant_types=["authorization_code", "refresh_token"])
    authorization = party.authorize(signed_in, citizen)
    tokens = party.tokens(signed_in, citizen)
    suspend(party.client_id)
    error_page(party.begin(signed_in))
    refused(party.redeem(authorization), "invalid_client", status=401)
    refused(party.refresh(tokens["refresh_token"]), "invalid_client", status=401)
    refused(party.introspect(tokens["access_token"]), "invalid_client", status=401)
    assert party.userinfo(tokens["access_token"]).status == 401


@pytest.mark.parametrize("endpoint", POSTED)
def test_parameters_in_the_query_of_a_post_do_not_count(web: RelyingParty, endpoint: str) -> None:
    _, headers = web.authentication()
    answer = web.provider.wire.send(
        "POST",
        web.endpoint(endpoint),
        query={"grant_type": "client_credentials", "token": "x", "code": "x"},
        content_type=FORM,
        headers=headers,
    )
    if endpoint == "device_authorization":
        assert answer.status in {200, 400}
    else:
        refused(answer, "invalid_request")


@pytest.mark.parametrize("endpoint", POSTED)
def test_body_of_more_than_64_kib_is_refused(web: RelyingParty, endpoint: str) -> None:
    answer = web.post(endpoint, {"token": "x" * 70_000, "grant_type": "authorization_code"})
    assert answer.status in {400, 413}
    assert answer.json()["error"] == "invalid_request"


def test_registration_of_more_than_64_kib_is_refused(provider: Provider) -> None:
    answer = provider.register(client_name="x" * 70_000)
    assert answer.status in {400, 413}


@pytest.mark.parametrize("endpoint", POSTED)
def test_flood_of_parameters_is_refused(web: RelyingParty, endpoint: str) -> None:
    refused(web.post(endpoint, {f"p{number}": "x" for number in range(200)}), "invalid_request")


GARBLED = {
    "overlong UTF-8": b"token=%c0%af&grant_type=%c0%af",
    "lone byte": b"token=%ff&grant_type=%ff",
    "lone surrogate": b"token=%ed%a0%80&grant_type=%ed%a0%80",
    "raw bytes": b"token=\xff\xfe&grant_type=\xff",
    "NUL": b"token=a%00b&grant_type=a%00b",
}


@pytest.mark.parametrize("endpoint", POSTED)
@pytest.mark.parametrize("body", GARBLED.values(), ids=GARBLED.keys())
def test_body_in_bad_utf8_is_refused(web: RelyingParty, endpoint: str, body: bytes) -> None:
    _, headers = web.authentication()
    answer = web.provider.wire.send(
        "POST", web.endpoint(endpoint), body=body, content_type=FORM, headers=headers
    )
    refused(answer, "invalid_request")


@pytest.mark.parametrize("query", [b"%c0%af", b"%ff", b"%ed%a0%80", b"%00", b"%", b"%zz"])
@pytest.mark.parametrize("name", ["state", "client_id", "unknown"])
def test_authorization_in_bad_utf8_is_refused(
    web: RelyingParty, browser: Browser, query: bytes, name: str
) -> None:
    parameters = web.request("v" * 43)
    parameters.pop(name, None)
    url = f"{web.endpoint('authorization')}?{name}={query.decode()}"
    answer = browser.get(url, parameters)
    if answer.is_redirect and query in {b"%", b"%zz"}:
        return  # a percent sign that escapes nothing stands for itself in urlencoded forms
    if answer.is_redirect:
        assert answer.location.startswith(CALLBACK)
        assert answer.location_parameters()["error"] == "invalid_request"
    else:
        assert answer.status == 400


@pytest.mark.parametrize("endpoint", ["token", "introspection", "revocation"])
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_body_of_another_media_type_is_refused(
    web: RelyingParty, endpoint: str, content_type: str
) -> None:
    _, headers = web.authentication()
    answer = web.provider.wire.send(
        "POST",
        web.endpoint(endpoint),
        body=b'{"grant_type":"client_credentials","token":"x"}',
        content_type=content_type,
        headers=headers,
    )
    refused(answer, "invalid_request")


SPLIT = ["a\r\nSet-Cookie: x=1", "a\nLocation: https://attacker.example", "a\r\n\r\n<script>"]


@pytest.mark.parametrize("text", SPLIT)
@pytest.mark.parametrize("name", ["state", "redirect_uri", "scope", "nonce", "login_hint"])
def test_line_break_in_a_parameter_reaches_no_header(
    web: RelyingParty, browser: Browser, name: str, text: str
) -> None:
    answer = web.begin(browser, prompt="none", **({name: text} if name != "prompt" else {}))
    for header, value in answer.headers:
        assert "\r" not in value
        assert "\n" not in value
        assert header != "Set-Cookie" or not value.startswith("x=1")


@pytest.mark.parametrize("length", [3_000, 9_000, 100_000])
def test_long_address_is_answered_calmly(web: RelyingParty, browser: Browser, length: int) -> None:
    answer = web.begin(browser, state="x" * length)
    assert answer.status in {200, 302, 303, 400, 414}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("endpoint", ["authorization", "token", "userinfo", "introspection"])
def test_unknown_method_is_refused(web: RelyingParty, endpoint: str, method: str) -> None:
    answer = web.provider.wire.send(method, web.endpoint(endpoint))
    assert answer.status in {400, 401, 403, 405}


def test_unknown_address_is_a_calm_404(browser: Browser) -> None:
    answer = browser.get("/oauth2/%2e%2e/%ff/nowhere")
    assert answer.status in {400, 404}
    assert 'role="alert"' in answer.text
