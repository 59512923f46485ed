"""What Django shows when no view answered: the same looks, in the person's language."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from deploy.composition import house
from deploy.composition.patience import unavailable_page
from deploy.unreachable import RETRY_AFTER, UNREACHABLE
from idp.journey.notices import StatusPage
from idp.journey.views import failed_csrf, render

Failure = Callable[..., HttpResponse]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its cookie (Django's CSRF_FAILURE_VIEW); the reason is not for people."""
    del reason
    return failed_csrf(house().desk, request)


class Patience:
    """Middleware: while store or database cannot be reached, pages say so instead of failing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Take what answers."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; Django hands a view's exception to `process_exception`."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if not isinstance(problem, UNREACHABLE):
            return None
        response = render(unavailable_page(), house().desk.look(request))
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response["Retry-After"] = str(RETRY_AFTER)
        return response


def status_page(status: int) -> Failure:
    """A handler for one status (Django's handler400 to handler500)."""

    def answer(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
        response = render(StatusPage(status=status), house().desk.look(request))
        response.status_code = status
        return response

    return answer


bad_request = status_page(HTTPStatus.BAD_REQUEST)
forbidden = status_page(HTTPStatus.FORBIDDEN)
not_found = status_page(HTTPStatus.NOT_FOUND)
failed = status_page(HTTPStatus.INTERNAL_SERVER_ERROR)
