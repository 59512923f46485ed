"""The grant types this server offers, each with Authlib's extensions to it: one explicit table."""

from typing import Any, Final

from idp.protocols.oidc.token.grants.authorization_code import (
    AuthorizationCodeGrant,
    S256CodeChallenge,
)
from idp.protocols.oidc.token.grants.client_credentials import ClientCredentialsGrant
from idp.protocols.oidc.token.grants.device_code import DeviceCodeGrant
from idp.protocols.oidc.token.grants.refresh_token import RefreshTokenGrant

GRANTS: Final[tuple[tuple[Any, tuple[Any, ...]], ...]] = (
    (AuthorizationCodeGrant, (S256CodeChallenge(required=True),)),
    (RefreshTokenGrant, ()),
    (ClientCredentialsGrant, ()),
    (DeviceCodeGrant, ()),
)
GRANT_TYPES: Final = tuple(grant.GRANT_TYPE for grant, _ in GRANTS)
