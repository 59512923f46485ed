"""What scim2-server reads and writes: accounts and departments, as one client may see them.

One of these serves one request. The rules of staff are the staff's room's; here its refusals
become the errors of RFC 7644 §3.12.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from scim2_models import (
    ConflictException,
    ForbiddenException,
    InvalidValueException,
    MutabilityException,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
    TooManyException,
    UniquenessException,
)
from scim2_server.storage import ScimStorage, SearchPage

from idp.protocols.scim.changing import Changing, NotAllowed, NotAMember
from idp.protocols.scim.narrowing import Narrowed, narrowed, order_of, page_of
from idp.protocols.scim.representing import group_of, user_of
from idp.staff.accounts import NotAccepted
from idp.staff.departments import BoundForLife, NameTaken
from idp.staff.roles import Role
from idp.staff.searching import Search
from idp.staff.standing import LastOfItsRole

_USER: Final = "User"
MOST_READ: Final = 5_000
"""How many resources one search reads to compare them in the process."""
WORDS: Final = {
    "username": "userName: 2 to 64 lower-case letters, digits, dots, hyphens or underscores",
    "username_taken": "userName: it is taken; a name is never given again, not even of a "
    "closed account",
    "member_taken": "employeeNumber: this person has an account already: one person holds one role",
    "name": "displayName: 1 to 60 characters",
    "staff_number": "employeeNumber: 3 to 40 letters, digits or hyphens",
    "department": "department: 1 to 128 characters; a department administrator needs one",
    "external_id": "externalId: at most 128 printable characters",
    "role": f"userType: the role of the account, one of {', '.join(Role)}",
}
_TAKEN: Final = frozenset({"username_taken", "member_taken"})


@dataclass(frozen=True, slots=True)
class StaffStorage(ScimStorage):
    """The resources that `changing`'s client may see; `writes` where the request may change any."""

    changing: Changing
    writes: bool

    def operation(self) -> AbstractContextManager[None]:
        """One transaction for what is read and then written; a refusal undoes all of it."""
        return _translated(transaction.atomic() if self.writes else nullcontext())

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        del response_parameters  # what is not asked for is dropped later; there is little of it
        found = self._found(resource_type, resource_id)
        if found is None:
            raise NotFoundException(detail=f"There is no {resource_type.name} {resource_id!r}.")
        return found

    def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        del position  # pages are counted, not pointed at
        names = {each.name for each in resource_types}
        users = narrowed(search_request.filter, self.changing.provisioning.indexes)
        order = order_of(search_request)
        if names == {_USER} and users.is_exact and order:
            page = page_of(search_request, users.where, order)
            total, posts = self.changing.count(page), self.changing.posts(page)
            return SearchPage(total=total, resources=[user_of(post) for post in posts])
        candidates = self._users(users) if _USER in names else []
        candidates += self._groups() if names - {_USER} else []
        return _page(candidates, search_request)

    def _users(self, users: Narrowed) -> list[Resource[Any]]:
        posts = self.changing.posts(Search(where=users.where, last=MOST_READ + 1))
        _require_few(len(posts))
        return [user_of(post) for post in posts]

    def _groups(self) -> list[Resource[Any]]:
        _require_few(self.changing.departments.count())
        seen = self.changing.visible()
        return [group_of(each, seen) for each in self.changing.departments.listed()]

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        if resource_type.name == _USER:
            return user_of(self.changing.invite(resource))
        return group_of(*self.changing.found(resource))

    def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        current = self._expected(resource_type, resource.id, expected_version)
        if resource_type.name == _USER:
            return user_of(self.changing.change(current, resource))
        return group_of(*self.changing.reshape(current, resource))

    def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        self._expected(resource_type, resource_id, expected_version)
        self.changing.remove(UUID(resource_id), is_user=resource_type.name == _USER)

    def _expected(
        self, resource_type: ResourceType, resource_id: str | None, version: str | None
    ) -> Resource[Any]:
        current = self.get(resource_type, resource_id or "")
        if version is not None and current.meta and current.meta.version != version:
            raise PreconditionFailedException
        return current

    def _found(self, resource_type: ResourceType, resource_id: str) -> Resource[Any] | None:
        try:
            wanted = UUID(resource_id)
        except ValueError:
            return None
        if resource_type.name == _USER:
            post = self.changing.post(wanted, is_held=self.writes)
            return user_of(post) if post else None
        department = self.changing.departments.get(wanted, is_held=self.writes)
        return group_of(department, self.changing.visible()) if department else None


def _page(candidates: list[Resource[Any]], asked: SearchRequest[Any]) -> SearchPage:
    """A page of what the library's own comparison leaves of the candidates."""
    wanted = asked.filter
    found = [each for each in candidates if wanted is None or wanted.match(each)]
    ordered = asked.sort(found)
    return SearchPage(total=len(found), resources=ordered[asked.start_index_0 : asked.stop_index_0])


def _require_few(count: int) -> None:
    """RFC 7644 §3.4.2.2, "tooMany": more than the server is willing to process."""
    if count > MOST_READ:
        raise TooManyException(
            detail=f"The search reads more than {MOST_READ} resources: add a condition on userName,"
            " userType, active, externalId, employeeNumber or meta.lastModified."
        )


@contextmanager
def _translated(inside: AbstractContextManager[Any]) -> Iterator[None]:
    """RFC 7644 §3.12: a refusal of the staff's room, in the client's words."""
    try:
        with inside:
            yield
    except NotAccepted as refusal:
        words = WORDS[refusal.field]
        if refusal.field in _TAKEN:
            raise UniquenessException(detail=words) from refusal
        raise InvalidValueException(detail=words) from refusal
    except NameTaken as refusal:
        raise UniquenessException(
            detail="displayName: there is a department of this name"
        ) from refusal
    except NotAMember as refusal:
        raise InvalidValueException(
            detail=f"members: {refusal} is no User whom this client may see"
        ) from refusal
    except NotAllowed as refusal:
        raise ForbiddenException(
            detail=f"userType: this client may not make accounts of the role {refusal}"
        ) from refusal
    except BoundForLife as refusal:
        raise MutabilityException(
            detail="A department administrator is bound to the department for life: close the "
            "account, and invite the person anew."
        ) from refusal
    except LastOfItsRole as refusal:
        raise ConflictException(
            detail="This is the last administrator of its role: it stays, and stays active."
        ) from refusal
