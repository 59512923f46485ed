"""Errands on threads of their own: answers, patience, and what a failure answers."""

import logging
from threading import Event

import pytest

from idp.journey.errands import Errands

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
