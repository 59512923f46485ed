"""The authorization endpoint's handler: parse, run the table, enter the hall, answer."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

import orjson

from idp.foundation.clock import Clock
from idp.foundation.storage import ShortLivedStore
from idp.journey.cookies import Cookies
from idp.journey.outcome import Continue, Door, DoorAnswer, Hall, JourneyOutcome, Refused
from idp.journey.request import Browser, JourneyRequest
from idp.protocols.oauth.errors import InvalidRequest, OAuthError
from idp.protocols.oauth.redirects import origin_of, redirect
from idp.protocols.oauth.wire import Form, WireRequest, WireResponse
from idp.protocols.oidc.authorization.checks import CHECKS
from idp.protocols.oidc.authorization.door import unguessable_handle
from idp.protocols.oidc.authorization.parts import Checking, Pages
from idp.protocols.oidc.authorization.request import Continuation, Draft
from idp.protocols.oidc.authorization.response import answer

PARKED_TTL = 600
PARKED_PARAMETER = "parked"
NOBODY = "login_required"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationEndpoint:
    """GET and POST (OpenID Connect Core 1.0 §3.1.2.1). Call it with a WireRequest."""

    path: str
    checking: Checking
    hall: Hall
    door: Door
    pages: Pages
    store: ShortLivedStore
    clock: Clock
    cookies: Cookies
    browser_state: Callable[[UUID | None], str]

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method not in {"GET", "POST"}:
            page = self.pages.error(request, InvalidRequest("Use GET or POST."))
            headers = (*page.headers, ("Allow", "GET, POST"))
            return page._replace(status=HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        try:
            if request.method == "POST":
                form = request.form_parameters()
                if self.cookies.session not in request.cookies:
                    return self._park(form)
            else:
                form = self._unparked(request.query_parameters())
        except OAuthError as problem:
            return self.pages.error(request, problem)
        return self._answer(request, form)

    def _answer(self, request: WireRequest, form: Form) -> WireResponse:
        draft = Draft(parameters=form.single, resources=form.resources)
        try:
            for check in CHECKS:
                check(draft, self.checking)
        except OAuthError as problem:
            if not draft.redirect_uri:
                return self.pages.error(request, problem)
            return self._send(request, self._error(draft, problem))
        continuation = _continuation(draft).dump()
        now = self.clock.now()
        outcome = self.hall.enter(
            _journey_request(draft, continuation), self._browser(request), now=now
        )
        if isinstance(outcome, Continue):
            return redirect(outcome.location, outcome.set_cookies)
        return self._marked(
            request,
            outcome,
            self._send(request, self.door.conclude(continuation, outcome, now=now)),
        )

    def _marked(
        self, request: WireRequest, outcome: JourneyOutcome, response: WireResponse
    ) -> WireResponse:
        """Let the check cookie say what was just found, where it says something else.

        OpenID Connect Session Management 1.0 §3.2: also when a session ended in silence.
        """
        if isinstance(outcome, Refused) and not (outcome.session_id or outcome.error == NOBODY):
            return response
        name, state = self.cookies.check, self.browser_state(outcome.session_id)
        if request.cookies.get(name) == state:
            return response
        cookie = ("Set-Cookie", self.cookies.set(name, state))
        return response._replace(headers=(*response.headers, cookie))

    def _park(self, form: Form) -> WireResponse:
        """Come again by GET: a cross-site POST carries no SameSite=Lax cookie, so no session."""
        handle = unguessable_handle()
        parked = orjson.dumps([dict(form.single), list(form.resources)])
        self.store.put(f"authorize:{handle}", parked, ttl=PARKED_TTL)
        return redirect(f"{self.path}?{PARKED_PARAMETER}={handle}")

    def _unparked(self, form: Form) -> Form:
        handle = form.get(PARKED_PARAMETER)
        if not handle:
            return form
        parked = self.store.get(f"authorize:{handle}")
        if parked is None:
            raise InvalidRequest(
                "This request has expired. Start again at the service you came from."
            )
        single, resources = orjson.loads(parked)
        return Form(single=single, resources=tuple(resources))

    def _browser(self, request: WireRequest) -> Browser:
        return self.cookies.browser(
            request.cookies,
            remote_address=request.remote_address,
            user_agent=request.user_agent,
        )

    def _error(self, draft: Draft, problem: OAuthError) -> DoorAnswer:
        return answer(
            redirect_uri=draft.redirect_uri,
            response_mode=draft.response_mode,
            fields=(
                ("error", problem.code),
                ("error_description", problem.description),
                ("state", draft.get("state")),
                ("iss", self.checking.issuer),
            ),
        )

    def _send(self, request: WireRequest, sent: DoorAnswer) -> WireResponse:
        if sent.fields is None:
            return redirect(sent.url)
        return self.pages.form_post(request, sent.url, sent.fields)


def _continuation(draft: Draft) -> Continuation:
    return Continuation(
        client_id=draft.known_client.client_id,
        redirect_uri=draft.redirect_uri,
        redirect_uri_given=bool(draft.get("redirect_uri")),
        response_mode=draft.response_mode,
        state=draft.get("state"),
        nonce=draft.get("nonce"),
        code_challenge=draft.get("code_challenge"),
        resources=draft.resources,
        expected_subject=draft.expected_subject,
        essential_acr=draft.essential_acr,
        verified_claims=orjson.dumps(draft.verified_claims).decode()
        if draft.verified_claims
        else "",
    )


def _journey_request(draft: Draft, continuation: bytes) -> JourneyRequest:
    return JourneyRequest(
        door="oidc",
        client_id=draft.known_client.client_id,
        continuation=continuation,
        return_origin=origin_of(draft.redirect_uri),
        required=draft.required,
        required_is_essential=draft.required_is_essential,
        max_age=draft.max_age,
        prompt=draft.prompt,
        scope=draft.scope,
        claims=draft.claims,
        login_hint=draft.get("login_hint"),
        expected_subject=draft.expected_subject,
        ui_locales=tuple(draft.get("ui_locales").split()),
    )
