"""The API as Django serves it: its router, its document, and a problem for everything else."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, Final

import orjson
import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from admin.api.access import Operation
from admin.api.asked import Caller
from admin.api.document import described, extra_of
from admin.api.guarding import Door
from admin.api.problems import (
    BAD_REQUEST,
    FAILED,
    INVALID,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAVAILABLE,
    Problem,
    Wrong,
    problem_response,
)
from admin.api.serving import Serving, StrictParser
from idp.foundation.database import DatabaseUnavailable
from idp.foundation.storage import StoreUnavailable

BASE: Final = "api/v1"
METADATA: Final = f".well-known/oauth-protected-resource/{BASE}"
_DESCRIPTION: Final = "What the console does, for programs that hold a role of staff."
_UNREACHABLE: Final = (StoreUnavailable, DatabaseUnavailable, OperationalError, InterfaceError)
_LOG: Final = structlog.get_logger(__name__)

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Addresses that the documents name."""

    issuer: str
    resource: str
    token_url: str


def patterns(
    operations: Iterable[Operation], *, door: Door, serving: Serving, published: Published
) -> tuple[URLPattern | URLResolver, ...]:
    """Django's patterns of all operations; none is reached but through its rule."""
    table = tuple(operations)
    api = _router(table, door, serving, published)
    metadata = orjson.dumps(_metadata(table, published))

    @cache
    def document() -> bytes:  # when it is first asked for: it takes longer than all the routes
        return orjson.dumps(described(api, table, token_url=published.token_url))

    inner = [
        path("openapi.json", _document(document, "The OpenAPI document of this API.")),
        *_routed(api, door),
        path("", _nothing),
        path("<path:rest>", _nothing),
    ]
    return (
        path(METADATA, _document(lambda: metadata, "What the API needs of tokens (RFC 9728).")),
        path(f"{BASE}/", (inner, "management", "management")),
    )


def _routed(api: NinjaAPI, door: Door) -> Iterable[URLPattern]:
    """The router's own patterns, without its front page."""
    for each in api.urls[0]:
        if isinstance(each, URLPattern) and each.name != "api-root":
            each.callback = _answered(each.callback, door)
            yield each


def _router(
    table: tuple[Operation, ...], door: Door, serving: Serving, published: Published
) -> NinjaAPI:
    api = NinjaAPI(
        title="Tongxing management API",
        version="1",
        description=_DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        urls_namespace="management",
        parser=StrictParser(),
        servers=[{"url": published.resource}],
    )
    for operation in table:
        register = api.api_operation(
            [operation.method],
            operation.path,
            auth=door.guard(operation),
            response={operation.status: operation.answers},
            operation_id=operation.name,
            summary=_summary(operation),
            tags=[operation.area],
            url_name=operation.name,
            openapi_extra=extra_of(operation),
        )
        register(serving.view(operation))
    _answer_problems(api)
    return api


def _answer_problems(api: NinjaAPI) -> None:
    """What goes wrong on the way becomes a problem, each in one place."""

    def told(request: HttpRequest, problem: Any) -> HttpResponse:
        del request
        return problem_response(problem)

    def wrong(request: HttpRequest, error: Any) -> HttpResponse:
        return told(request, Problem(INVALID, errors=[_wrong(each) for each in error.errors]))

    def unreadable(request: HttpRequest, error: Any) -> HttpResponse:
        return told(request, Problem(BAD_REQUEST, str(error)))

    def unreachable(request: HttpRequest, error: Any) -> HttpResponse:
        _LOG.warning("unreachable", path=request.path[:200], problem=str(error))
        return told(request, Problem(UNAVAILABLE, headers={"Retry-After": "2"}))

    def failed(request: HttpRequest, error: Any) -> HttpResponse:
        _LOG.error("request_failed", path=request.path[:200], exc_info=error)
        return told(request, Problem(FAILED))

    api.add_exception_handler(Problem, told)
    api.add_exception_handler(ValidationError, wrong)
    api.add_exception_handler(HttpError, unreadable)
    for each in _UNREACHABLE:
        api.add_exception_handler(each, unreachable)
    api.add_exception_handler(Exception, failed)


def _answered(view: View, door: Door) -> View:
    """What all answers have: a HEAD of every GET, a problem for a wrong method, the allowance."""

    @wraps(view)
    def answer(request: HttpRequest, *arguments: Any, **parts: Any) -> HttpResponse:
        is_head = request.method == "HEAD"
        if is_head:
            request.method = "GET"
        response = view(request, *arguments, **parts)
        if response.status_code == 405:
            allowed = ", ".join(sorted(response["Allow"].split(", ")))
            response = problem_response(Problem(METHOD_NOT_ALLOWED, headers={"Allow": allowed}))
        caller = getattr(request, "auth", None)
        if isinstance(caller, Caller):
            for name, value in door.standing(caller.client_id).items():
                response[name] = value
        response["Cache-Control"] = "no-store"
        if is_head:
            response["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    answer.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie speaks here
    return answer


def _document(body: Callable[[], bytes], words: str) -> View:
    def show(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return problem_response(Problem(METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"}))
        return HttpResponse(body(), content_type="application/json")

    show.__doc__ = words
    exempt: View = csrf_exempt(show)
    return exempt


@csrf_exempt
def _nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Answer that there is nothing else below this address."""
    del request, rest
    return problem_response(Problem(NOT_FOUND))


def _metadata(table: tuple[Operation, ...], published: Published) -> dict[str, Any]:
    """RFC 9728 §2."""
    return {
        "resource": published.resource,
        "authorization_servers": [published.issuer],
        "scopes_supported": sorted({each.scope for each in table if each.scope}),
        "bearer_methods_supported": ["header"],
        "resource_name": "Tongxing management API",
    }


def _summary(operation: Operation) -> str:
    text = (operation.view.__doc__ or "").partition("\n")[0]
    return text.rstrip(".")


def _wrong(error: dict[str, Any]) -> Wrong:
    """Where a value stands: a pointer into the body, or the parameter's name."""
    source, *place = error["loc"]
    if source == "body":
        # the first step names the view's parameter, which is the body itself
        return Wrong("#/" + "/".join(map(str, place[1:])), str(error["msg"]))
    return Wrong(str(place[-1]) if place else str(source), str(error["msg"]))
