"""Bad input in signed things: algorithm confusion, key confusion, none, clocks that differ."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from tests.spec.pages import Conduct
from tests.spec.relying_party import (
    ASSERTION_TYPE,
    CALLBACK,
    Provider,
    RelyingParty,
    key_for,
    peek,
    signed,
    unsigned,
)
from tests.spec.verdicts import refused
from tests.spec.wire import Answer, Browser

PRESENTED = "client_credentials"


def keyed(provider: Provider, *algorithms: str, **metadata: Any) -> RelyingParty:
    keys = [dict(key_for(name).as_dict(private=False)) for name in algorithms or ("RS256",)]
    return provider.party(
        token_endpoint_auth_method="private_key_jwt",
        grant_types=[PRESENTED],
        response_types=[],
        redirect_uris=None,
        jwks={"keys": keys},
        **metadata,
    )


def present(party: RelyingParty, assertion: str) -> Answer:
    return party.token(
        authenticate=False,
        grant_type=PRESENTED,
        client_assertion_type=ASSERTION_TYPE,
        client_assertion=assertion,
    )


def by_public_key(claims: dict[str, Any], pem: bytes, **header: Any) -> str:
    """An HMAC whose secret is somebody's public key: the classic confusion of algorithms."""
    unsigned_parts = unsigned(claims, **header).split(".")
    parts = [part(json.dumps({"alg": "HS256", "typ": "JWT", **header}).encode()), unsigned_parts[1]]
    mac = hmac.digest(pem, ".".join(parts).encode(), "sha256")
    return ".".join([*parts, part(mac)])


def part(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def test_assertion_is_refused_when_the_public_key_is_used_as_a_secret(provider: Provider) -> None:
    party = keyed(provider)
    _, claims = peek(party.assertion(algorithm="RS256"))
    public = key_for("RS256").as_pem(private=False)
    refused(
        present(party, by_public_key(claims, public, kid="client-1")), "invalid_client", status=401
    )


def test_assertion_is_refused_when_its_algorithm_is_none(provider: Provider) -> None:
    party = keyed(provider)
    _, claims = peek(party.assertion(algorithm="RS256"))
    for header in ({}, {"kid": "client-1"}, {"alg": "None"}, {"alg": "nOnE"}):
        refused(present(party, unsigned(claims, **header)), "invalid_client", status=401)


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u"])
def test_assertion_is_refused_when_it_brings_its_own_key(provider: Provider, member: str) -> None:
    party = keyed(provider)
    _, claims = peek(party.assertion(algorithm="RS256"))
    key = key_for("RS256", "forger")
    given: Any = key.as_dict(private=False) if member == "jwk" else "https://attacker.example/jwks"
    forged = signed(claims, algorithm="RS256", key=key, **{member: given})
    refused(present(party, forged), "invalid_client", status=401)


def test_assertion_is_refused_when_signed_with_the_key_of_another_client(
    provider: Provider,
) -> None:
    mine, theirs = keyed(provider), keyed(provider, "ES256")
    _, claims = peek(mine.assertion(algorithm="RS256"))
    forged = signed(claims, algorithm="ES256", key=key_for("ES256"))
    refused(present(mine, forged), "invalid_client", status=401)
    assert present(theirs, theirs.assertion(algorithm="ES256")).status == 200


@pytest.mark.parametrize("kid", ["../../etc/passwd", "' or 1=1", "x" * 5000, ""])
def test_assertion_is_refused_when_its_kid_names_no_key(provider: Provider, kid: str) -> None:
    party = keyed(provider)
    _, claims = peek(party.assertion(algorithm="RS256"))
    forged = signed(claims, algorithm="RS256", key=key_for("RS256", "forger"), kid=kid)
    refused(present(party, forged), "invalid_client", status=401)


@pytest.mark.parametrize(
    ("ahead", "accepted"), [(0, True), (15, True), (120, False)], ids=["none", "15 s", "2 min"]
)
def test_assertion_of_a_client_whose_clock_is_ahead(
    provider: Provider, ahead: int, *, accepted: bool
) -> None:
    party = keyed(provider)
    now = int(time.time()) + ahead  # noqa: TID251 - the client has a clock of its own
    answer = present(party, party.assertion(algorithm="RS256", iat=now, nbf=now, exp=now + 60))
    assert (answer.status == 200) is accepted, answer.body


@pytest.mark.parametrize("size", [1, 3, 9])
def test_token_made_of_odd_parts_is_refused(web: RelyingParty, size: int) -> None:
    for token in (".".join(["e30"] * size), ".".join(["%"] * size), "." * size):
        assert web.userinfo(token).status == 401
        assert web.introspect(token).json() == {"active": False}


def test_access_token_is_refused_when_the_published_key_is_used_as_a_secret(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    header, claims = peek(web.tokens(signed_in, citizen)["access_token"])
    for key in web.provider.keys().keys:
        forged = by_public_key(claims, key.as_pem(private=False), typ="at+jwt", kid=header["kid"])
        assert web.userinfo(forged).status == 401
        assert web.introspect(forged).json() == {"active": False}


def test_logout_hint_and_login_hint_are_refused_when_their_algorithm_is_none(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    header, claims = peek(web.tokens(signed_in, citizen)["id_token"])
    forged = unsigned(claims, kid=header["kid"])
    answer = web.begin(signed_in, prompt="none", id_token_hint=forged)
    assert answer.location.startswith(CALLBACK)
    assert "code" not in answer.location_parameters()


def test_token_of_one_kind_is_not_taken_for_another(
    web: RelyingParty, signed_in: Browser, citizen: Conduct
) -> None:
    tokens = web.tokens(signed_in, citizen)
    assert web.userinfo(tokens["id_token"]).status == 401
    assert web.introspect(tokens["id_token"]).json() == {"active": False}
    answer = web.begin(signed_in, prompt="none", id_token_hint=tokens["access_token"])
    assert "code" not in answer.location_parameters()
