"""What Django shows when no view answered: the same looks, in the person's language."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from deploy.composition import house
from idp.journey.notices import StatusPage
from idp.journey.views import failed_csrf, render

Failure = Callable[..., HttpResponse]


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its cookie (Django's CSRF_FAILURE_VIEW); the reason is not for people."""
    del reason
    return failed_csrf(house().desk, request)


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
