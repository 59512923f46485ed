"""Pages of a list: a cursor names the last thing seen, so that nothing is missed or told twice."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, Field

from admin.api.problems import BAD_CURSOR, Problem

MOST: Final = 200
USUAL: Final = 50
_LARGEST_ID: Final = 2**63 - 1
_T = TypeVar("_T")

Cursor = Annotated[
    str | None, Field(description="Where the next page begins; null after the last one.")
]


class Page(BaseModel):
    """Which page of a list."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="How many at once.")
    cursor: str = Field("", max_length=400, description="The `next_cursor` of the page before.")

    @property
    def last(self) -> str:
        """The last thing of the page before; "" for the first page.

        Raises:
            Problem: it is no cursor.
        """
        try:
            raw = urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4))
            last = raw.decode()
        except (ValueError, binascii.Error) as problem:
            raise Problem(BAD_CURSOR) from problem
        if "\x00" in last or cursor_of(last) != self.cursor:
            raise Problem(BAD_CURSOR)
        return last

    @property
    def before(self) -> int | None:
        """The number that everything of this page is below; None for the first page."""
        last = self.last
        if not last:
            return None
        if not (last.isascii() and last.isdigit()) or int(last) > _LARGEST_ID:
            raise Problem(BAD_CURSOR)
        return int(last)

    def of(self, values: Sequence[_T], key: Callable[[_T], str]) -> tuple[list[_T], str | None]:
        """This page of values that are ordered by a key of their own, and the next cursor."""
        last = self.last
        rest = [each for each in values if not last or key(each) > last]
        shown = rest[: self.limit]
        return shown, cursor_of(key(shown[-1])) if len(rest) > self.limit else None


def cursor_of(last: str) -> str:
    """A cursor behind the last thing shown."""
    return urlsafe_b64encode(last.encode()).rstrip(b"=").decode()
