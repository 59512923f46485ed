"""docs/reference/configuration.md, from the strings under the fields of `idp.conf`."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Network, IPv6Network

from deploy.settings.environment import Variable, variables_of
from idp import conf
from idp.conf import ProviderSettings, Secret

_KINDS: Mapping[object, str] = {
    str: "text",
    int: "whole number",
    bool: "true / false",
    Secret: "secret",
    tuple[str, ...]: "words",
    tuple[IPv4Network | IPv6Network, ...]: "networks",
}

_PROCESS = (
    (
        "DATABASE_URL",
        "text",
        "SQLite in the data directory",
        "`postgres://user:password@host:5432/name` for PostgreSQL; with nothing else to change.",
    ),
    (
        "REDIS_URL",
        "text",
        "the embedded Valkey",
        "`redis://host:6379/0`, `rediss://…` or `unix:///path` for a Redis or Valkey of your own.",
    ),
    (
        "DJANGO_SETTINGS_MODULE",
        "text",
        "`deploy.settings.development`",
        "The profile; `deploy.settings.production` for real people.",
    ),
    ("TONGXING_DATA", "path", "`var`", "The data directory; only its owner may read it."),
    (
        "TONGXING_SESSION_KEY",
        "secret",
        "made in development",
        "Signs Django's own cookies and forms. 48 bytes or more, base64url.",
    ),
    (
        "TONGXING_ALLOWED_HOSTS",
        "words",
        "none",
        "Host names beside the issuer's under which requests are answered.",
    ),
    ("TONGXING_HOST", "text", "`127.0.0.1`", "Where the server listens; `up --host` sets it."),
    ("TONGXING_PORT", "whole number", "`8000`", "The server's port; `up --port` sets it."),
    ("TONGXING_WORKERS", "whole number", "`1`", "Server processes; one per core serves best."),
    (
        "TONGXING_THREADS",
        "whole number",
        "`48`; `16` on SQLite",
        "Threads of each server process; PostgreSQL gets at most 34 connections of it.",
    ),
    (
        "TONGXING_BOOTSTRAP",
        "true / false",
        "`1`",
        "`0` keeps the interpreter `manage.py` was started with and installs nothing.",
    ),
)


def configuration() -> str:
    """Return the page."""
    lines = [
        "# Configuration",
        "",
        "Everything is set by environment variables. Each may also be given as `NAME_FILE`, the",
        "path of a file that holds the value (for secrets). Durations are seconds. A wrong value",
        "stops the start with the variable's name; `python3 manage.py doctor` finds misspelt ones.",
        "",
        "## The process",
        "",
        *_table(_PROCESS),
    ]
    for owner, title in _titles().items():
        rows = [_row(variable) for variable in variables_of(ProviderSettings)]
        lines += ["", f"## {title}", "", *_table(row[1:] for row in rows if row[0] is owner)]
    return "\n".join(lines) + "\n"


def _titles() -> Mapping[type, str]:
    return {
        conf.ProviderSettings: "The provider",
        conf.Branding: "The city",
        conf.LocalizedName: "The city's names",
        conf.Lifetimes: "Lifetimes",
        conf.Limits: "Limits",
        conf.Risk: "Unusual sign-ins",
        conf.Console: "The console",
        conf.Alerts: "Alerts",
        conf.Authentication: "Proving that it is you",
        conf.Retention: "Retention",
    }


def _table(
    rows: "Iterator[tuple[str, str, str, str]] | tuple[tuple[str, str, str, str], ...]",
) -> list[str]:
    return [
        "| variable | kind | default | meaning |",
        "|---|---|---|---|",
        *(f"| `{name}` | {kind} | {default} | {text} |" for name, kind, default, text in rows),
    ]


def _row(variable: Variable) -> tuple[type, str, str, str, str]:
    documentation = _documentation(variable.owner)[variable.field]
    return (variable.owner, variable.name, _kind(variable), _default(variable), documentation)


def _kind(variable: Variable) -> str:
    kind = variable.kind
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " / ".join(member.value for member in kind)
    return _KINDS[kind]


def _default(variable: Variable) -> str:
    default = variable.default
    if default is None:
        return "–"
    if default in ("", ()) or isinstance(default, Secret):
        return "none"
    if isinstance(default, tuple):
        return f"`{' '.join(map(str, default))}`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


@cache
def _documentation(owner: type) -> Mapping[str, str]:
    """Return the string that stands under each field of a dataclass."""
    (tree,) = ast.parse(inspect.getsource(owner)).body
    if not isinstance(tree, ast.ClassDef):
        raise TypeError(f"{owner} is no class")
    found: dict[str, str] = {}
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(text))
            ):
                found[name] = " ".join(text.split())
    return found
