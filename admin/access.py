"""Who may do what: a rule for each route of the console, as data. Nothing is open that has none.

Routes are listed in `routes`; `gate` enforces their rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse

from idp.staff.roles import Role

NOBODY: Final[frozenset[Role]] = frozenset()
EVERYONE: Final = frozenset(Role)
SYSTEM: Final = frozenset({Role.SYSTEM})
SECURITY: Final = frozenset({Role.SECURITY})
AUDIT: Final = frozenset({Role.AUDIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may read (GET, HEAD) and who may write (POST) at a route.

    `asks_again`: a write needs the second factor shown lately. `is_public`: also for those who
    are not signed in; such a route shows and changes nothing of anybody's but the signing in.
    `is_background`: pages ask by themselves, which keeps nobody signed in.
    """

    reads: frozenset[Role] = NOBODY
    writes: frozenset[Role] = NOBODY
    asks_again: bool = False
    is_public: bool = False
    is_background: bool = False

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods there are, whoever asks."""
        read = ("GET", "HEAD") if self.reads or self.is_public else ()
        write = ("POST",) if self.writes or self.is_public else ()
        return (*read, *write)

    def lets(self, role: Role, method: str) -> bool:
        """Whether somebody in this role may use the method."""
        return self.is_public or role in (self.writes if method == "POST" else self.reads)


PUBLIC: Final = Rule(is_public=True)


@dataclass(frozen=True, slots=True)
class Route:
    """An address under /console/, what answers there, and for whom.

    `section` is the entry of the navigation it belongs to.
    """

    path: str
    name: str
    view: Callable[..., HttpResponse]
    rule: Rule
    section: str = ""

    def answer(self, *arguments: Any, **parts: Any) -> HttpResponse:
        return self.view(*arguments, **parts)
