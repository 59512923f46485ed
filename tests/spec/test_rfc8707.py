"""RFC 8707: resource indicators."""

import pytest

from tests.spec.house import HouseUnderTest
from tests.spec.pages import Conduct
from tests.spec.relying_party import CALLBACK, Provider, RelyingParty, peek
from tests.spec.verdicts import redirected_error, refused
from tests.spec.wire import Browser

must = pytest.mark.must
OWN = "s" * 43
MALFORMED = {
    "relative": "/api",
    "no scheme": "api.example/app",
    "fragment": "https://api.example/app#part",
    "empty fragment": "https://api.example/app#",
    "not a URI": "::",
    "spaces": "https://api example/",
    "unknown": "https://unknown.example/api",
}


@must("rfc8707-2-1..2")
@pytest.mark.parametrize("resource", MALFORMED.values(), ids=MALFORMED.keys())
def test_authorization_is_refused_when_the_resource_is_malformed_or_unknown(
    web: RelyingParty, browser: Browser, resource: str
) -> None:
    answer = web.begin(browser, resource=resource, state="s")
    redirected_error(answer, CALLBACK, "invalid_target", state="s")


@must("rfc8707-2-1..2")
@pytest.mark.parametrize("resource", MALFORMED.values(), ids=MALFORMED.keys())
def test_token_is_refused_when_the_resource_is_malformed_or_unknown(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    authorization = web.authorize(signed_in, citizen)
    refused(web.redeem(authorization, resource=resource), "invalid_target")


def test_token_is_meant_for_the_resource_that_was_asked(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    tokens = web.tokens(signed_in, citizen, resource=resource)
    assert peek(tokens["access_token"])[1]["aud"] in (resource, [resource])


def test_token_is_refused_for_a_resource_outside_the_grant(
    web: RelyingParty, signed_in: Browser, citizen: Conduct, resource: str
) -> None:
    authorization = web.authorize(signed_in, citizen, resource=resource)
    answer = web.redeem(authorization, resource=resource + "/elsewhere")
    refused(answer, "invalid_target")


def owner(house: HouseUnderTest, resource: str, department: str, **city: object) -> None:
    """A resource server, declared by the city; it serves `resource` and asks for nothing."""
    rooms = house.house.rooms.clients
    metadata = {
        "client_name": "住房登记接口",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "subject_type": "pairwise",
        "resources": [resource],
    }
    settings = {"department": department, "is_resource_server": True, **city}
    rooms.registrar.declare(f"server-of-{department or 'nobody'}", metadata, settings, secret=OWN)
    rooms.directory.reload()


def sub_for(party: RelyingParty, browser: Browser, citizen: Conduct, resource: str) -> str:
    tokens = party.tokens(browser, citizen, resource=resource)
    return str(peek(tokens["access_token"])[1]["sub"])


@pytest.mark.requirement("R5")
@pytest.mark.parametrize("department", ["housing-bureau", ""], ids=["department", "host-alone"])
def test_resource_knows_people_by_its_owners_sector_whoever_asked(
    provider: Provider,
    house: HouseUnderTest,
    signed_in: Browser,
    citizen: Conduct,
    department: str,
) -> None:
    resource = f"https://api-{department or 'x'}.example/register"
    owner(house, resource, department)
    parties = [
        provider.party(subject_type="pairwise", redirect_uris=[uri], resources=[resource])
        for uri in (CALLBACK, "https://library.example/callback")
    ]
    told = {sub_for(party, signed_in, citizen, resource) for party in parties}
    assert len(told) == 1
    own = {peek(party.tokens(signed_in, citizen)["id_token"])[1]["sub"] for party in parties}
    assert len(own) == 2
    assert not told & own


def test_resource_without_an_owner_knows_people_by_the_clients_sector(
    provider: Provider, signed_in: Browser, citizen: Conduct
) -> None:
    resource = "https://nobody.example/api"
    party = provider.party(subject_type="pairwise", resources=[resource])
    own = peek(party.tokens(signed_in, citizen)["id_token"])[1]["sub"]
    assert sub_for(party, signed_in, citizen, resource) == own
