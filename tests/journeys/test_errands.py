"""Errands on threads of their own: answers, patience, and what a failure answers."""

import logging
from threading import Event

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from idp.journey.errands import Errands
from tests.waiting import wait_until

pytestmark = pytest.mark.storage


def test_errand_answers_when_it_is_quick() -> None:
    errands = Errands(threads=1)
    assert errands.run(lambda: 7) == 7
    errands.close()


def test_errand_goes_on_when_the_page_does_not_wait() -> None:
    errands, go_on, done = Errands(threads=1), Event(), Event()

    def slow() -> None:
        go_on.wait(5)
        done.set()

    assert errands.run(slow, patience=0.01) is None
    go_on.set()
    assert done.wait(5)
    errands.close()


def test_errand_answers_nothing_and_is_logged_when_it_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errands = Errands(threads=1)

    def broken() -> int:
        raise LookupError("gone")

    with caplog.at_level(logging.ERROR):
        assert errands.run(broken) is None
    assert "an errand failed" in caplog.text
    errands.close()


def test_errands_that_are_there_end_and_no_more_are_taken_when_the_pool_closes() -> None:
    errands, go_on = Errands(threads=1), Event()
    first = errands.submit(lambda: go_on.wait(5))
    second = errands.submit(lambda: 7)
    go_on.set()
    errands.close()
    assert (first.result(0), second.result(0)) == (True, 7)
    with pytest.raises(RuntimeError, match="no more"):
        errands.submit(lambda: 7)


def own() -> BaseDatabaseWrapper:
    """The connection of the thread that runs this, open."""
    connection = connections["default"]
    connection.ensure_connection()
    return connection


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "postgresql", reason="there each errand borrows one")
def test_connection_is_kept_between_errands_when_it_is_a_file() -> None:
    errands = Errands(threads=1)
    kept = errands.submit(own).result()
    held = kept and kept.connection
    assert held is not None
    assert errands.submit(own).result() is kept
    assert kept is not None
    assert kept.connection is held
    errands.close()
    assert kept.connection is None


@pytest.mark.django_db(transaction=True)
def test_connection_is_given_back_when_nothing_is_to_do() -> None:
    errands = Errands(threads=1, idle=0.01)
    given = errands.submit(own).result()
    wait_until(lambda: given is not None and given.connection is None)
    errands.close()
