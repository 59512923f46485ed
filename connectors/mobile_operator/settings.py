"""Where the mobile operators' gateway is and how we sign to it: frozen, documented, masked."""

from dataclasses import dataclass

from connectors.settings import Secret
from connectors.signatures import HMAC_SM3
from connectors.signed_account import require_signed_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileOperatorSettings:
    """One account with the mobile operators' gateway.

    Attributes:
        base_url: everything before `/operator/three-factor`, without a slash at its end.
        app_id: the account.
        app_secret: the key of both signatures.
        sign_type: `HMAC-SM3` or `HMAC-SHA256`, as agreed.
        timeout: seconds for one call in all.
    """

    base_url: str
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


def for_sandbox(base_url: str) -> MobileOperatorSettings:
    """The settings that the sandbox authority at `base_url` accepts."""
    return MobileOperatorSettings(
        base_url=base_url,
        app_id="sandbox-mobile-operator",
        app_secret=Secret("sandbox-mobile-operator-secret"),
    )
