"""SQL for the hot path, outside Django: prepared statements on PostgreSQL, group commit on SQLite.

The schema is Django's (migrations); pages, console and rare steps use the ORM. Text, numbers, bytes
and None pass as they are; UUIDs and instants go through `identifier` and `instant`, which write
them as Django's columns expect.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from idp.foundation.database.contract import (
    Conflict,
    Cursor,
    DatabaseUnavailable,
    Engine,
    Row,
    T,
)
from idp.foundation.database.postgresql import PostgresEngine
from idp.foundation.database.sqlite import SqliteEngine

__all__ = ["Conflict", "Cursor", "Database", "DatabaseUnavailable", "Row"]


class Database:
    """The one database of the deployment, for statements that must be fast.

    Never inside a Django transaction of the same thread: these connections would not see its rows,
    and on SQLite the write would wait for itself (RuntimeError).
    """

    __slots__ = ("_engine", "is_postgresql")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """``settings`` is Django's entry in DATABASES; connects on first use."""
        self.is_postgresql = str(settings["ENGINE"]).endswith("postgresql")
        engine: Engine = PostgresEngine(settings) if self.is_postgresql else SqliteEngine(settings)
        self._engine = engine

    def sql(self, *, sqlite: str, postgres: str) -> str:
        """The statement for this database; choose once, when the room is built."""
        return postgres if self.is_postgresql else sqlite

    def read(self, sql: str, params: Sequence[object] = ()) -> Row | None:
        """The first row of a query on committed data, or None; raises DatabaseUnavailable."""
        return self._engine.read(sql, params)

    def read_all(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """All rows of a query on committed data; raises DatabaseUnavailable."""
        return self._engine.read_all(sql, params)

    def write(self, job: Callable[[Cursor], T]) -> T:
        """Run ``job`` in one transaction and return its result once that is on disk.

        Whatever ``job`` raises undoes all it did and is raised here. On SQLite jobs run in the
        writer's thread and share a commit: a job does nothing but SQL.
        """
        return self._engine.write(job)

    def returning(self, sql: str, params: Sequence[object] = ()) -> Row | None:
        """Run one writing statement, a transaction of its own; its first row, or None.

        Statements that are asked for at the same time share a commit, on PostgreSQL also a message.
        Raises Conflict and DatabaseUnavailable.
        """
        return self._engine.write_one(sql, params)[0]

    def execute(self, sql: str, params: Sequence[object] = ()) -> int:
        """`returning`, but the number of rows it changed."""
        return self._engine.write_one(sql, params)[1]

    def identifier(self, value: UUID) -> object:
        """A UUID as a parameter for a Django UUIDField's column."""
        return value if self.is_postgresql else value.hex

    def instant(self, value: datetime) -> object:
        """An aware instant as a parameter for a Django DateTimeField's column."""
        if self.is_postgresql:
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ")

    def read_identifier(self, value: object) -> UUID:
        """The inverse of `identifier`."""
        return value if isinstance(value, UUID) else UUID(str(value))

    def read_instant(self, value: object) -> datetime:
        """The inverse of `instant`; always in UTC."""
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)

    def close(self) -> None:
        """Close idle connections and end the writer; it may be used again afterwards."""
        self._engine.close()
