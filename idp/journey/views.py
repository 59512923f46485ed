"""The journey over HTTP: parses a request into a `Submission`, renders what it is answered.

Thin on purpose: nothing is decided here. Cookies, headers and the form-action of the content
security policy are this file's.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.urls import URLPattern, path, resolve
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from idp.conf import Branding
from idp.foundation.clock import Clock
from idp.journey.branding import brand_css, brand_in_language
from idp.journey.cookies import Cookies
from idp.journey.drawings import render_page
from idp.journey.languages import LANGUAGES, choose_language
from idp.journey.notices import FormPostPage, StatusPage, Trouble, TroublePage
from idp.journey.pages import Page, Presentation
from idp.journey.returns import PATH as RETURN
from idp.journey.steps import Typed
from idp.journey.turns import Answered, Astray, Left, Onward, Shown, Submission, Turns
from idp.journey.uploads import FRAME, PHOTOGRAPH

_ELDER: Final = "elder"
_STATUS: Final = {
    Trouble.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Trouble.STEP_EXPIRED: HTTPStatus.GONE,
    Trouble.STEP_FINISHED: HTTPStatus.CONFLICT,
    Trouble.BROWSER_CHANGED: HTTPStatus.FORBIDDEN,
    Trouble.CLIENT_UNKNOWN: HTTPStatus.BAD_REQUEST,
}
_UNSTRIPPED: Final = frozenset({"password"})
_LONGEST_VALUE: Final = 1_024
_LONGEST_PASSKEY: Final = 32_768
"""What a browser answers for a passkey; an attestation brings certificates along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the views are given: who answers, and how pages look.

    `browser_state` is what scripts may see of the session behind a secret.
    """

    turns: Turns
    cookies: Cookies
    branding: Branding
    clock: Clock
    browser_state: Callable[[str], str]
    prefix: str = ""
    """The path of the issuer, before every address."""

    def look(
        self, request: HttpRequest, *, switch_url: str = "", ui_locales: tuple[str, ...] = ()
    ) -> Presentation:
        """How this person wants to see pages: by their cookies, the client, the browser."""
        language = choose_language(
            request.COOKIES.get(self.cookies.language, ""),
            ui_locales,
            request.headers.get("Accept-Language", ""),
        )
        return Presentation(
            language=language,
            elder=request.COOKIES.get(self.cookies.view) == _ELDER,
            brand=brand_in_language(self.branding, language),
            switch_url=switch_url or f"{self.prefix}/journey/language",
            return_path=request.get_full_path(),
            csrf_token=SimpleLazyObject(lambda: get_token(request)),
            brand_css_url=f"{self.prefix}/journey/brand.css",
        )


def urlpatterns(desk: Desk) -> list[URLPattern]:
    """The addresses of the journey, below the issuer's."""

    @never_cache
    @require_http_methods(["GET", "POST"])
    def step(request: HttpRequest, journey_id: str, step_name: str) -> HttpResponse:
        return answer_step(desk, request, journey_id, step_name)

    @never_cache
    @require_http_methods(["GET"])
    def news(request: HttpRequest, journey_id: str, step_name: str) -> HttpResponse:
        return answer_news(desk, request, journey_id, step_name)

    @never_cache
    @require_http_methods(["GET"])
    def come_back(request: HttpRequest) -> HttpResponse:
        return answer_return(desk, request)

    # Pages in front of Django carry no CSRF cookie; what a forger could set is a language.
    @csrf_exempt
    @never_cache
    @require_http_methods(["POST"])
    def language(request: HttpRequest) -> HttpResponse:
        return switch_views(desk, request)

    @require_http_methods(["GET", "HEAD"])
    def stylesheet(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view's shape
        css = HttpResponse(brand_css(desk.branding.accent), content_type="text/css")
        css["Cache-Control"] = "public, max-age=300"
        return css

    return [
        path(RETURN, come_back, name="journey-return"),
        path("journey/language", language, name="journey-language"),
        path("journey/brand.css", stylesheet, name="journey-brand"),
        path("journey/<slug:journey_id>/<slug:step_name>", step, name="journey-step"),
        path("journey/<slug:journey_id>/<slug:step_name>/news", news, name="journey-news"),
    ]


def answer_step(desk: Desk, request: HttpRequest, journey_id: str, step_name: str) -> HttpResponse:
    """Answer one request of a step."""
    kept = desk.turns.dispatcher.journeys.find(journey_id)
    ui_locales = kept.journey.request.ui_locales if kept else ()
    look = desk.look(request, switch_url=request.get_full_path(), ui_locales=ui_locales)
    look, switched = switched_look(desk, request, look)
    sent = replace(
        _sent(desk, request, journey_id, step_name, language=look.language),
        is_post=request.method == "POST",
        is_switch=bool(switched),
        typed=_typed(request),
        step_token=request.POST.get("step_token", ""),
    )
    with translation.override(look.language):
        answered = desk.turns.answer(sent, kept)
    response = _response(desk, answered, look)
    for name, value in switched.items():
        _set_cookie(desk, response, name, value)
    return response


def answer_news(desk: Desk, request: HttpRequest, journey_id: str, step_name: str) -> HttpResponse:
    """204 while a waiting page has nothing new to show; with 200 the page is to be loaded.

    `Retry-After` says when to ask again (RFC 9110 §10.2.3).
    """
    kept = desk.turns.dispatcher.journeys.find(journey_id)
    sent = _sent(desk, request, journey_id, step_name)
    pause = desk.turns.pause_before_news(sent, kept)
    if not pause:
        return HttpResponse(status=HTTPStatus.OK)
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Retry-After": str(pause)})


def _sent(
    desk: Desk, request: HttpRequest, journey_id: str, step_name: str, *, language: str = ""
) -> Submission:
    browser = desk.cookies.browser(
        request.COOKIES,
        remote_address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
    )
    return Submission(
        journey_id=journey_id,
        step=step_name,
        token=request.GET.get("t", ""),
        browser=browser,
        language=language,
        now=desk.clock.now(),
    )


def answer_return(desk: Desk, request: HttpRequest) -> HttpResponse:
    """Answer a browser that other people's page sent back."""
    look = desk.look(request, switch_url=f"{desk.prefix}/journey/language")
    sent = Submission(
        journey_id="",
        step="",
        token="",
        browser=desk.cookies.browser(request.COOKIES, remote_address=""),
        language=look.language,
        now=desk.clock.now(),
        typed=Typed(values={name: request.GET[name] for name in request.GET}),
    )
    with translation.override(look.language):
        answered = desk.turns.come_back(sent)
    return _response(desk, answered, look)


def failed_csrf(desk: Desk, request: HttpRequest) -> HttpResponse:
    """The answer to a form without its CSRF cookie: the step is shown anew, never acted on.

    Cookies get lost; the page that is loaded again brings a fresh one, or says what happened.
    """
    match = resolve(request.path_info)
    if match.url_name == "journey-step":
        return _see_other(request.get_full_path())
    response = render(StatusPage(status=HTTPStatus.FORBIDDEN), desk.look(request))
    response.status_code = HTTPStatus.FORBIDDEN
    return response


def switch_views(desk: Desk, request: HttpRequest) -> HttpResponse:
    """Change language or view where no step's form is, and go back."""
    _, switched = switched_look(desk, request, desk.look(request))
    back = request.POST.get("return_path", "")
    is_local = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    response = HttpResponseRedirect(back if is_local else f"{desk.prefix}/")
    response.status_code = HTTPStatus.SEE_OTHER
    for name, value in switched.items():
        _set_cookie(desk, response, name, value)
    return response


def switched_look(
    desk: Desk, request: HttpRequest, look: Presentation
) -> tuple[Presentation, dict[str, str]]:
    """The look after the buttons `language` and `view`, and the cookies to keep it."""
    switched: dict[str, str] = {}
    language = request.POST.get("language", "")
    view = request.POST.get("view", "")
    if language in LANGUAGES:
        brand = brand_in_language(desk.branding, language)
        look = replace(look, language=language, brand=brand)
        switched[desk.cookies.language] = language
    if view in {_ELDER, "standard"}:
        look = replace(look, elder=view == _ELDER)
        switched[desk.cookies.view] = view
    return look, switched


def render(page: Page, look: Presentation, *, form_action: str = "") -> HttpResponse:
    """A page as a response; `form_action` is the one foreign origin its form may lead to."""
    response = HttpResponse(render_page(page, look))
    response["Content-Language"] = look.html_language
    if page.opens_camera:
        response.opens_camera = True  # type: ignore[attr-defined]  # for the headers' middleware
    if form_action:
        response._csp_update = {"form-action": [form_action]}  # type: ignore[attr-defined]  # noqa: SLF001 - django-csp's interface
    return response


def _response(desk: Desk, answered: Answered, look: Presentation) -> HttpResponse:
    if isinstance(answered, Shown):
        response = render(answered.page, look, form_action=answered.return_origin)
    elif isinstance(answered, Onward):
        response = _see_other(answered.location)
    elif isinstance(answered, Left):
        response = _leave(answered, look)
    else:
        return _astray(desk, answered, look)
    if answered.session_secret:
        _set_cookie(desk, response, desk.cookies.session, answered.session_secret)
        state = desk.browser_state(answered.session_secret)
        _set_cookie(desk, response, desk.cookies.check, state)
    return response


def _leave(left: Left, look: Presentation) -> HttpResponse:
    answer = left.answer
    if answer.fields is None:
        return _see_other(answer.url)
    page = FormPostPage(target_url=answer.url, parameters=answer.fields, client=left.client)
    quiet = replace(look, switch_url="")
    return render(page, quiet, form_action=_origin(answer.url))


def _astray(desk: Desk, astray: Astray, look: Presentation) -> HttpResponse:
    page = TroublePage(trouble=astray.trouble, client=astray.client, return_url=astray.return_url)
    # The switch leads back by GET: no form of this journey is on the page.
    response = render(page, replace(look, switch_url=f"{desk.prefix}/journey/language"))
    response.status_code = _STATUS.get(astray.trouble, HTTPStatus.BAD_REQUEST)
    return response


def _see_other(location: str) -> HttpResponse:
    """RFC 9110 §15.4.4: the answer to a POST is fetched by GET, at a custom scheme too."""
    response = HttpResponse(status=HTTPStatus.SEE_OTHER)
    response["Location"] = location
    return response


def _set_cookie(desk: Desk, response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=desk.cookies.max_age(name),
        secure=desk.cookies.is_secure,
        httponly=name != desk.cookies.check,
        samesite=desk.cookies.same_site(name),
    )


def _typed(request: HttpRequest) -> Typed:
    values = {
        name: value if name in _UNSTRIPPED else value.strip()
        for name, value in request.POST.items()
        if isinstance(value, str)
        and len(value) <= (_LONGEST_PASSKEY if name == "passkey" else _LONGEST_VALUE)
    }
    file = request.FILES.get(PHOTOGRAPH)
    return Typed(
        values=values,
        claims=tuple(request.POST.getlist("claim")),
        photograph=file.read() if file else None,
        frames=tuple(each.read() for each in request.FILES.getlist(FRAME)),
    )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
