"""Where the immigration administration's camera page is, and how we sign to whoever opens it."""

from dataclasses import dataclass

from connectors.settings import Secret, require_base_url
from connectors.signatures import HMAC_SM3
from connectors.signed_account import require_signed_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmigrationFaceSettings:
    """One account with the administration.

    Attributes:
        base_url: everything before `/immigration-face/…`, without a slash at its end.
        page_url: the address under which its pages are; a browser is sent nowhere else.
        app_id: the account.
        app_secret: the key of both signatures.
        sign_type: `HMAC-SM3` or `HMAC-SHA256`, as agreed.
        least_score: below it (0 to 1) even an authority's yes decides nothing.
        timeout: seconds for one call in all.
    """

    base_url: str
    page_url: str
    app_id: str
    app_secret: Secret
    sign_type: str = HMAC_SM3
    least_score: float = 0.8
    timeout: float = 8.0

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        require_signed_settings(self)
        require_base_url(self.page_url)
        if not 0 < self.least_score <= 1:
            raise ValueError("least_score: more than 0, at most 1")


def for_sandbox(base_url: str) -> ImmigrationFaceSettings:
    """The settings that the sandbox authority at `base_url` accepts."""
    return ImmigrationFaceSettings(
        base_url=base_url,
        page_url=f"{base_url}/immigration-face/capture",
        app_id="sandbox-immigration-face",
        app_secret=Secret("sandbox-immigration-face-secret"),
    )
