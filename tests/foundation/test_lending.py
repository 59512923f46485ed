"""Connections that are lent: at most so many, the warmest first, none that the server gave up."""

import subprocess
import sys
from dataclasses import dataclass, field
from itertools import count
from queue import SimpleQueue
from threading import Thread

import pytest

from idp.foundation.database.contract import DatabaseUnavailable
from idp.foundation.database.lending import Lender

_NUMBERS = count(1)


@dataclass(eq=False)
class Connection:
    number: int = field(default_factory=lambda: next(_NUMBERS))
    has_ended: bool = False
    is_closed: bool = False

    def close(self) -> None:
        self.is_closed = True


def lender(most: int = 2) -> Lender[Connection]:
    return Lender(most=most, has_ended=lambda each: each.has_ended, close=Connection.close)


def test_connection_that_came_back_last_goes_out_first() -> None:
    lending = lender()
    first, second = lending.take(Connection), lending.take(Connection)
    assert first is not second
    lending.give_back(first)
    lending.give_back(second)
    assert lending.take(Connection) is second
    assert lending.take(Connection) is first


def test_nobody_gets_a_connection_when_all_are_lent() -> None:
    lending = lender(most=1)
    lent = lending.take(Connection)
    with pytest.raises(DatabaseUnavailable, match="busy"):
        lending.take(Connection, patience=0.01)
    lending.give_back(lent)
    assert lending.take(Connection, patience=0.01) is lent


def test_who_waits_is_served_when_a_connection_comes_back() -> None:
    lending = lender(most=1)
    lent = lending.take(Connection)
    served: SimpleQueue[Connection] = SimpleQueue()
    thread = Thread(target=lambda: served.put(lending.take(Connection)))
    thread.start()
    lending.give_back(lent)
    assert served.get(timeout=5) is lent
    thread.join()


def test_ended_connections_are_closed_and_another_is_made() -> None:
    lending = lender()
    kept = [lending.take(Connection), lending.take(Connection)]
    for connection in kept:
        lending.give_back(connection)
        connection.has_ended = True
    assert lending.take(Connection) not in kept
    assert all(connection.is_closed for connection in kept)


def test_place_is_free_again_when_no_connection_could_be_made() -> None:
    lending = lender(most=1)

    def refused() -> Connection:
        raise DatabaseUnavailable("nobody is there")

    for _ in range(3):
        with pytest.raises(DatabaseUnavailable, match="nobody"):
            lending.take(refused, patience=0.01)
    assert lending.take(Connection, patience=0.01)


def test_place_is_free_again_when_a_connection_was_dropped() -> None:
    lending = lender(most=1)
    spoilt = lending.take(Connection)
    lending.drop(spoilt)
    assert spoilt.is_closed
    assert lending.take(Connection, patience=0.01) is not spoilt


def test_what_lies_idle_is_closed_and_what_is_lent_is_not() -> None:
    lending = lender()
    lent, idle = lending.take(Connection), lending.take(Connection)
    lending.give_back(idle)
    lending.close()
    assert (lent.is_closed, idle.is_closed) == (False, True)


FORKING = """
import os

from idp.foundation.database.lending import Lender

lending = Lender(most=1, has_ended=lambda each: False, close=list.clear)
kept = lending.take(lambda: ["the parent's"])
lending.give_back(kept)
child = os.fork()
if child == 0:
    own = lending.take(lambda: ["the child's"], patience=0.01)
    os._exit(0 if (own, kept) == (["the child's"], ["the parent's"]) else 1)
assert os.waitpid(child, 0)[1] == 0
assert lending.take(list) is kept
"""


def test_forked_child_neither_uses_nor_closes_what_its_parent_has() -> None:
    # A process of its own: what pytest's threads hold at the fork, its child would hold for good.
    subprocess.run([sys.executable, "-c", FORKING], check=True, timeout=30)
