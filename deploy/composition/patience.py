"""While the store or the database cannot be reached: a page that says so, and when to try again.

What is shown to people; the endpoints that machines ask give their own protocol's answer.
"""

from collections.abc import Callable
from http import HTTPStatus

import structlog

from deploy.unreachable import RETRY_AFTER, UNREACHABLE
from idp.journey.notices import StatusPage
from idp.journey.pages import Page
from idp.protocols.oauth.wire import Handler, WireRequest, WireResponse

STATUS = HTTPStatus.SERVICE_UNAVAILABLE

_log = structlog.get_logger(__name__)

Show = Callable[[WireRequest, Page, int], WireResponse]


def unavailable_page() -> StatusPage:
    return StatusPage(status=STATUS, wait_seconds=RETRY_AFTER)


def patient(handler: Handler, show: Show) -> Handler:
    """The handler; where what it needs cannot be reached, a page (RFC 9110 §15.6.4)."""

    def handle(request: WireRequest) -> WireResponse:
        try:
            return handler(request)
        except UNREACHABLE as problem:
            _log.warning("unreachable", path=request.path[:200], problem=type(problem).__name__)
            answer = show(request, unavailable_page(), STATUS)
        return answer._replace(headers=(*answer.headers, ("Retry-After", str(RETRY_AFTER))))

    return handle
