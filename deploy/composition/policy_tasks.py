"""What the worker repeats for policies: replays that were ordered, and forgetting in time."""

from deploy.house import Task
from deploy.replays import carry_out_next
from idp.foundation.clock import Clock
from idp.journey.access.drafts import purge_drafts
from idp.journey.access.history import purge
from idp.journey.access.replays import Replays, purge_replays


def policy_tasks(clock: Clock, *, decision_ttl: int) -> tuple[Task, ...]:
    def replay() -> None:
        while carry_out_next(Replays(clock=clock)):
            pass

    def forget() -> None:
        for purged in (purge, purge_replays, purge_drafts):
            purged(now=clock.now(), ttl=decision_ttl)

    return (
        Task(name="policy-replays", interval=1.0, run=replay),
        Task(name="decisions-purge", interval=3600.0, run=forget),
    )
