"""What the settings of every authority with a signing account have in common to be checked.

Owns those checks alone; each adapter owns its own fields and their defaults.
"""

from typing import Protocol

from connectors.settings import Secret, require_base_url
from connectors.signatures import KEYED_DIGESTS
from connectors.signed_json import Account


class SignedSettings(Protocol):
    """The fields that are checked."""

    @property
    def base_url(self) -> str: ...
    @property
    def app_secret(self) -> Secret: ...
    @property
    def sign_type(self) -> str: ...
    @property
    def timeout(self) -> float: ...


def require_signed_settings(settings: SignedSettings) -> None:
    """Refuse what could not work.

    Raises:
        ValueError: a field holds a value outside its range.
    """
    require_base_url(settings.base_url)
    if settings.sign_type not in KEYED_DIGESTS:
        raise ValueError(f"sign_type: one of {', '.join(KEYED_DIGESTS)}")
    if settings.timeout <= 0:
        raise ValueError("timeout: more than 0 seconds")


def account_of(settings: SignedSettings) -> Account:
    """The account to call with."""
    return Account(
        base_url=settings.base_url,
        key=settings.app_secret,
        sign_type=settings.sign_type,
        timeout=settings.timeout,
    )
