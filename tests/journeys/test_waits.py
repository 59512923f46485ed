"""Waiting without a thread for each: answers, patience, a crowd, failures and the end."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Event

import pytest

from idp.journey.errands import Errands
from idp.journey.waits import MOST_PATIENT, Waits
from tests.waiting import wait_until

pytestmark = pytest.mark.storage


@pytest.fixture
def errands() -> Iterator[Errands]:
    own = Errands(threads=2)
    yield own
    own.close()


@pytest.fixture
def waits(errands: Errands) -> Iterator[Waits]:
    own = Waits(errands)
    yield own
    own.close()


async def seven() -> int:
    return 7


class Bell:
    """Rung in one thread, heard on an event loop."""

    def __init__(self) -> None:
        self._rung: Future[None] = Future()

    def ring(self) -> None:
        self._rung.set_result(None)

    def is_rung(self) -> bool:
        return self._rung.done()

    async def heard(self) -> None:
        await asyncio.wrap_future(self._rung)


def test_answer_comes_back_when_it_is_quick(waits: Waits) -> None:
    assert waits.ask(seven, lambda answer: answer + 1) == 8
    assert waits.ask(seven, lambda answer: answer + 2) == 9


def test_answer_is_dealt_with_on_the_thread_of_the_page_that_waits(waits: Waits) -> None:
    assert waits.ask(seven, lambda _: threading.current_thread()) is threading.current_thread()


def test_answer_that_cannot_be_dealt_with_is_logged_and_the_page_goes_on(
    waits: Waits, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: int) -> int:
        raise LookupError("gone")

    with caplog.at_level(logging.ERROR):
        assert waits.ask(seven, broken) is None
    assert "an errand failed" in caplog.text
    assert waits.ask(seven, lambda answer: answer) == 7


def test_answer_at_the_very_end_of_patience_is_dealt_with_once(waits: Waits) -> None:
    """Whoever gives up and whoever brings the answer meet: one of the two deals with it."""
    done: list[str] = []
    all_done = Event()

    def deal(_: int) -> str:
        done.append(threading.current_thread().name)
        if len(done) == 200:
            all_done.set()
        return "dealt with"

    async def soon() -> int:
        for _ in range(3):
            await asyncio.sleep(0)  # a turn of the loop, no time
        return 7

    for _ in range(200):
        waits.ask(soon, deal, patience=0.0002)
    assert all_done.wait(10)
    assert len(done) == 200


def test_answer_is_still_dealt_with_when_the_page_does_not_wait(waits: Waits) -> None:
    told, done = Bell(), Event()

    async def slow() -> None:
        await told.heard()

    assert waits.ask(slow, lambda _: done.set(), patience=0.01) is None
    told.ring()
    assert done.wait(5)


def test_question_that_fails_is_logged_and_answers_nothing(
    waits: Waits, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> int:
        raise LookupError("gone")

    with caplog.at_level(logging.ERROR):
        assert waits.ask(broken, lambda answer: answer, patience=3_600) is None
    assert "a question failed" in caplog.text


@pytest.mark.requirement("R17")
def test_five_hundred_wait_in_few_threads_when_an_authority_is_slow(waits: Waits) -> None:
    crowd, before = 500, threading.active_count()
    everyone, all_done = Bell(), Event()
    asking, done = 0, 0
    lock = threading.Lock()

    async def slow() -> None:
        nonlocal asking
        asking += 1
        if asking == crowd:
            everyone.ring()
        await everyone.heard()

    def count(_: None) -> None:
        nonlocal done
        with lock:
            done += 1
            if done == crowd:
                all_done.set()

    for _ in range(crowd):
        assert waits.ask(slow, count, patience=0) is None
    wait_until(everyone.is_rung)
    assert threading.active_count() - before <= 4
    assert all_done.wait(10)


def test_page_does_not_wait_when_many_wait_already(waits: Waits) -> None:
    go_on, free = Bell(), Event()

    async def slow() -> None:
        await go_on.heard()

    patient = [
        threading.Thread(target=waits.ask, args=(slow, lambda _: None), kwargs={"patience": 5})
        for _ in range(MOST_PATIENT)
    ]
    for each in patient:
        each.start()
    wait_until(lambda: waits._patient._value == 0)
    assert waits.ask(seven, lambda _: free.set(), patience=5) is None
    assert free.wait(5)
    go_on.ring()
    for each in patient:
        each.join()


def test_nothing_waits_any_more_when_it_is_closed(errands: Errands) -> None:
    waits, begun, ended = Waits(errands), Event(), Event()

    async def forever() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waits.close()
    waits.ask(forever, lambda _: None, patience=0)
    assert begun.wait(5)
    waits.close()
    assert ended.is_set()
    assert waits.ask(seven, lambda answer: answer) == 7
    waits.close()
