"""Pages that endpoints in front of Django answer with: the same looks, as wire responses."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from idp.clients.client import Client
from idp.conf import ProviderSettings
from idp.journey.branding import brand_in_language
from idp.journey.cookies import Cookies
from idp.journey.drawings import render_page
from idp.journey.languages import choose_language
from idp.journey.notices import (
    FormPostPage,
    LoggedOutPage,
    LoggedOutService,
    LogoutPage,
    Trouble,
    TroublePage,
)
from idp.journey.pages import ClientShown, Page, Presentation
from idp.protocols.oauth.errors import (
    MissingParameter,
    OAuthError,
    TemporarilyUnavailable,
    UnauthorizedClient,
)
from idp.protocols.oauth.redirects import origin_of
from idp.protocols.oauth.wire import NO_STORE, WireRequest, WireResponse
from idp.protocols.oidc.logout.front_channel import LeftService
from idp.sessions.session import Session

TROUBLES: Mapping[str, Trouble] = {
    "client_id": Trouble.CLIENT_UNKNOWN,
    "redirect_uri": Trouble.ADDRESS_UNREGISTERED,
    "post_logout_redirect_uri": Trouble.ADDRESS_UNREGISTERED,
}
RETURN_SECONDS = 2
NOWHERE = "'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """Renders what the authorization and logout endpoints show."""

    settings: ProviderSettings
    cookies: Cookies

    def error(self, request: WireRequest, problem: OAuthError) -> WireResponse:
        """A refusal that must not be redirected, with what the client would have been told."""
        page = TroublePage(
            trouble=_trouble(problem), error=problem.code, description=problem.description
        )
        return self._answer(request, page, status=max(problem.status, HTTPStatus.BAD_REQUEST))

    def show(self, request: WireRequest, page: Page, status: int) -> WireResponse:
        """Any page of a door."""
        return self._answer(request, page, status=status)

    def language(self, request: WireRequest) -> str:
        return self._look(request).language

    def form_post(
        self, request: WireRequest, url: str, fields: tuple[tuple[str, str], ...]
    ) -> WireResponse:
        """OAuth 2.0 Form Post Response Mode §2."""
        page = FormPostPage(target_url=url, parameters=fields)
        return self._answer(request, page, form_action=origin_of(url))

    def confirm_logout(
        self,
        request: WireRequest,
        session: Session,
        services: tuple[LeftService, ...],
        step_token: str,
        return_url: str,
    ) -> WireResponse:
        """Ask; the answer may lead to the one registered address, and nowhere else."""
        look = self._look(request)
        page = LogoutPage(
            journey_action="/oauth2/logout",
            step_token=step_token,
            masked_name=session.display_name,
            services=tuple(_shown(service.client, look.language) for service in services),
        )
        return self._answer(request, page, form_action=origin_of(return_url) if return_url else "")

    def logged_out(
        self, request: WireRequest, services: tuple[LeftService, ...], return_url: str
    ) -> WireResponse:
        """Front-Channel Logout 1.0 §3: the frames' origins stand in frame-src, no other."""
        look = self._look(request)
        page = LoggedOutPage(
            services=tuple(
                LoggedOutService(
                    client=_shown(service.client, look.language),
                    front_channel_url=service.front_channel_url,
                )
                for service in services
            ),
            return_url=return_url,
            return_seconds=RETURN_SECONDS if return_url else 0,
        )
        frames = {origin_of(s.front_channel_url) for s in services if s.front_channel_url}
        return self._answer(request, page, frames=" ".join(sorted(frames)))

    def _look(self, request: WireRequest) -> Presentation:
        chosen = request.cookies.get(self.cookies.language, "")
        language = choose_language(chosen, (), request.accept_language)
        return Presentation(
            language=language,
            elder=request.cookies.get(self.cookies.view) == "elder",
            brand=brand_in_language(self.settings.branding, language),
            switch_url="/journey/language",
            return_path=f"{request.path}?{request.query}" if request.query else request.path,
            brand_css_url="/journey/brand.css",
        )

    def _answer(
        self,
        request: WireRequest,
        page: Page,
        *,
        status: int = HTTPStatus.OK,
        form_action: str = "",
        frames: str = "",
    ) -> WireResponse:
        policy = (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {form_action}; frame-src {frames or NOWHERE}"
        )
        headers = (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Security-Policy", policy),
            ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"),
            *NO_STORE,
        )
        body = render_page(page, self._look(request)).encode()
        return WireResponse(status=status, headers=headers, body=body)


def _trouble(problem: OAuthError) -> Trouble:
    if isinstance(problem, TemporarilyUnavailable):
        return Trouble.UNAVAILABLE
    if isinstance(problem, UnauthorizedClient):
        return Trouble.CLIENT_SUSPENDED
    if isinstance(problem, MissingParameter):
        return Trouble.REQUEST_BROKEN
    return TROUBLES.get(problem.parameter, Trouble.REQUEST_BROKEN)


def _shown(client: Client, language: str) -> ClientShown:
    return ClientShown(name=client.name_in(language))
