"""Our own upstream connector signs in at our own provider, on real sockets."""

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.addresses import AddressPolicy
from connectors.errors import ConnectorError
from connectors.http import OutboundClient
from connectors.settings import Secret
from connectors.upstream_oidc.adapter import UpstreamOidc
from connectors.upstream_oidc.settings import UpstreamOidcSettings
from tests.product import Product
from tests.visiting import Visitor, knowing

pytestmark = [pytest.mark.server, pytest.mark.requirement("R6")]
BACK = "http://127.0.0.1:25001/back"


def at(product: Product, **changed: Any) -> UpstreamOidc:
    """Registered there as a portal is."""
    client = product.register(
        client_name="邻市", redirect_uris=[BACK], scope="openid profile", **changed
    )
    settings = UpstreamOidcSettings(
        provider="neighbour",
        issuer=product.issuer,
        client_id=client["client_id"],
        client_secret=Secret(client["client_secret"]),
        ceiling=2,
        levels={f"urn:tongxing:acr:ial{ial}:aal1": str(ial) for ial in (1, 2, 3, 4)},
    )
    return UpstreamOidc(settings, OutboundClient(AddressPolicy.development(), clock=time.monotonic))


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the provider is a process with a clock of its own


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_person_of_another_city_is_known_here_when_they_signed_in_there(
    algorithm: str, shared_product: Product
) -> None:
    person = shared_product.person("adult")
    login = at(shared_product, id_token_signed_response_alg=algorithm)
    start = login.start(BACK, now=now())

    answer = Visitor(knows=knowing(shared_product, person)).visit(start.url, until=BACK)
    parameters = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    identity = login.finish(parameters, kept=start.kept, now=now())

    assert identity.provider == "neighbour"
    assert identity.subject
    assert identity.claims["name"] == person["name"]
    assert identity.identity_level in {1, 2}
    with pytest.raises(ConnectorError, match="invalid_grant"):
        login.finish(parameters, kept=start.kept, now=now())
