"""The one way to a view: signed in, in a role that the route's rule names, proven lately if asked.

Owns the console's cookies and what is answered to those who may not.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache

from admin.access import Route
from admin.console import Asked, Console
from admin.pages import render_plain
from idp.foundation.audit import AuditEvent, record
from idp.staff.sessions import Signed

HOME: Final = "/console/"
SIGN_IN: Final = "/console/sign-in"
CONFIRM: Final = "/console/confirm"
_WITHIN: Final = re.compile(r"/console/[A-Za-z0-9_./?=&%+:-]*", re.ASCII)


class Guarded:
    """A route as Django calls it; an instance carries its route, so that tests can see the rule."""

    def __init__(self, console: Console, route: Route) -> None:
        self.console = console
        self.route = route
        self.csrf_exempt = False
        self.__name__ = f"console_{route.name}"
        self.__doc__ = route.view.__doc__

    def __call__(self, request: HttpRequest, **parts: object) -> HttpResponse:
        """Answer, or say what stands between."""
        if away := self._elsewhere(request):
            return away
        if request.method not in self.route.rule.methods:
            return HttpResponseNotAllowed(self.route.rule.methods)
        if self.route.rule.is_public:
            return self.route.answer(self.console, request, **parts)
        is_used = not self.route.rule.is_background
        signed = signed_in(self.console, request, is_used=is_used)
        if signed is None:
            return see_other(_with_next(SIGN_IN, request))
        asked = Asked(request=request, signed=signed)
        return self._obstacle(asked) or self.route.answer(self.console, asked, **parts)

    def _obstacle(self, asked: Asked) -> HttpResponse | None:
        """What stands between somebody who is signed in and the view."""
        rule, method = self.route.rule, asked.request.method or ""
        if not rule.lets(asked.member.role, method):
            return self._forbidden(asked)
        is_fresh = asked.signed.is_fresh(self.console.clock.now())
        if method == "POST" and rule.asks_again and not is_fresh:
            return see_other(_with_next(CONFIRM, asked.request))
        return None

    def _elsewhere(self, request: HttpRequest) -> HttpResponse | None:
        """A loopback address has no passkeys: go on at the console's own origin."""
        here = f"{request.scheme}://{request.get_host()}"
        is_plain = not self.console.is_secure and request.method in {"GET", "HEAD"}
        if not is_plain or here == self.console.origin or "localhost" not in self.console.origin:
            return None
        if not request.get_host().startswith(("127.", "[::1]")):
            return None
        return HttpResponseRedirect(f"{self.console.origin}{request.get_full_path()}")

    def _forbidden(self, asked: Asked) -> HttpResponse:
        event = AuditEvent(
            type="staff.forbidden",
            outcome="refused",
            operator=asked.operator,
            channel="console",
            detail={"route": self.route.name, "role": asked.member.role.value},
        )
        with transaction.atomic():
            record(event, clock=self.console.clock)
        return render_plain(self.console, asked, "forbidden", status=403)


def patterns(console: Console, routes: tuple[Route, ...]) -> tuple[URLPattern, ...]:
    """Django's patterns of all routes; none is reached but through its rule."""
    return tuple(
        path(f"console/{route.path}", _uncached(Guarded(console, route)), name=route.name)
        for route in routes
    )


def _uncached(view: Guarded) -> Callable[..., HttpResponse]:
    wrapped: Callable[..., HttpResponse] = never_cache(view)
    return wrapped


def signed_in(console: Console, request: HttpRequest, *, is_used: bool = True) -> Signed | None:
    """Who is signed in, by the cookie."""
    secret = request.COOKIES.get(console.cookie, "")
    return console.staff.sessions.open(secret, is_used=is_used) if secret else None


def set_cookie(console: Console, response: HttpResponse, name: str, value: str) -> None:
    """Set one of the console's cookies; an empty value removes it."""
    response.set_cookie(
        name,
        value,
        max_age=None if value else 0,
        path="/",
        secure=console.is_secure,
        httponly=True,
        samesite="Strict",
    )


def see_other(url: str) -> HttpResponse:
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def next_of(request: HttpRequest) -> str:
    """Where to go on: an address within the console, else its front page."""
    wished = request.POST.get("next") or request.GET.get("next") or HOME
    return wished if _WITHIN.fullmatch(wished) and ".." not in wished else HOME


def _with_next(url: str, request: HttpRequest) -> str:
    """With the page to come back to; what was being done has to be done again, knowingly."""
    here = request.get_full_path() if request.method != "POST" else request.path
    if request.method == "POST":
        here = request.POST.get("back") or here
    if here == HOME or not _WITHIN.fullmatch(here):
        return url
    return f"{url}?{urlencode({'next': here})}"
