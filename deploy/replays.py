"""Replays a draft of the policies against recorded decisions, on several processes.

The judgement is the policies', the record the hall's; here the work is shared out. Whoever stops
reading the progress stops the work.
"""

import multiprocessing
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import closing
from datetime import datetime
from typing import Final

from deploy.replay_worker import begin, judge, tallied
from idp.journey.access.history import Stretch, count_since, stretches
from idp.journey.access.replays import Replays
from policies.engine import Engine
from policies.replay import Progress, Tally
from policies.source import PolicySource

WORKERS: Final = 2
_AHEAD: Final = 2


def carry_out_next(replays: Replays, *, workers: int = WORKERS) -> bool:
    """Carry out the next replay that was ordered; False where none was.

    It stops soon after it is cancelled, and its workers with it.
    """
    ordered = replays.claim()
    if ordered is None:
        return False
    try:
        with closing(replayed(ordered.source, ordered.since, workers=workers)) as found:
            for progress in found:
                if not replays.advance(ordered, progress):
                    return True
    except ValueError:
        replays.finish(ordered, is_failed=True)
    else:
        replays.finish(ordered)
    return True


def replayed(
    source: PolicySource, since: datetime, *, workers: int = WORKERS
) -> Generator[Progress]:
    """The progress after every stretch of decisions, and at the end.

    Raises:
        ValueError: the draft does not parse.
    """
    engine = Engine(source)
    total, waiting, tally = count_since(since), list(stretches(since)), Tally()
    if workers < 2 or len(waiting) < 2:
        for stretch in waiting:
            tally.add(tallied(engine, stretch))
            yield tally.progress(total)
    else:
        for found in _shared_out(source, waiting, workers):
            tally.add(found)
            yield tally.progress(total)
    if not waiting:
        yield tally.progress(0)


def _shared_out(source: PolicySource, waiting: list[Stretch], workers: int) -> Iterator[Tally]:
    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=begin,
        initargs=(source.shared, dict(source.by_client)),
    )
    running: set[Future[Tally]] = set()
    try:
        while waiting or running:
            while waiting and len(running) < workers * _AHEAD:
                running.add(pool.submit(judge, waiting.pop(0)))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for each in done:
                yield each.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
