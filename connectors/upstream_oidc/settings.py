"""Which partner, as which client of theirs, and how far their word goes here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from connectors.settings import Secret

# Asymmetric only: a symmetric signature could be made by whoever reads our configuration.
_ALGORITHMS: Final = frozenset({"RS256", "PS256", "ES256", "EdDSA", "Ed25519"})
HIGHEST_LEVEL: Final = 4
_CLAIMS: Final = {"name": "name", "phone_number": "phone_number", "email": "email"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOidcSettings:
    """One partner.

    Attributes:
        provider: what the partner is called here, for ever: with `sub` it names a person.
        issuer: their issuer identifier, exactly; discovery is beneath it.
        client_id: who we are there.
        client_secret: our secret there, sent as `client_secret_basic`.
        ceiling: the highest identity level their word can give here, 0 to 4.
        levels: their `acr` → identity level; any other `acr`, or none, is level 0.
        scope: what is asked for; `openid` is among it.
        claims: their claim → ours, for what is taken over.
        algorithms: what their ID tokens may be signed with, between spaces.
        metadata_ttl: seconds that discovery and keys are kept.
        clock_skew: seconds their clock may differ.
        timeout: seconds for one call in all.
    """

    provider: str
    issuer: str
    client_id: str
    client_secret: Secret
    ceiling: int
    levels: Mapping[str, str] = field(default_factory=dict)
    scope: str = "openid profile"
    claims: Mapping[str, str] = field(default_factory=lambda: dict(_CLAIMS))
    algorithms: str = "RS256 PS256 ES256 EdDSA"
    metadata_ttl: float = 3600.0
    clock_skew: float = 60.0
    timeout: float = 8.0

    def __post_init__(self) -> None:
        """Refuse what could not work.

        Raises:
            ValueError: a field holds a value outside its range.
        """
        parts = urlsplit(self.issuer)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query:
            raise ValueError("issuer: an absolute http(s) URL without a query")
        if not self.provider:
            raise ValueError("provider: a name")
        if not 0 <= self.ceiling <= HIGHEST_LEVEL:
            raise ValueError(f"ceiling: 0 to {HIGHEST_LEVEL}")
        if any(text not in {"0", "1", "2", "3", "4"} for text in self.levels.values()):
            raise ValueError(f"levels: each 0 to {HIGHEST_LEVEL}")
        if "openid" not in self.scope.split():
            raise ValueError("scope: openid is among it")
        if not self.algorithms or not set(self.algorithms.split()) <= _ALGORITHMS:
            raise ValueError(f"algorithms: among {', '.join(sorted(_ALGORITHMS))}")
        if self.timeout <= 0 or self.metadata_ttl <= 0 or self.clock_skew < 0:
            raise ValueError("timeout, metadata_ttl, clock_skew: more than 0 seconds")

    def level_of(self, acr: str) -> int:
        """The identity level that the partner's `acr` gives here: min(asserted, ceiling)."""
        return min(int(self.levels.get(acr, "0")), self.ceiling)


def for_sandbox(base_url: str) -> UpstreamOidcSettings:
    """The settings that the sandbox's partner at `base_url` accepts."""
    return UpstreamOidcSettings(
        provider="sandbox_partner",
        issuer=f"{base_url}/partner",
        client_id="tongxing",
        client_secret=Secret("sandbox-partner-secret"),
        ceiling=2,
        levels={"partner:registered": "1", "partner:verified": "2", "partner:in-person": "4"},
    )
