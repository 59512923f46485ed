"""Where the network identity service is, where its pages are, and how we sign to it."""

from dataclasses import dataclass

from connectors.settings import Secret, require_base_url
from connectors.signatures import HMAC_SM3
from connectors.signed_account import require_signed_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkIdentitySettings:
    """One account with the service.

    Attributes:
        base_url: everything before `/network-identity/…`, without a slash at its end.
        page_url: the address under which its pages are; a browser is sent nowhere else.
        app_id: the account.
        app_secret: the key of both signatures.
        sign_type: `HMAC-SM3` or `HMAC-SHA256`, as agreed.
        timeout: seconds for one call in all.
    """

    base_url: str
    page_url: str
    app_id: str
    app_secret: Secret
    sign_type: str = HMAC_SM3
    timeout: float = 8.0

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        require_signed_settings(self)
        require_base_url(self.page_url)


def for_sandbox(base_url: str) -> NetworkIdentitySettings:
    """The settings that the sandbox authority at `base_url` accepts."""
    return NetworkIdentitySettings(
        base_url=base_url,
        page_url=f"{base_url}/network-identity/page",
        app_id="sandbox-network-identity",
        app_secret=Secret("sandbox-network-identity-secret"),
    )
