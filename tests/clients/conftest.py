"""What the clients' tests share: a deployment's rules, and a registrar over them."""

import pytest

from idp.clients.metadata import MetadataRules
from idp.clients.registrar import ClientRegistrar
from idp.conf import Profile, ProviderSettings, Secret
from idp.foundation.clock import SystemClock
from idp.foundation.sealing import RootKeys, Sealer
from idp.protocols.oidc.discovery.metadata import server_metadata


@pytest.fixture
def settings_of_provider() -> ProviderSettings:
    return ProviderSettings(
        profile=Profile.DEVELOPMENT,
        issuer="https://id.example",
        root_key=Secret(b"r" * 32),
        blind_index_key=Secret(b"b" * 32),
        pairwise_salt=Secret(b"p" * 32),
    )


@pytest.fixture
def rules(settings_of_provider: ProviderSettings) -> MetadataRules:
    return MetadataRules(server_metadata=server_metadata(settings_of_provider), http_allowed=False)


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(RootKeys(active="k1", keys={"k1": b"root key of the test run 0123456789"}))


@pytest.fixture
def registrar(rules: MetadataRules, sealer: Sealer) -> ClientRegistrar:
    return ClientRegistrar(rules=rules, sealer=sealer, clock=SystemClock())
