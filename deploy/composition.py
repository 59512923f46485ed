"""The house put together: every room is handed here what would otherwise point upward.

`build` is called once per process, by the server, the worker and the commands. Nothing else in
the product constructs a room's service.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.conf import ProviderSettings

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Endpoint = Callable[[Environ, StartResponse], Iterable[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One thing that must work before requests are welcome.

    `check` returns None when it does, else the reason, in words that hold no secret.
    """

    name: str
    check: Callable[[], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Work that the worker process repeats: `run` is called every `interval` seconds."""

    name: str
    interval: float
    run: Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Every room of one process, wired."""

    settings: ProviderSettings
    hot_paths: Mapping[str, Endpoint] = field(default_factory=dict)
    probes: tuple[Probe, ...] = ()
    tasks: tuple[Task, ...] = ()


def build(settings: ProviderSettings) -> House:
    """Wire the rooms for `settings`; Django must be set up."""
    from deploy.probes import database_probe, store_probe

    return House(settings=settings, probes=(database_probe(), store_probe()))
