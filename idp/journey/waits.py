"""Waiting for the outside world without a thread for each who waits.

Owns one event loop, on a thread of its own in each process, on which hundreds of answers are
awaited at once. What is then done with an answer writes: it runs on the thread of the page that
still waits for it, or on one of the errands' few.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, wait
from threading import BoundedSemaphore, Lock, Thread
from typing import Any, Final, TypeVar

from idp.journey.errands import PATIENCE, Errands, guarded

MOST_AT_ONCE: Final = 600
"""Questions under way in one process: each holds a socket. More queue without one."""
MOST_PATIENT: Final = 6
"""Pages that wait a moment for their answer at the same time; of 16 threads, the rest stay free."""

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
Done = TypeVar("Done")


def _nothing_more(_done: object) -> None:
    """Whoever asked has seen to everything."""


class Waits:
    """The event loop starts with the first question, in the process that asks it."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._places: asyncio.Semaphore | None = None
        self._patient = BoundedSemaphore(MOST_PATIENT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = Lock()

    def ask(
        self,
        question: Callable[[], Awaitable[Answer]],
        then: Callable[[Answer], Done],
        *,
        patience: float = PATIENCE,
        late: Callable[[Done], object] = _nothing_more,
    ) -> Done | None:
        """Await the answer and do `then` with it; what that returns, or None when it takes longer.

        A page waits `patience` seconds only while few do: under a crowd it shows itself at once.
        While it waits, `then` is done on its own thread, else on an errand's; there `late` is
        given what it returned, for nobody is told of it here any more.
        """
        here: Future[Answer] = Future()
        loop = self._running()
        is_patient = patience > 0 and self._patient.acquire(blocking=False)
        if not is_patient:
            here.cancel()
        loop.call_soon_threadsafe(
            self._begin, loop, self._whole(question, lambda answer: late(then(answer)), here)
        )
        if not is_patient:
            return None
        try:
            if not _has_come(here, patience):
                return None
            return guarded(lambda: then(here.result()))
        finally:
            self._patient.release()

    def close(self) -> None:
        """Stop awaiting; what is under way is forgotten, and costs nobody an attempt."""
        with self._lock:
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(timeout=5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=5)
        loop.close()

    def _begin(self, loop: asyncio.AbstractEventLoop, whole: Coroutine[Any, Any, None]) -> None:
        """On the loop's thread; a loop alone would let go of a task before its end."""
        task = loop.create_task(whole)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _whole(
        self,
        question: Callable[[], Awaitable[Answer]],
        late: Callable[[Answer], object],
        here: "Future[Answer]",
    ) -> None:
        """Ask, and hand the answer to the page that waits `here`, or to an errand."""
        places = self._places
        if places is None:
            places = self._places = asyncio.Semaphore(MOST_AT_ONCE)
        try:
            async with places:
                answer = await question()
        except Exception:  # noqa: BLE001 - the outermost handler of this wait
            _log.exception("a question failed")
            _give_up(here)
            return
        except asyncio.CancelledError:
            _give_up(here)
            raise
        if here.set_running_or_notify_cancel():
            here.set_result(answer)
        else:
            self._errands.submit(lambda: late(answer))

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._places = None
                self._thread = Thread(target=_serve, args=(self._loop,), daemon=True, name="waits")
                self._thread.start()
            return self._loop


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()


def _give_up(here: "Future[Answer]") -> None:
    """No answer will come: whoever waits for it need not."""
    here.cancel()
    here.set_running_or_notify_cancel()


def _has_come(here: "Future[Answer]", patience: float) -> bool:
    """Whether an answer came in time; if not, nobody waits for it here any more."""
    wait([here], timeout=patience)
    return not here.cancel() and not here.cancelled()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
