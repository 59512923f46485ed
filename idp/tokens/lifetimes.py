"""How long things live: the defaults a city may change. Seconds throughout."""

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """Raises ValueError for values that cannot be kept.

    `refresh_token` is the idle limit of an offline grant's chain, `grant` its absolute one;
    `online_refresh_token` the idle limit of a chain bound to its session. `grace_begins` and
    `grace_ends` bound when a lost answer may be asked for again, after the token's first use.
    """

    code: int = 60
    access_token: int = 600
    id_token: int = 3600
    refresh_token: int = 30 * DAY
    online_refresh_token: int = DAY
    grant: int = 365 * DAY
    grace_begins: int = 2
    grace_ends: int = 15
    longest_access_token: int = DAY

    def __post_init__(self) -> None:
        if not 0 < self.access_token <= self.longest_access_token <= DAY:
            raise ValueError("an access token lives between one second and a day")
        if not 0 < self.grace_begins < self.grace_ends:
            raise ValueError("the grace ends after it begins")

    def access_token_of(self, registered: int) -> int:
        """The client's own `access_token_ttl` where it has one, within the longest allowed."""
        return min(registered or self.access_token, self.longest_access_token)
