"""RFC 7009: revocation."""

import pytest

from tests.spec.pages import Conduct
from tests.spec.relying_party import RelyingParty
from tests.spec.verdicts import refused
from tests.spec.wire import Browser

must = pytest.mark.must
HINTS = [None, "access_token", "refresh_token", "wholly_unknown"]


@must("rfc7009-2-1", "rfc7009-2.1-2")
@pytest.mark.parametrize("hint", HINTS)
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_token_is_revoked_whatever_the_hint_says(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, kind: str, hint: str | None
) -> None:
    tokens = web.tokens(signed_in, citizen)
    assert web.revoke(tokens[kind], token_type_hint=hint).status == 200
    assert not web.is_active(tokens[kind])


def test_refresh_token_takes_its_access_tokens_along(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    web.revoke(tokens["refresh_token"])
    assert web.userinfo(tokens["access_token"]).status == 401


@must("rfc7009-2.1-1")
@pytest.mark.parametrize("token", [None, ""])
def test_revocation_is_refused_without_a_token(web: RelyingParty, token: str | None) -> None:
    refused(web.post("revocation", {"token": token}), "invalid_request")


@pytest.mark.parametrize("token", ["x", "a.b.c", "令牌", "x" * 5000])
def test_revocation_succeeds_when_the_token_is_unknown(web: RelyingParty, token: str) -> None:
    assert web.revoke(token).status == 200


@must("rfc7009-5-1", "rfc7009-5-2")
def test_revocation_is_refused_when_the_client_does_not_authenticate(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    form = {"token": tokens["access_token"], "client_id": web.client_id}
    answer = web.post("revocation", form, authenticate=False)
    refused(answer, "invalid_client", status=401)
    assert web.is_active(tokens["access_token"])


@must("rfc7009-5-1", "rfc7009-5-2")
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_token_of_another_client_is_not_revoked(
    web: RelyingParty, public: RelyingParty, signed_in: Browser, citizen: Conduct, kind: str
) -> None:
    tokens = web.tokens(signed_in, citizen)
    answer = public.revoke(tokens[kind])
    assert answer.status in {200, 400}
    assert web.is_active(tokens[kind])


def test_public_client_revokes_its_own_token(
    public: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = public.tokens(signed_in, citizen)
    assert public.revoke(tokens["refresh_token"]).status == 200
    refused(public.refresh(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_revocation_takes_post_alone(web: RelyingParty, method: str) -> None:
    _, headers = web.authentication()
    answer = web.provider.wire.send(
        method, web.endpoint("revocation"), query={"token": "x"}, headers=headers
    )
    assert answer.status in {400, 405}
