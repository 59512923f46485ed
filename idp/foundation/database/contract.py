"""What the hot path's SQL may rely on, whichever database answers."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

Row = tuple[Any, ...]
T = TypeVar("T")


class Conflict(Exception):
    """A unique constraint refused the row: somebody was first."""


class DatabaseUnavailable(Exception):
    """The database cannot be reached, or a statement did not get its turn in time.

    A write may or may not have happened.
    """


class Cursor(Protocol):
    """One statement after another; parameters are ``?`` in order, on both engines."""

    @property
    def rowcount(self) -> int:
        """Rows the last statement changed."""
        ...

    def execute(self, sql: str, params: Sequence[object] = ()) -> "Cursor":
        """Run one prepared statement; raises Conflict and DatabaseUnavailable."""
        ...

    def execute_each(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run it once for each row, in one round trip or few; raises as `execute` does."""
        ...

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> list[Row]: ...


class Engine(Protocol):
    """One kind of database, spoken to without Django."""

    def read(self, sql: str, params: Sequence[object]) -> Row | None: ...

    def read_all(self, sql: str, params: Sequence[object]) -> list[Row]: ...

    def write(self, job: Callable[[Cursor], T]) -> T: ...

    def write_one(self, sql: str, params: Sequence[object]) -> tuple[Row | None, int]: ...

    def close(self) -> None: ...
