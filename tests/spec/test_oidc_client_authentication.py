"""OpenID Connect Core 1.0 §9: client_secret_jwt and private_key_jwt."""

import time
from typing import Any

import pytest

from tests.spec.relying_party import (
    ASSERTION_TYPE,
    Provider,
    RelyingParty,
    key_for,
    peek,
    unsigned,
)
from tests.spec.verdicts import refused
from tests.spec.wire import Answer

must = pytest.mark.must
METHODS = ("client_secret_jwt", "private_key_jwt")
NOW = int(time.time())  # noqa: TID251 - the client has a clock of its own
DAY = 86_400


def registered(provider: Provider, method: str, **metadata: Any) -> RelyingParty:
    if method == "private_key_jwt":
        metadata.setdefault("jwks", {"keys": [dict(key_for("ES256").as_dict(private=False))]})
    return provider.party(
        token_endpoint_auth_method=method,
        grant_types=["client_credentials"],
        response_types=[],
        redirect_uris=None,
        **metadata,
    )


def present(party: RelyingParty, assertion: str, **changes: str | None) -> Answer:
    form: dict[str, str | None] = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **changes,
    }
    return party.token(authenticate=False, **form)


@must(
    "oidc-core-9-1..8",
    "oidc-core-9-10",
    "oidc-core-9-12..22",
    "oidc-core-9-24",
    "oidc-core-9-26..28",
)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("audience", ["issuer", "token_endpoint"])
def test_client_authenticates_with_an_assertion(
    provider: Provider, method: str, audience: str
) -> None:
    party = registered(provider, method)
    assertion = party.assertion(aud=provider.metadata[audience], unknown_claim="ignored")
    assert present(party, assertion).status == 200
    assert party.token(grant_type="client_credentials").status == 200


CHANGES: dict[str, dict[str, Any]] = {
    "no iss": {"iss": None},
    "no sub": {"sub": None},
    "no aud": {"aud": None},
    "no jti": {"jti": None},
    "no exp": {"exp": None},
    "other iss": {"iss": "somebody-else"},
    "other sub": {"sub": "somebody-else"},
    "other aud": {"aud": "https://other.example/token"},
    "expired": {"exp": NOW - DAY, "iat": NOW - 2 * DAY},
    "expires in the far future": {"exp": NOW + 400 * DAY},
    "not yet valid": {"nbf": NOW + DAY},
    "issued in the future": {"iat": NOW + DAY, "exp": NOW + 2 * DAY},
    "exp as text": {"exp": "soon"},
}


@must(
    "oidc-core-9-1..8",
    "oidc-core-9-10..11",
    "oidc-core-9-15..22",
    "oidc-core-9-24..25",
)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES.keys())
def test_assertion_is_refused_when(
    provider: Provider, method: str, changes: dict[str, Any]
) -> None:
    party = registered(provider, method)
    answer = present(party, party.assertion(**changes))
    refused(answer, "invalid_client", status=answer.status)
    assert answer.status in {400, 401}


@must("oidc-core-9-9", "oidc-core-9-23")
@pytest.mark.parametrize("method", METHODS)
def test_assertion_is_refused_when_used_twice(provider: Provider, method: str) -> None:
    party = registered(provider, method)
    assertion = party.assertion()
    assert present(party, assertion).status == 200
    answer = present(party, assertion)
    refused(answer, "invalid_client", status=answer.status)


@must("oidc-core-9-13..14", "oidc-core-9-27..28")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "changes",
    [
        {"client_assertion_type": None},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"},
        {"client_assertion": None},
        {"client_assertion": "garbage"},
    ],
    ids=["no type", "other type", "no assertion", "garbage"],
)
def test_assertion_is_refused_when_sent_wrongly(
    provider: Provider, method: str, changes: dict[str, str | None]
) -> None:
    party = registered(provider, method)
    answer = present(party, party.assertion(), **changes)
    refused(answer, "invalid_client", "invalid_request", status=answer.status)
    assert answer.status in {400, 401}


@must("oidc-registration-2-31..33")
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "EdDSA", "none"])
def test_assertion_is_refused_when_signed_with_another_algorithm_than_registered(
    provider: Provider, algorithm: str
) -> None:
    keys = [dict(key_for(name).as_dict(private=False)) for name in ("ES256", "RS256", "EdDSA")]
    party = registered(
        provider,
        "private_key_jwt",
        token_endpoint_auth_signing_alg="ES256",
        jwks={"keys": [{**key, "kid": key["kty"]} for key in keys]},
    )
    if algorithm == "none":
        _, claims = peek(party.assertion(key=key_for("ES256")))
        assertion = unsigned(claims)
    else:
        assertion = party.assertion(algorithm=algorithm, key=key_for(algorithm))
    answer = present(party, assertion)
    refused(answer, "invalid_client", status=answer.status)


@must("oidc-core-9-15", "oidc-registration-2-31")
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
def test_client_authenticates_with_every_algorithm_on_offer(
    provider: Provider, algorithm: str
) -> None:
    party = registered(
        provider,
        "private_key_jwt",
        token_endpoint_auth_signing_alg=algorithm,
        jwks={"keys": [dict(key_for(algorithm).as_dict(private=False))]},
    )
    assert present(party, party.assertion(algorithm=algorithm)).status == 200
