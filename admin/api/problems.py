"""What is answered instead of a result: problem details (RFC 9457), one kind for each cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson
from django.http import HttpResponse

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem; its name is stable, `mend` tells whoever meets it what to do."""

    name: str
    status: int
    title: str
    mend: str

    @property
    def type(self) -> str:
        """RFC 9457 §3.1.1: a URI reference that identifies it."""
        return f"urn:tongxing:problem:{self.name}"


BAD_REQUEST: Final = Kind(
    "bad-request", 400, "The request cannot be read", "Mend what `detail` names."
)
BAD_CURSOR: Final = Kind(
    "bad-cursor", 400, "No page begins there", "Send a `next_cursor` of the same list as it is."
)
UNAUTHENTICATED: Final = Kind(
    "unauthenticated", 401, "A valid access token is needed", "Get one with client_credentials."
)
NO_ROLE: Final = Kind(
    "no-role", 403, "The client administers nothing", "An operator declares `management_role`."
)
OTHER_ROLE: Final = Kind(
    "other-role", 403, "This is another role's", "Use a client that was declared for that role."
)
SCOPE_MISSING: Final = Kind(
    "insufficient-scope", 403, "The token lacks a scope", "Ask for the scope that `detail` names."
)
DECLARED_ONLY: Final = Kind(
    "declared-only",
    403,
    "Clients of this API are changed by operators alone",
    "Change it with `manage.py apply`.",
)
NOT_FOUND: Final = Kind("not-found", 404, "There is no such thing", "Look whether you may see it.")
METHOD_NOT_ALLOWED: Final = Kind(
    "method-not-allowed", 405, "The method is not for this address", "`Allow` names those that are."
)
CONFLICT: Final = Kind(
    "conflict", 409, "It is not in a state for that", "Read it anew and decide again."
)
CHANGED_MEANWHILE: Final = Kind(
    "changed-meanwhile",
    412,
    "It has changed since it was read",
    "Read it anew, and send the change with its new ETag.",
)
TOO_LARGE: Final = Kind("too-large", 413, "The request is too large", "Send less at once.")
NOT_JSON: Final = Kind(
    "not-json", 415, "The body must be JSON", "Send `Content-Type: application/json`."
)
INVALID: Final = Kind(
    "invalid", 422, "The request cannot be accepted", "`errors` names each place and why."
)
KEY_REUSED: Final = Kind(
    "key-reused",
    422,
    "The Idempotency-Key belongs to another request",
    "Take a new key for a new request.",
)
UNCONDITIONAL: Final = Kind(
    "unconditional", 428, "The request must be conditional", "Send `If-Match` with the ETag read."
)
TOO_MANY: Final = Kind("too-many", 429, "Too many requests", "Wait as long as `Retry-After` says.")
FAILED: Final = Kind("failed", 500, "It failed", "Tell an operator the answer's `X-Request-Id`.")
UNAVAILABLE: Final = Kind(
    "unavailable", 503, "Not possible at the moment", "Wait as long as `Retry-After` says."
)

KINDS: Final = (
    BAD_REQUEST,
    BAD_CURSOR,
    UNAUTHENTICATED,
    NO_ROLE,
    OTHER_ROLE,
    SCOPE_MISSING,
    DECLARED_ONLY,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CONFLICT,
    CHANGED_MEANWHILE,
    TOO_LARGE,
    NOT_JSON,
    INVALID,
    KEY_REUSED,
    UNCONDITIONAL,
    TOO_MANY,
    FAILED,
    UNAVAILABLE,
)


class Wrong(NamedTuple):
    """One place that is wrong: a JSON Pointer into the body (`#/…`), or a parameter's name."""

    at: str
    why: str

    def document(self) -> dict[str, str]:
        named = "pointer" if self.at.startswith("#") else "parameter"
        return {named: self.at, "detail": self.why}


class Problem(Exception):
    """A problem on its way to whoever asked."""

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(kind.name, detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}

    def document(self) -> dict[str, object]:
        said: dict[str, object] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
        }
        if self.detail:
            said["detail"] = self.detail
        if self.errors:
            said["errors"] = [each.document() for each in self.errors]
        return said


def invalid(at: str, why: str) -> Problem:
    """One place that cannot be accepted."""
    return Problem(INVALID, errors=(Wrong(at, why),))


def problem_response(problem: Problem) -> HttpResponse:
    """The answer that says so."""
    body = orjson.dumps(problem.document())
    response = HttpResponse(body, status=problem.kind.status, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    return response
