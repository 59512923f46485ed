"""RFC 6750: bearer tokens at the provider's own resource, the UserInfo endpoint."""

import re

import pytest

from tests.spec.house import Later
from tests.spec.pages import Conduct
from tests.spec.relying_party import Provider, RelyingParty, peek
from tests.spec.verdicts import challenge
from tests.spec.wire import Browser

must = pytest.mark.must


@must("rfc6750-2.1-1", "oidc-core-5.3-2..3")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_userinfo_takes_a_bearer_token_in_the_header(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, method: str
) -> None:
    answer = web.userinfo(web.tokens(signed_in, citizen)["access_token"], method=method)
    assert answer.status == 200, answer.body
    assert answer.json()["sub"]


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_userinfo_reads_the_scheme_without_case(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, scheme: str
) -> None:
    token = web.tokens(signed_in, citizen)["access_token"]
    answer = web.provider.wire.get(
        web.endpoint("userinfo"), headers={"Authorization": f"{scheme} {token}"}
    )
    assert answer.status == 200


@must("oidc-core-5.3-3")
def test_userinfo_takes_a_bearer_token_in_the_form(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    token = web.tokens(signed_in, citizen)["access_token"]
    answer = web.provider.wire.post(web.endpoint("userinfo"), {"access_token": token})
    assert answer.status == 200, answer.body


@must("rfc6750-2-1")
def test_userinfo_refuses_a_token_sent_twice(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    token = web.tokens(signed_in, citizen)["access_token"]
    answer = web.provider.wire.post(
        web.endpoint("userinfo"),
        {"access_token": token},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status == 400
    assert challenge(answer)["error"] == "invalid_request"


@must("oidc-core-16.4-1")
def test_userinfo_refuses_a_token_in_the_request_uri(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    token = web.tokens(signed_in, citizen)["access_token"]
    answer = web.provider.wire.get(web.endpoint("userinfo"), {"access_token": token})
    assert answer.status in {400, 401}


@must("rfc6750-3-1..4")
def test_userinfo_challenges_when_no_token_is_sent(web: RelyingParty) -> None:
    answer = web.provider.wire.get(web.endpoint("userinfo"))
    assert answer.status == 401
    assert "error" not in challenge(answer), "RFC 6750 §3.1: no error code without a token"


@must("rfc6750-3-1..9", "rfc9068-4-11..12", "rfc6749-7-1")
@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30.", "令牌", "x" * 9000]
)
def test_userinfo_challenges_with_invalid_token_when_the_token_is_no_token(
    web: RelyingParty, token: str
) -> None:
    shown = token.encode().decode("latin-1")
    answer = web.userinfo(shown)
    assert answer.status in {400, 401}
    given = challenge(answer)
    assert given["error"] in {"invalid_token", "invalid_request"}
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", given.get("error_description", "x"))
    assert re.fullmatch(r"[\x21\x23-\x5B\x5D-\x7E ]*", given.get("scope", ""))
    assert re.fullmatch(r"[\x21\x23-\x5B\x5D-\x7E]*", given.get("error_uri", ""))


@must("rfc6749-7-1", "rfc6750-5.2-9", "rfc9068-4-10..12")
def test_userinfo_refuses_an_expired_token(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, later: Later
) -> None:
    tokens = web.tokens(signed_in, citizen)
    assert tokens["expires_in"] <= 3600
    later(seconds=tokens["expires_in"] + 61)
    answer = web.userinfo(tokens["access_token"])
    assert answer.status == 401
    assert challenge(answer)["error"] == "invalid_token"


@must("rfc6749-7-1")
def test_userinfo_refuses_a_token_whose_scope_does_not_cover_it(
    service: RelyingParty,
) -> None:
    token = service.token(grant_type="client_credentials").json()["access_token"]
    answer = service.userinfo(token)
    assert answer.status in {401, 403}
    assert challenge(answer)["error"] in {"insufficient_scope", "invalid_token"}


@must(
    "rfc6750-5.2-2",
    "rfc6749-10.3-3",
    "rfc6749-10.10-1",
    "rfc9068-4-7",
)
@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "claims", "signature"])
def test_userinfo_refuses_a_token_that_was_changed(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, part: int
) -> None:
    parts = web.tokens(signed_in, citizen)["access_token"].split(".")
    text = list(parts[part])
    text[8] = "A" if text[8] != "A" else "B"
    parts[part] = "".join(text)
    answer = web.userinfo(".".join(parts))
    assert answer.status == 401
    assert challenge(answer)["error"] == "invalid_token"


@must("rfc6750-5.2-1", "rfc6749-10.10-2")
def test_opaque_access_token_cannot_be_guessed(
    provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    party = provider.party(access_token_format="opaque")
    first = party.tokens(signed_in, citizen)["access_token"]
    second = party.tokens(signed_in, citizen)["access_token"]
    assert first != second
    assert len(first) >= 22, "128 bits in base64url are 22 characters"
    assert party.userinfo(first).status == 200
    assert party.userinfo(first[:-1] + ("A" if first[-1] != "A" else "B")).status == 401


@must("rfc6750-5.2-7", "rfc6750-5.3-4")
def test_bearer_tokens_are_neither_put_into_cookies_nor_read_from_them(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    token = web.tokens(signed_in, citizen)["access_token"]
    assert not any("Bearer" in value or token in value for value in signed_in.cookies.values())
    for name in ("access_token", "token", "Authorization"):
        answer = web.provider.wire.get(
            web.endpoint("userinfo"), headers={"Cookie": f"{name}={token}"}
        )
        assert answer.status == 401


@must("rfc6749-7-1", "rfc9068-4-3")
def test_userinfo_refuses_an_id_token(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    answer = web.userinfo(web.tokens(signed_in, citizen)["id_token"])
    assert answer.status == 401
    assert challenge(answer)["error"] == "invalid_token"


@must("rfc9068-4-5..6", "rfc9700-2.3-1")
def test_userinfo_refuses_a_token_meant_for_another_resource(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    tokens = web.tokens(signed_in, citizen, resource=resource)
    assert peek(tokens["access_token"])[1]["aud"] in (resource, [resource])
    answer = web.userinfo(tokens["access_token"])
    assert answer.status == 401
    assert challenge(answer)["error"] == "invalid_token"


def test_revocation_is_felt_at_userinfo_at_once(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    assert web.revoke(tokens["access_token"]).status == 200
    assert web.userinfo(tokens["access_token"]).status == 401
