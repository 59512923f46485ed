"""Transport security: no production without https, and every address follows the issuer."""

from urllib.parse import urlsplit

import pytest

from deploy.production import refusals
from idp.conf import Profile
from tests.spec.house import Judged, production
from tests.spec.relying_party import CALLBACK, Provider

must = pytest.mark.must
TRANSPORT = (
    "rfc6749-2.3.1-5",
    "rfc6749-3.1-4",
    "rfc6749-3.2-3",
    "rfc6749-10.3-2",
    "rfc6749-10.4-3",
    "rfc6749-10.8-1",
    "rfc6749-10.9-1",
    "rfc6749-10.11-1",
    "rfc6750-5.2-3..4",
    "rfc6750-5.2-10",
    "rfc7009-2-4..6",
    "rfc7591-3-2",
    "rfc7591-5-1..2",
    "rfc7662-2-1",
    "rfc7662-4-8",
    "rfc8414-2-4",
    "rfc8414-3-2",
    "rfc8414-6.1-1..2",
    "rfc8414-6.1-4",
    "rfc9207-2-2",
    "oidc-session-3.3-3",
    "oidc-core-1.2-2",
    "oidc-core-3.1.2-1",
    "oidc-core-3.1.3-1",
    "oidc-core-5.3-1",
    "oidc-core-16.17-1..2",
    "oidc-discovery-3-5",
    "oidc-discovery-3-7..8",
    "oidc-discovery-3-10",
    "oidc-discovery-3-14",
    "oidc-discovery-7.1-1..2",
    "oidc-registration-3.2-6",
    "oidc-registration-9-1",
    "oidc-registration-9.3-1..2",
    "oidc-rpinitiated-2.1-3",
)


@must(*TRANSPORT)
@pytest.mark.parametrize(
    "issuer", ["http://id.city.example", "http://127.0.0.1:8000", "ftp://id.city.example"]
)
def test_production_refuses_to_start_when_the_issuer_is_not_https(
    issuer: str,
) -> None:
    found = {finding.id for finding in refusals(production(issuer=issuer))}
    assert "TX001" in found


@must(*TRANSPORT)
def test_every_published_address_stands_under_the_issuer(provider: Provider) -> None:
    """So an https issuer, which production demands, makes every one of them https."""
    for path in ("openid-configuration", "oauth-authorization-server"):
        metadata = provider.wire.get(f"/.well-known/{path}").json()
        for name, value in metadata.items():
            if name.endswith(("_endpoint", "_uri", "_iframe")) and isinstance(value, str):
                assert value.startswith(metadata["issuer"] + "/"), name
                assert urlsplit(value).scheme == urlsplit(metadata["issuer"]).scheme
    registered = provider.party().registered
    assert registered["registration_client_uri"].startswith(provider.issuer + "/")


@must(
    "rfc9700-2.6-1..2",
    "rfc7591-5-5",
    "oidc-registration-2-5..6",
    "oidc-registration-2-11",
    "oidc-registration-2-39",
)
@pytest.mark.parametrize(
    ("metadata", "accepted"),
    [
        ({"redirect_uris": ["http://portal.example/callback"]}, False),
        ({"redirect_uris": [CALLBACK]}, True),
        ({"redirect_uris": ["http://127.0.0.1/callback"], "application_type": "native"}, True),
        ({"redirect_uris": ["http://[::1]/callback"], "application_type": "native"}, True),
        ({"redirect_uris": ["http://127.0.0.1/callback"], "application_type": "web"}, False),
        ({"redirect_uris": ["cn.example.app:/callback"], "application_type": "native"}, True),
        ({"redirect_uris": [CALLBACK], "jwks_uri": "http://portal.example/jwks"}, False),
        ({"redirect_uris": [CALLBACK], "initiate_login_uri": "http://portal.example/"}, False),
        ({"redirect_uris": [CALLBACK], "backchannel_logout_uri": "http://portal.example/"}, False),
        ({"redirect_uris": [CALLBACK], "request_uris": ["http://portal.example/r#x"]}, False),
        ({"redirect_uris": [CALLBACK], "request_uris": ["https://portal.example/r#x"]}, True),
    ],
)
def test_production_registers_no_address_that_travels_in_the_clear(
    judged: Judged, metadata: dict[str, object], *, accepted: bool
) -> None:
    assert judged(metadata, Profile.PRODUCTION) is accepted
