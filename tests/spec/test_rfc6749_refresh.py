"""RFC 6749 §6 and OpenID Connect Core 1.0 §12: refresh tokens, their owner, scope and rotation."""

import pytest

from tests.spec.house import Later
from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty, peek
from tests.spec.verdicts import refused
from tests.spec.wire import Browser

must = pytest.mark.must


@must("rfc6749-6-8", "rfc6749-6-10", "oidc-core-12.1-2")
def test_refresh_token_brings_new_tokens_of_the_same_scope(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    first = web.tokens(signed_in, citizen, scope="openid profile")
    narrowed = web.refresh(first["refresh_token"], scope="openid").json()
    assert narrowed["access_token"] != first["access_token"]
    assert narrowed["scope"] == "openid"
    again = web.refresh(narrowed["refresh_token"]).json()
    assert set(again["scope"].split()) == {"openid", "profile"}


@must("rfc6749-6-4", "rfc9700-4.14.2-2")
@pytest.mark.parametrize("scope", ["openid profile email", "openid admin"])
def test_refresh_is_refused_when_it_asks_for_more_than_was_granted(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, scope: str
) -> None:
    tokens = web.tokens(signed_in, citizen, scope="openid profile")
    refused(web.refresh(tokens["refresh_token"], scope=scope), "invalid_scope")


@must("rfc6749-6-5..6", "oidc-core-12.1-1..2")
def test_refresh_is_refused_when_the_client_does_not_authenticate(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    answer = web.refresh(tokens["refresh_token"], authenticate=False, client_id=web.client_id)
    refused(answer, "invalid_client", status=401)


@must("rfc6749-6-7", "rfc6749-10.4-2", "rfc6749-10.4-4", "oidc-core-12.1-2")
def test_refresh_is_refused_when_another_client_tries(
    web: RelyingParty, public: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    refused(public.refresh(tokens["refresh_token"]), "invalid_grant")
    tokens = public.tokens(signed_in, citizen)
    refused(web.refresh(tokens["refresh_token"]), "invalid_grant")


@must("rfc6749-10.4-5", "rfc6749-6-8")
@pytest.mark.parametrize("place", [0, 10, -1])
def test_refresh_is_refused_when_one_character_is_changed(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, place: int
) -> None:
    token = list(web.tokens(signed_in, citizen)["refresh_token"])
    token[place] = "A" if token[place] != "A" else "B"
    refused(web.refresh("".join(token)), "invalid_grant")


@must("rfc9700-2.2.2-1", "rfc9700-4.14.2-3")
@pytest.mark.parametrize("kind", ["public", "web"])
def test_refresh_tokens_rotate_and_reuse_revokes_the_family(
    request: pytest.FixtureRequest,
    signed_in: Browser,
    citizen: Conduct,
    later: Later,
    kind: str,
) -> None:
    party: RelyingParty = request.getfixturevalue(kind)
    first = party.tokens(signed_in, citizen)["refresh_token"]
    second = party.refresh(first).json()["refresh_token"]
    third = party.refresh(second).json()["refresh_token"]
    assert len({first, second, third}) == 3
    later(minutes=5)
    refused(party.refresh(first), "invalid_grant")
    refused(party.refresh(third), "invalid_grant")


@must("rfc9700-4.14.2-1")
def test_refresh_token_is_given_only_to_a_client_registered_for_it(
    provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    party = provider.party(grant_types=["authorization_code"])
    assert "refresh_token" not in party.tokens(signed_in, citizen)


@must("rfc6749-4.1.2-4", "rfc6749-6-8")
def test_refresh_is_refused_when_the_token_was_revoked(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    token = web.tokens(signed_in, citizen)["refresh_token"]
    assert web.revoke(token).status == 200
    refused(web.refresh(token), "invalid_grant")


@must("oidc-core-12.2-1..7")
def test_refreshed_id_token_tells_of_the_first_authentication(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, later: Later
) -> None:
    first = web.tokens(signed_in, citizen, max_age="3600")
    later(seconds=90)
    second = web.refresh(first["refresh_token"]).json()
    _, before = peek(first["id_token"])
    _, after = peek(second["id_token"])
    for claim in ("iss", "sub", "aud", "auth_time"):
        assert after[claim] == before[claim]
    assert after["iat"] >= before["iat"] + 90
    assert after.get("azp") == before.get("azp")
    assert after.get("nonce", before["nonce"]) == before["nonce"]


@must("rfc6749-7-1")
def test_refresh_token_is_no_access_token(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    assert web.userinfo(tokens["refresh_token"]).status == 401
    refused(web.refresh(tokens["access_token"]), "invalid_grant")
