"""What a wired process consists of: the types the composition root fills and the runtime uses."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver

from idp.conf import ProviderSettings

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
ECHOED = "tongxing.echoed_request_id"
"""Where an endpoint leaves the caller's own request identifier, to be told back to it."""
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
    run: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Every room of one process, wired.

    `hot_paths` are answered before Django by their exact path, `hot_prefixes` by what their path
    begins with. `addresses` are Django's pages, made when somebody serves them. `listen` starts
    what a serving process listens to in threads of its own (configuration, revocations). `desk`
    renders pages, `rooms` gives seeders and commands the services by name.
    """

    settings: ProviderSettings
    hot_paths: Mapping[str, Endpoint] = field(default_factory=dict)
    hot_prefixes: Mapping[str, Endpoint] = field(default_factory=dict)
    addresses: Callable[[], tuple[URLPattern | URLResolver, ...]] = tuple
    probes: tuple[Probe, ...] = ()
    tasks: tuple[Task, ...] = ()
    listen: Callable[[], None] = lambda: None
    desk: Any = None
    rooms: Any = None
