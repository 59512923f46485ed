"""Waiting for the outside world without a thread for each who waits.

Owns one event loop, on a thread of its own in each process, on which hundreds of answers are
awaited at once; what is then done with an answer runs on the errands' few threads: it writes.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import wait
from threading import BoundedSemaphore, Lock, Thread
from typing import Final, TypeVar

from idp.journey.errands import PATIENCE, Errands

MOST_AT_ONCE: Final = 600
"""Questions under way in one process: each holds a socket. More queue without one."""
MOST_PATIENT: Final = 6
"""Pages that wait a moment for their answer at the same time; of 16 threads, the rest stay free."""

_log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
Done = TypeVar("Done")


class Waits:
    """The event loop starts with the first question, in the process that asks it."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._places: asyncio.Semaphore | None = None
        self._patient = BoundedSemaphore(MOST_PATIENT)
        self._lock = Lock()

    def ask(
        self,
        question: Callable[[], Awaitable[Answer]],
        then: Callable[[Answer], Done],
        *,
        patience: float = PATIENCE,
    ) -> Done | None:
        """Await the answer and do `then` with it; what that returns, or None when it takes longer.

        A page waits `patience` seconds only while few do: under a crowd it shows itself at once.
        """
        done = asyncio.run_coroutine_threadsafe(self._whole(question, then), self._running())
        if not self._patient.acquire(blocking=False):
            return None
        try:
            finished, _ = wait([done], timeout=patience)
        finally:
            self._patient.release()
        return done.result() if finished else None

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

    async def _whole(
        self, question: Callable[[], Awaitable[Answer]], then: Callable[[Answer], Done]
    ) -> Done | None:
        places = self._places
        if places is None:
            places = self._places = asyncio.Semaphore(MOST_AT_ONCE)
        try:
            async with places:
                answer = await question()
        except Exception:  # noqa: BLE001 - the outermost handler of this wait
            _log.exception("a question failed")
            return None
        return await asyncio.wrap_future(self._errands.submit(lambda: then(answer)))

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


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_default_executor()
