"""The management API behind the whole product: from the token endpoint to its revocation."""

from typing import Any

import pytest

from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider, RelyingParty, peek
from tests.spec.wire import Answer

pytestmark = pytest.mark.requirement("R18")
SECRET = "a made-up secret of a program, 256 bit or so"


@pytest.fixture(scope="module")
def program(house: HouseUnderTest, provider: Provider) -> RelyingParty:
    metadata: dict[str, Any] = {
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_basic",
        "scope": "tongxing.clients:read tongxing.keys:read",
        "resources": [f"{provider.issuer}/api/v1"],
    }
    registrar = house.house.rooms.clients.registrar
    registrar.declare("a-program", metadata, {"management_role": "system"}, secret=SECRET)
    registered = {**metadata, "client_id": "a-program", "client_secret": SECRET}
    return RelyingParty(provider=provider, registered=registered)


def asked(program: RelyingParty, token: str, path: str = "/clients/a-program") -> Answer:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return program.provider.wire.get(f"/api/v1{path}", headers=headers)


def token_of(program: RelyingParty, **form: str) -> str:
    answer = program.token(grant_type="client_credentials", **form)
    assert answer.status == 200, answer.body
    return str(answer.json()["access_token"])


@pytest.mark.spec(
    "RFC 9068 §4", "The resource server MUST validate that the aud claim contains a resource"
)
def test_program_gets_a_token_for_the_api_and_is_answered(program: RelyingParty) -> None:
    resource = program.registered["resources"][0]
    token = token_of(program, resource=resource)
    header, claims = peek(token)
    assert header["typ"] == "at+jwt"
    assert claims["aud"] == resource
    answer = asked(program, token)
    assert answer.status == 200
    assert answer.json()["management_role"] == "system"
    assert answer.header("X-Request-Id")
    assert asked(program, token_of(program)).status == 401
    narrow = token_of(program, resource=resource, scope="tongxing.keys:read")
    assert asked(program, narrow).status == 403
    assert asked(program, narrow, "/keys").status == 200


@pytest.mark.spec("RFC 7009 §2", "the authorization server invalidates the token")
def test_program_is_refused_once_its_token_is_revoked(program: RelyingParty) -> None:
    token = token_of(program, resource=program.registered["resources"][0])
    assert asked(program, token).status == 200
    assert program.revoke(token).status == 200
    answer = asked(program, token)
    assert answer.status == 401
    assert 'error="invalid_token"' in answer.header("WWW-Authenticate")
    assert answer.media_type == "application/problem+json"


@pytest.mark.spec(
    "RFC 9728 §5.1", "The resource_metadata parameter … the URL of the protected resource metadata"
)
def test_whoever_has_no_token_is_told_where_to_get_one(program: RelyingParty) -> None:
    challenge = asked(program, "").header("WWW-Authenticate")
    address = challenge.partition('resource_metadata="')[2].rstrip('"')
    said = program.provider.wire.get(address).json()
    assert said["resource"] == program.registered["resources"][0]
    assert said["authorization_servers"] == [program.provider.issuer]


def test_stranger_gets_no_scope_of_the_api_by_registering(provider: Provider) -> None:
    answer = provider.register(
        grant_types=["client_credentials"], redirect_uris=[], scope="tongxing.people:read"
    )
    assert answer.status == 400
    assert answer.json()["error"] == "invalid_client_metadata"
