"""Registration, wired: who may register here, and how sector identifiers are fetched."""

import hashlib
import hmac
from typing import Any

from connectors.errors import OutboundError
from deploy.composition.clients import ClientsRoom
from deploy.composition.ground import Ground
from idp.conf import ProviderSettings
from idp.protocols.oidc.registration.endpoint import RegistrationEndpoint
from idp.protocols.oidc.registration.sector import SectorUnreachable, sector_check

PATH = "/oauth2/register"
SECTOR_TIMEOUT = 5.0
SECTOR_MAX_BYTES = 65_536


def _is_known(settings: ProviderSettings, token: str) -> bool:
    """Whether an initial access token is one of this deployment's; all are compared."""
    found = hashlib.sha256(token.encode()).hexdigest()
    known = [hmac.compare_digest(found, each) for each in settings.initial_access_tokens]
    return bool(token) and any(known)


def registration_endpoint(ground: Ground, clients: ClientsRoom) -> RegistrationEndpoint:
    settings = ground.settings

    def fetch(address: str) -> Any:
        try:
            return ground.outbound.get_json(
                address, max_bytes=SECTOR_MAX_BYTES, timeout=SECTOR_TIMEOUT
            )
        except OutboundError as problem:
            raise SectorUnreachable("could not be fetched") from problem

    return RegistrationEndpoint(
        address=settings.address(PATH),
        path=PATH,
        registrar=clients.registrar,
        may_register=lambda token: settings.registration_open or _is_known(settings, token),
        require_sector=sector_check(fetch),
    )
