"""docs/reference/endpoints.md, from the hot paths of the composition and Django's addresses."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from deploy.reference.endpoint_words import WORDS


def endpoints() -> str:
    """Return the page."""
    from deploy.composition import house
    from deploy.health import live

    hot = dict(house().hot_paths)
    rows = [(path, _summary(endpoint)) for path, endpoint in hot.items()]
    rows += [
        (f"{prefix}…", _summary(endpoint)) for prefix, endpoint in house().hot_prefixes.items()
    ]
    rows += [
        ("/healthz/live", _summary(live)),
        ("/healthz/ready", "Answer whether requests are welcome here now."),
    ]
    pages = [(path, _summary(view)) for path, view in _views(get_resolver().url_patterns, "/")]
    return "\n".join(
        [
            "# Endpoints",
            "",
            "Clients find the protocol endpoints through `/.well-known/openid-configuration`.",
            "",
            "## Answered before Django",
            "",
            *_table(rows),
            "",
            "## Pages",
            "",
            *_table(pages),
            "",
        ]
    )


def _table(rows: list[tuple[str, str]]) -> list[str]:
    return [
        "| address | what it does |",
        "|---|---|",
        *(f"| `{path}` | {WORDS.get(path) or summary} |" for path, summary in sorted(rows)),
    ]


def _views(
    patterns: list[URLPattern | URLResolver], prefix: str
) -> Iterator[tuple[str, Callable[..., Any]]]:
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver) and pattern.app_name == "management":
            yield f"{path}…", _operations
        elif isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns, path)
        else:
            yield path, pattern.callback


def _operations() -> None:
    """The management API, by its [operations](management-api.md)."""


def _summary(endpoint: Callable[..., Any]) -> str:
    text = inspect.getdoc(endpoint) or ""
    first = text.partition("\n\n")[0]
    return " ".join(first.split()).replace("|", "\\|")
