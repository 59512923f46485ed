"""RFC 7662: introspection."""

import pytest

from tests.spec.house import Later
from tests.spec.pages import Conduct
from tests.spec.relying_party import RelyingParty, key_for, peek, signed, unsigned
from tests.spec.verdicts import refused
from tests.spec.wire import Browser

must = pytest.mark.must
HINTS = [None, "access_token", "refresh_token", "wholly_unknown"]


@must("rfc7662-2.2-1", "rfc7662-2.1-2")
@pytest.mark.parametrize("hint", HINTS)
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_live_token_is_active_whatever_the_hint_says(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, kind: str, hint: str | None
) -> None:
    tokens = web.tokens(signed_in, citizen)
    answer = web.introspect(tokens[kind], token_type_hint=hint)
    assert answer.status == 200
    assert answer.media_type == "application/json"
    document = answer.json()
    assert document["active"] is True
    assert document["client_id"] == web.client_id
    assert "no-store" in answer.header("Cache-Control")


@must("rfc7662-2.1-1")
@pytest.mark.parametrize("token", [None, ""])
def test_introspection_is_refused_without_a_token(web: RelyingParty, token: str | None) -> None:
    refused(web.post("introspection", {"token": token}), "invalid_request")


@must("rfc7662-2.1-3", "rfc7662-4-7", "rfc6749-2.3-1")
@pytest.mark.parametrize("kind", ["nobody", "public"])
def test_introspection_is_refused_when_the_caller_does_not_authenticate(
    web: RelyingParty, public: RelyingParty, signed_in: Browser, citizen: Conduct, kind: str
) -> None:
    token = web.tokens(signed_in, citizen)["access_token"]
    form = {"token": token} | ({"client_id": public.client_id} if kind == "public" else {})
    answer = web.post("introspection", form, authenticate=False)
    refused(answer, "invalid_client", "invalid_request", status=answer.status)
    assert answer.status in {400, 401, 403}


@must("rfc7662-2.2-3", "rfc7662-4-1", "rfc7662-4-5")
@pytest.mark.parametrize("token", ["x", "a.b.c", "令牌", "x" * 5000])
def test_unknown_token_is_inactive_and_nothing_more_is_said(web: RelyingParty, token: str) -> None:
    answer = web.introspect(token)
    assert answer.status == 200
    assert answer.json() == {"active": False}


@must("rfc7662-4-1", "rfc7662-4-5")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "none"])
def test_forged_token_is_inactive(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, algorithm: str
) -> None:
    header, claims = peek(web.tokens(signed_in, citizen)["access_token"])
    if algorithm == "none":
        forged = unsigned(claims, typ="at+jwt")
    else:
        key = key_for(algorithm, "forger")
        forged = signed(claims, algorithm=algorithm, key=key, typ="at+jwt", kid=header["kid"])
    assert web.introspect(forged).json() == {"active": False}


@must("rfc7662-4-1..2", "rfc7662-2.2-3")
def test_expired_token_is_inactive(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, later: Later
) -> None:
    tokens = web.tokens(signed_in, citizen)
    later(seconds=tokens["expires_in"] + 61)
    assert web.introspect(tokens["access_token"]).json() == {"active": False}


@must("rfc7662-4-1", "rfc7662-4-4", "rfc7662-2.2-3")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoked_token_is_inactive(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, kind: str
) -> None:
    tokens = web.tokens(signed_in, citizen)
    web.revoke(tokens[kind])
    assert web.introspect(tokens[kind]).json() == {"active": False}


@must("rfc7662-2.3-1", "rfc7662-2.2-3", "rfc7662-4-6", "rfc7662-5-1")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_token_of_somebody_else_is_inactive_to_a_stranger(
    web: RelyingParty, service: RelyingParty, signed_in: Browser, citizen: Conduct, kind: str
) -> None:
    tokens = web.tokens(signed_in, citizen)
    assert service.introspect(tokens[kind]).json() == {"active": False}


@must("rfc7662-5-1")
def test_introspection_tells_no_personal_data(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen, scope="openid profile phone")
    document = web.introspect(tokens["access_token"]).json()
    assert not {"name", "phone_number", "birthdate"} & set(document)
    assert citizen.person.name not in str(document)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_introspection_takes_post_alone(web: RelyingParty, method: str) -> None:
    _, headers = web.authentication()
    answer = web.provider.wire.send(
        method, web.endpoint("introspection"), query={"token": "x"}, headers=headers
    )
    assert answer.status in {400, 405}
