"""Counts what one act costs a house that runs in this process.

Processor time of the house alone: of the thread that walks through its pages only what it spends
inside them, of all other threads everything.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from statistics import median
from typing import Any
from unittest.mock import patch


@dataclass(slots=True)
class Cost:
    """Of one act; `cpu` in seconds, the rest are numbers."""

    cpu: float = 0.0
    pages: float = 0
    statements: float = 0
    transactions: float = 0
    trips: float = 0
    calls: float = 0

    def row(self, what: str) -> str:
        """One row of a table."""
        counted = (self.pages, self.statements, self.transactions, self.trips, self.calls)
        return f"| {what} | {self.cpu * 1000:.1f} | {' | '.join(f'{each:g}' for each in counted)} |"


HEADING = (
    "| what | CPU ms | pages | statements | transactions | store trips | calls out |\n"
    "|---|---:|---:|---:|---:|---:|---:|"
)


def medians(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    names = [each.name for each in fields(Cost)]
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in names))


@dataclass(slots=True)
class Meter:
    """Counts while an act goes on."""

    cost: Cost = field(default_factory=Cost)
    _inside: float = 0.0
    _is_on: bool = False

    @contextmanager
    def act(self) -> Iterator[None]:
        """One act; its cost afterwards stands in `cost`."""
        self.cost, self._inside, self._is_on = Cost(), 0.0, True
        whole, mine = time.process_time(), time.thread_time()
        yield
        whole, mine = time.process_time() - whole, time.thread_time() - mine
        self._is_on = False
        self.cost.cpu = whole - mine + self._inside

    @contextmanager
    def house(self) -> Iterator[None]:
        """What this thread does now is the house's."""
        began = time.thread_time()
        try:
            yield
        finally:
            self._inside += time.thread_time() - began

    def count(self, what: str) -> None:
        """One more."""
        if self._is_on:
            setattr(self.cost, what, getattr(self.cost, what) + 1)

    def counted(self, what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, counted."""

        def counting(*arguments: Any, **named: Any) -> Any:
            self.count(what)
            return call(*arguments, **named)

        return counting

    def page(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, counted as a page and timed as the house's."""

        def entered(*arguments: Any, **named: Any) -> Any:
            self.count("pages")
            with self.house():
                return call(*arguments, **named)

        return entered

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Stand where statements, commits, store trips, calls out and pages pass."""
        from django.db.backends.base.base import BaseDatabaseWrapper as Database
        from django.db.backends.utils import CursorWrapper
        from django.test.client import ClientHandler

        from connectors.http import OutboundClient
        from idp.foundation.storage.pool import ConnectionPool

        execute = CursorWrapper.execute

        def statement(cursor: Any, sql: str, params: Any = None) -> Any:
            self.count("statements")
            if not cursor.db.in_atomic_block and not sql.startswith("SELECT"):
                self.count("transactions")
            return execute(cursor, sql, params)

        with ExitStack() as stack:
            for owner, name, made in (
                (CursorWrapper, "execute", statement),
                (Database, "_commit", self.counted("transactions", vars(Database)["_commit"])),
                (
                    ConnectionPool,
                    "_exchange",
                    self.counted("trips", vars(ConnectionPool)["_exchange"]),
                ),
                (OutboundClient, "send", self.counted("calls", OutboundClient.send)),
                (OutboundClient, "asend", self.counted("calls", OutboundClient.asend)),
                (ClientHandler, "get_response", self.page(ClientHandler.get_response)),
            ):
                stack.enter_context(patch.object(owner, name, made))
            yield
