"""Middleware for what stands on every page: its language, and the policy its contents obey.

Which language a step speaks, and which one foreign origin its form may lead to, is the journey's.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django_permissions_policy import PermissionsPolicyMiddleware

from idp.journey.cookies import Cookies
from idp.journey.languages import choose_language

_POLICIES: Final = 256
"""Origins that forms lead to, and with them policies, are as many as clients are busy."""
_UNUSUAL: Final = ("_csp_config", "_csp_replace", "_csp_exempt", "_csp_update_ro")


class PagePolicy(CSPMiddleware):
    """django-csp, which builds its header from some thirty directives, asked once for each header.

    Scripts stand in files here, so there are no nonces.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Take what answers."""
        super().__init__(get_response)
        self._built = lru_cache(maxsize=_POLICIES)(_build)

    def process_request(self, request: HttpRequest) -> None:
        """Nothing is needed of the request."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if any(hasattr(response, name) for name in _UNUSUAL):
            return super().process_response(request, response)
        if HEADER not in response:
            update: Mapping[str, Iterable[str]] = getattr(response, "_csp_update", {})
            response[HEADER] = self._built(tuple((k, tuple(v)) for k, v in update.items()))
        return response


class Camera:
    """The one page whose script opens the machine's camera may do so; no other page may."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Take what answers."""
        self._get_response = get_response
        self._allowing = PermissionsPolicyMiddleware.compute_header_value(
            {**settings.PERMISSIONS_POLICY, "camera": ["self"]}, name="PERMISSIONS_POLICY"
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; the permissions' middleware around this one takes over what is said here."""
        response = self._get_response(request)
        if getattr(response, "opens_camera", False):
            response._permissions_policy_override = self._allowing  # type: ignore[attr-defined]  # noqa: SLF001 - its interface
        return response


class Language:
    """What no step says speaks the person's language too: their choice, else their browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Take what answers."""
        self._get_response = get_response
        self._cookie = Cookies.of(settings.PROVIDER.issuer).language

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in that language."""
        chosen = request.COOKIES.get(self._cookie, "")
        accepted = request.headers.get("Accept-Language", "")
        translation.activate(choose_language(chosen, (), accepted))
        return self._get_response(request)


def _build(update: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return build_policy(update={name: list(values) for name, values in update})
