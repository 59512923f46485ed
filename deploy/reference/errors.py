"""docs/reference/errors.md: the registered OAuth error codes, and the ids `doctor` speaks of."""

import inspect
from collections.abc import Iterator

from deploy.production import REFUSALS
from idp.protocols.oauth.errors import OAuthError


def errors() -> str:
    """Return the page."""
    return "\n".join(
        [
            "# Errors",
            "",
            "## What clients are told",
            "",
            "`error` is one of these registered words; `error_description` says which parameter",
            "was wrong. Every answer has an `X-Request-Id`: an operator finds it in the log.",
            "",
            "| error | status | when |",
            "|---|---|---|",
            *(f"| `{kind.code}` | {kind.status} | {_when(kind)} |" for kind in _codes()),
            "",
            "## What stops a production start",
            "",
            "| id | problem | mend |",
            "|---|---|---|",
            *(
                f"| {rule.finding.id} | {rule.finding.problem} | {rule.finding.mend} |"
                for rule in REFUSALS
            ),
            "",
        ]
    )


def _codes() -> Iterator[type[OAuthError]]:
    kinds = {kind.code: kind for kind in _below(OAuthError)}
    yield from (kinds[code] for code in sorted(kinds))


def _below(kind: type[OAuthError]) -> Iterator[type[OAuthError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


def _when(kind: type[OAuthError]) -> str:
    return " ".join((inspect.getdoc(kind) or "").split()).replace("|", "\\|")
