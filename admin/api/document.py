"""The OpenAPI 3.1 document: what the router knows of each operation, and what all share."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Final

from ninja import NinjaAPI

from admin.api.access import Operation
from admin.api.problems import KINDS, MEDIA_TYPE
from admin.api.repeating import HEADER, KEY, REPLAYED

SECURITY: Final = "oauth"
_ALWAYS: Final = (400, 401, 403, 422, 429, 503)
_OF_BODIES: Final = (413, 415)
_WORDS: Final = {
    200: "Done.",
    201: "Made.",
    202: "Taken: it is carried out in the background.",
    204: "Done; there is nothing to show.",
}
_TAG: Final = {"description": "Of what is shown (RFC 9110 §8.8.3).", "schema": {"type": "string"}}
_LIMITS: Final = {
    "RateLimit": {"description": "What is left.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "What is allowed.", "schema": {"type": "string"}},
}
_RETRY: Final = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}},
}
_PROBLEM: Final = {
    "title": "Problem",
    "description": "Problem details (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "`urn:tongxing:problem:` and its stable name."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "title": "Wrong",
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "Into the body (RFC 6901)."},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def extra_of(operation: Operation) -> dict[str, Any]:
    """What the router cannot know of an operation."""
    scopes = [operation.scope] if operation.scope else []
    said: dict[str, Any] = {
        "security": [{SECURITY: scopes}],
        "x-roles": sorted(operation.roles),
        "parameters": list(_parameters(operation)),
    }
    return said


def described(api: NinjaAPI, operations: Iterable[Operation], *, token_url: str) -> dict[str, Any]:
    """The whole document."""
    document: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=""))
    scopes: dict[str, str] = {}
    for operation in operations:
        shown = document["paths"][operation.path][operation.method.lower()]
        shown["responses"] = {
            str(status): answer for status, answer in _answers(operation, shown).items()
        }
        if operation.scope:
            roles = set(scopes.get(operation.scope, "").split(", ")) | set(operation.roles)
            scopes[operation.scope] = ", ".join(sorted(each for each in roles if each))
    document["components"]["schemas"]["Problem"] = _PROBLEM
    document["components"]["securitySchemes"] = {
        SECURITY: {
            "type": "oauth2",
            "description": "A token of the client's own (RFC 9068), for this resource.",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": token_url,
                    "scopes": {name: f"For: {roles}." for name, roles in sorted(scopes.items())},
                }
            },
        }
    }
    return document


def _answers(operation: Operation, shown: dict[str, Any]) -> dict[int, Any]:
    """The answers of an operation: its own, and the problems it may meet."""
    made = dict(shown["responses"][operation.status])
    made["description"] = _WORDS[operation.status]
    tagged = {"ETag": _TAG} if operation.answers else {}
    repeated = {REPLAYED: {"description": "It is the first answer.", "schema": {"type": "string"}}}
    made["headers"] = {**_LIMITS, **tagged, **(repeated if operation.changes else {})}
    statuses = {*_ALWAYS, *operation.refusals}
    if "requestBody" in shown:
        statuses.update(_OF_BODIES)
    answers = {operation.status: made}
    if operation.method == "GET":
        answers[304] = {"description": "It is what was shown before.", "headers": {**tagged}}
    return answers | {status: _problem(status) for status in sorted(statuses)}


def _problem(status: int) -> dict[str, Any]:
    titles = [kind.title for kind in KINDS if kind.status == status]
    waits = status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
    return {
        "description": "; ".join(titles),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        **({"headers": _RETRY} if waits else {}),
    }


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    if operation.changes:
        repeats = "Repeats are answered as the first was, for a day."
        yield _header(HEADER, repeats, pattern=KEY)
    if operation.is_locked or 412 in operation.refusals:
        yield _header(
            "If-Match",
            "The ETag of what was read." + ("" if operation.is_locked else " May be left out."),
            is_required=operation.is_locked,
        )
    if operation.method == "GET":
        yield _header("If-None-Match", "The ETag of what is known.")


def _header(
    name: str, description: str, *, is_required: bool = False, pattern: str = ""
) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "description": description,
        "required": is_required,
        "schema": {"type": "string", "pattern": f"^{pattern}$"} if pattern else {"type": "string"},
    }
