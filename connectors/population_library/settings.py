"""Where the population library is and how we sign to it: frozen, documented, masked."""

from dataclasses import dataclass

from connectors.settings import Secret, require_base_url
from connectors.signatures import HMAC_SM3, KEYED_DIGESTS

CHARSETS = ("GB18030", "UTF-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationLibrarySettings:
    """One account with the library.

    Attributes:
        base_url: everything before `/population/two-factor`, without a slash at its end.
        app_id: the account.
        app_secret: the key of both signatures.
        sign_type: `HMAC-SM3` or `HMAC-SHA256`, as agreed with the library.
        charset: `GB18030` or `UTF-8`; GBK is not offered, rare characters in names need more.
        timeout: seconds for one check in all.
    """

    base_url: str
    app_id: str
    app_secret: Secret
    sign_type: str = HMAC_SM3
    charset: str = "GB18030"
    timeout: float = 8.0

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        require_base_url(self.base_url)
        if self.sign_type not in KEYED_DIGESTS:
            raise ValueError(f"sign_type: one of {', '.join(KEYED_DIGESTS)}")
        if self.charset not in CHARSETS:
            raise ValueError(f"charset: one of {', '.join(CHARSETS)}")
        if self.timeout <= 0:
            raise ValueError("timeout: more than 0 seconds")


def for_sandbox(base_url: str) -> PopulationLibrarySettings:
    """The settings that the sandbox authority at `base_url` accepts."""
    return PopulationLibrarySettings(
        base_url=base_url,
        app_id="sandbox-population-library",
        app_secret=Secret("sandbox-population-library-secret"),
    )
