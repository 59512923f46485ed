"""What an operation is, who may use it, and the scope a token needs for it, as data.

Roles are those of the console's route that does the same, so that the two never differ.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel

from admin.api.asked import Answer
from admin.routes import ROUTES
from idp.clients.metadata import MANAGEMENT_SCOPES
from idp.staff.roles import Role

STALE: Final = (412, 428)
"""What an operation answers that takes the ETag of what was read."""
_RULES: Final = {route.name: route.rule for route in ROUTES}


def readers(route: str) -> frozenset[Role]:
    """Who may read at a route of the console."""
    return _RULES[route].reads


def writers(route: str) -> frozenset[Role]:
    """Who may write at a route of the console."""
    return _RULES[route].writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method at one address.

    `right` is the scope without its prefix; `changes` says that it changes something, so that it
    can be repeated under a key; `is_locked` that it takes the ETag of what was read;
    `refusals` are statuses of problems that it has beside those that all have.
    """

    name: str
    method: str
    path: str
    view: Callable[..., Answer]
    roles: frozenset[Role]
    right: str
    answers: type[BaseModel] | None = None
    status: int = 200
    changes: bool = False
    is_locked: bool = False
    refusals: tuple[int, ...] = ()

    @property
    def scope(self) -> str:
        """The scope a token needs; "" where any token of a client with a role will do."""
        return f"{MANAGEMENT_SCOPES}{self.right}" if self.right else ""

    @property
    def area(self) -> str:
        """The kind of thing it is about, as the path begins."""
        return self.path.split("/")[1]


def scopes_of(role: Role, operations: Iterable[Operation]) -> frozenset[str]:
    """The scopes that mean something for a client in this role."""
    return frozenset(each.scope for each in operations if each.scope and role in each.roles)
