"""Where CTID is and how we sign to it: frozen, documented, masked."""

from dataclasses import dataclass

from connectors.settings import Secret
from connectors.signatures import HMAC_SM3
from connectors.signed_account import require_signed_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class CtidSettings:
    """One account with CTID.

    Attributes:
        base_url: everything before `/ctid/token`, without a slash at its end.
        app_key: the account.
        app_secret: the key of both signatures.
        sign_type: `HMAC-SM3` or `HMAC-SHA256`, as agreed.
        timeout: seconds for one call in all.
    """

    base_url: str
    app_key: str
    app_secret: Secret
    sign_type: str = HMAC_SM3
    timeout: float = 8.0

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        require_signed_settings(self)


def for_sandbox(base_url: str) -> CtidSettings:
    """The settings that the sandbox authority at `base_url` accepts."""
    return CtidSettings(
        base_url=base_url,
        app_key="sandbox-ctid",
        app_secret=Secret("sandbox-ctid-secret"),
    )
