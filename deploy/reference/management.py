"""docs/reference/management-api.md: every operation with its scope and roles, and every problem."""

from admin.api.access import Operation
from admin.api.operations import OPERATIONS
from admin.api.problems import KINDS
from admin.api.routing import BASE
from idp.staff.roles import Role

_HEAD = f"""\
# Management API

Everything below `/{BASE}`; the [guide](../guides/management-api.md) says how to use it, and
`/{BASE}/openapi.json` says it to programs.

| operation | address | does | scope | roles |
|---|---|---|---|---|"""
_PROBLEMS = """\

## Problems

`type` is `urn:tongxing:problem:` and the name.

| name | status | means | do |
|---|---|---|---|"""


def management() -> str:
    """Return the page."""
    return "\n".join(
        [
            _HEAD,
            *map(_row, OPERATIONS),
            _PROBLEMS,
            *(f"| `{each.name}` | {each.status} | {each.title} | {each.mend} |" for each in KINDS),
            "",
        ]
    )


def _row(operation: Operation) -> str:
    does = (operation.view.__doc__ or "").partition("\n")[0]
    scope = f"`{operation.scope}`" if operation.scope else "any"
    roles = ", ".join(role for role in Role if role in operation.roles)
    address = f"`{operation.method} {operation.path}`"
    return f"| `{operation.name}` | {address} | {does} | {scope} | {roles} |"
