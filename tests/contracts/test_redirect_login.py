"""The contract of `RedirectLogin`, against a partner that is strict, and one that misbehaves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from connectors.contract import RedirectStart
from connectors.errors import ConnectorError
from connectors.http import OutboundClient
from connectors.registry import REDIRECT_LOGIN
from connectors.settings import Secret

RETURN_TO = "https://id.city.example/login/partner/back"


@pytest.fixture(params=REDIRECT_LOGIN)
def build(
    request: pytest.FixtureRequest, sandbox: Any, outbound: OutboundClient
) -> Callable[..., Any]:
    kind = REDIRECT_LOGIN[request.param]

    def built(**changed: Any) -> Any:
        return kind.factory(replace(kind.for_sandbox(sandbox.url), **changed), outbound)

    return built


def coming(start: RedirectStart, who: str, **chosen: str) -> dict[str, str]:
    """What the browser brings back after `who` logged in at the partner's page."""
    target = urlsplit(start.url)
    connection = HTTPConnection(str(target.hostname), target.port, timeout=5)
    connection.request("GET", f"{target.path}?{target.query}")
    page = connection.getresponse().read().decode()
    assert 'name="identifier"' in page
    body = urlencode({"identifier": who, "decision": "allow", **chosen})
    connection.request("POST", f"{target.path}?{target.query}", body=body)
    answer = connection.getresponse()
    assert answer.status == 303, answer.read()
    connection.close()
    location = answer.getheader("Location", "")
    assert location.startswith(RETURN_TO)
    return dict(parse_qsl(urlsplit(location).query))


def refused(built: Any, parameters: dict[str, str], start: RedirectStart, now: Any) -> str:
    with pytest.raises(ConnectorError) as failure:
        built.finish(parameters, kept=start.kept, now=now)
    return failure.value.debug


def test_person_comes_with_name_and_level_when_the_partner_knows_them(
    build: Callable[..., Any], sandbox: Any
) -> None:
    built = build()
    start = built.start(RETURN_TO, now=sandbox.now)

    identity = built.finish(coming(start, "adult"), kept=start.kept, now=sandbox.now)

    assert (identity.provider, identity.subject) == (built.provider, "partner-adult")
    assert identity.claims == {"name": "陈思远", "phone_number": "+8613800000001"}
    assert identity.authenticated_at == sandbox.now - timedelta(seconds=5)
    assert identity.identity_level == 2
    for secret in ("陈思远", "partner-adult", start.kept["code_verifier"], start.kept["nonce"]):
        assert secret not in repr((identity, start, built))


@pytest.mark.parametrize(
    ("acr", "ceiling", "level"),
    [
        ("partner:registered", 4, 1),
        ("partner:verified", 4, 2),
        ("partner:in-person", 4, 4),
        ("partner:in-person", 2, 2),
        ("partner:in-person", 0, 0),
        ("partner:unheard-of", 4, 0),
    ],
)
def test_level_is_the_lesser_of_asserted_and_ceiling_when_a_level_is_inherited(
    acr: str, ceiling: int, level: int, build: Callable[..., Any], sandbox: Any
) -> None:
    built = build(ceiling=ceiling)
    start = built.start(RETURN_TO, now=sandbox.now)

    identity = built.finish(coming(start, "adult", acr=acr), kept=start.kept, now=sandbox.now)

    assert identity.identity_level == level


@pytest.mark.spec("RFC 7636 §4.6", "a code is redeemed only with the verifier of its challenge")
def test_code_is_worth_nothing_when_it_is_of_another_login(
    build: Callable[..., Any], sandbox: Any
) -> None:
    built = build()
    mine = built.start(RETURN_TO, now=sandbox.now)
    theirs = built.start(RETURN_TO, now=sandbox.now)
    mixed = {**coming(theirs, "adult_2"), "state": mine.kept["state"]}

    assert refused(built, mixed, mine, sandbox.now) == "invalid_grant"


def test_code_is_worth_nothing_when_it_was_redeemed(
    build: Callable[..., Any], sandbox: Any
) -> None:
    built = build()
    start = built.start(RETURN_TO, now=sandbox.now)
    parameters = coming(start, "adult")
    built.finish(parameters, kept=start.kept, now=sandbox.now)

    assert refused(built, parameters, start, sandbox.now) == "invalid_grant"


@pytest.mark.spec("RFC 9207 §2.4", "clients MUST reject an iss that does not match")
@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"state": "another"}, "wrong_state"),
        ({"state": ""}, "wrong_state"),
        ({"iss": "https://elsewhere.example"}, "mixed_up"),
        ({"iss": ""}, "mixed_up"),
        ({"code": ""}, "no_code"),
        ({"code": "c" * 5000}, "no_code"),
        ({"error": "temporarily_unavailable"}, "temporarily_unavailable"),
    ],
)
def test_return_is_refused_when_it_is_not_of_this_login(
    changed: dict[str, str], why: str, build: Callable[..., Any], sandbox: Any
) -> None:
    built = build()
    start = built.start(RETURN_TO, now=sandbox.now)

    assert refused(built, {**coming(start, "adult"), **changed}, start, sandbox.now) == why


def test_login_ends_when_the_person_says_no(build: Callable[..., Any], sandbox: Any) -> None:
    built = build()
    start = built.start(RETURN_TO, now=sandbox.now)

    parameters = coming(start, "adult", decision="deny")

    assert refused(built, parameters, start, sandbox.now) == "access_denied"


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.7", "ID Token validation")
@pytest.mark.parametrize(
    "behaviour",
    [
        "wrong_issuer",
        "wrong_audience",
        "second_audience",
        "other_request",
        "expired",
        "alg_none",
        "unknown_key",
        "wrong_signature",
        "signed_garbage",
        "unknown_result",
        "500",
        "503",
        "reset",
        "truncated",
        "garbage",
        "wrong_content_type",
        "redirect",
        "oversized",
    ],
)
def test_nobody_is_logged_in_when_the_partner_answers_wrongly(
    behaviour: str, build: Callable[..., Any], sandbox: Any
) -> None:
    built = build()
    start = built.start(RETURN_TO, now=sandbox.now)
    parameters = coming(start, "adult")
    sandbox.spoil("upstream_oidc", behaviour, step="token")

    with pytest.raises(ConnectorError):
        built.finish(parameters, kept=start.kept, now=sandbox.now)


@pytest.mark.parametrize("step", ["openid-configuration", "jwks"])
@pytest.mark.parametrize(
    "behaviour", ["500", "reset", "garbage", "wrong_content_type", "redirect", "oversized", "slow"]
)
def test_login_does_not_begin_when_the_partners_documents_cannot_be_read(
    step: str, behaviour: str, build: Callable[..., Any], sandbox: Any
) -> None:
    # An idempotent fetch is tried twice where the connection fails.
    sandbox.spoil("upstream_oidc", behaviour, step=step, times=2)

    with pytest.raises(ConnectorError):
        build(timeout=0.2 if behaviour == "slow" else 5.0).start(RETURN_TO, now=sandbox.now)


@pytest.mark.spec("OpenID Connect Discovery 1.0 §4.3", "the issuer MUST be identical")
def test_login_does_not_begin_when_the_documents_are_another_issuers(
    build: Callable[..., Any], sandbox: Any
) -> None:
    sandbox.spoil("upstream_oidc", "wrong_issuer", step="openid-configuration")

    with pytest.raises(ConnectorError, match="another issuer"):
        build().start(RETURN_TO, now=sandbox.now)


@pytest.mark.spec("OpenID Connect Core 1.0 §5.3.2", "sub MUST be verified to exactly match")
@pytest.mark.parametrize("behaviour", ["other_request", "500", "garbage"])
def test_nobody_is_logged_in_when_userinfo_is_not_theirs(
    behaviour: str, build: Callable[..., Any], sandbox: Any
) -> None:
    built = build()
    start = built.start(RETURN_TO, now=sandbox.now)
    parameters = coming(start, "adult")
    sandbox.spoil("upstream_oidc", behaviour, step="userinfo")

    with pytest.raises(ConnectorError):
        built.finish(parameters, kept=start.kept, now=sandbox.now)


def test_userinfo_is_not_asked_when_the_token_says_enough(
    build: Callable[..., Any], sandbox: Any
) -> None:
    built = build(claims={"name": "name"})
    start = built.start(RETURN_TO, now=sandbox.now)
    sandbox.spoil("upstream_oidc", "500", step="userinfo")

    identity = built.finish(coming(start, "adult"), kept=start.kept, now=sandbox.now)

    assert identity.claims == {"name": "陈思远"}


def test_partner_is_read_again_only_when_its_documents_are_old_or_a_key_is_new(
    build: Callable[..., Any], sandbox: Any
) -> None:
    built = build(metadata_ttl=100.0)
    built.start(RETURN_TO, now=sandbox.now)
    sandbox.spoil("upstream_oidc", "500", step="openid-configuration", times=9)

    built.start(RETURN_TO, now=sandbox.now + timedelta(seconds=99))
    with pytest.raises(ConnectorError):
        built.start(RETURN_TO, now=sandbox.now + timedelta(seconds=101))


def test_login_is_refused_when_our_secret_is_not_the_agreed_one(
    build: Callable[..., Any], sandbox: Any
) -> None:
    built = build(client_secret=Secret("another"))
    start = built.start(RETURN_TO, now=sandbox.now)

    assert refused(built, coming(start, "adult"), start, sandbox.now) == "invalid_client"


def test_partners_code_is_told_when_it_refuses(build: Callable[..., Any], sandbox: Any) -> None:
    built = build()
    start = built.start(RETURN_TO, now=sandbox.now)
    parameters = coming(start, "adult")
    sandbox.spoil("upstream_oidc", "provider_code", code="invalid_request", step="token")

    assert refused(built, parameters, start, sandbox.now) == "invalid_request"
