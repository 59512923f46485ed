"""`/oauth/authorize` of the old shape: judged as strictly as the other door's, then the hall."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from idp.clients.client import ClientDirectory
from idp.foundation.clock import Clock
from idp.journey.cookies import Cookies
from idp.journey.outcome import Continue, Hall
from idp.journey.request import JourneyRequest, WantedClaim
from idp.protocols.ixiamen.door import Asked, IxiamenDoor, may_enter, refusal
from idp.protocols.ixiamen.vocabulary import BASIC, CHANNELS, DOOR, SCOPE_CLAIMS, read_scope
from idp.protocols.oauth.errors import (
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnauthorizedClient,
    UnsupportedResponseType,
)
from idp.protocols.oauth.redirects import origin_of, redirect
from idp.protocols.oauth.wire import Form, WireRequest, WireResponse

LONGEST_STATE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationEndpoint:
    """Send people of clients that speak the shape of i厦门 through the hall."""

    clients: ClientDirectory
    hall: Hall
    door: IxiamenDoor
    error_page: Callable[[WireRequest, OAuthError], WireResponse]
    clock: Clock
    cookies: Cookies

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method != "GET":
            page = self.error_page(request, InvalidRequest("Use GET."))
            headers = (*page.headers, ("Allow", "GET"))
            return page._replace(status=HTTPStatus.METHOD_NOT_ALLOWED, headers=headers)
        try:
            form = request.query_parameters()
            asked = self._asked(form)
        except OAuthError as problem:
            return self.error_page(request, problem)
        try:
            return self._enter(request, form, asked)
        except OAuthError as problem:
            return redirect(refusal(asked, problem.code, problem.description).url)

    def _asked(self, form: Form) -> Asked:
        """Whom to answer, and where; until that stands, a refusal is a page (RFC 6749 §4.1.2.1)."""
        client = self.clients.get(form.get("client_id"))
        if client is None or not may_enter(client):
            message = "This client is not registered for this interface."
            raise UnauthorizedClient(message, parameter="client_id")
        given = form.get("redirect_uri")
        if given not in client.redirect_uris:
            # RFC 9700 §2.1: exact string matching.
            message = "This redirect_uri is not registered for this client."
            raise InvalidRequest(message, parameter="redirect_uri")
        state = form.get("state")
        if len(state) > LONGEST_STATE:
            message = f"state is longer than {LONGEST_STATE} characters."
            raise InvalidRequest(message, parameter="state")
        known = read_scope(form.get("scope", BASIC))
        scope = tuple(each for each in known if each in SCOPE_CLAIMS and each in client.scope)
        return Asked(client_id=client.client_id, redirect_uri=given, state=state, scope=scope)

    def _enter(self, request: WireRequest, form: Form, asked: Asked) -> WireResponse:
        if form.get("response_type", "code") != "code":
            raise UnsupportedResponseType("Only response_type=code is supported.")
        if not asked.scope:
            raise InvalidScope("None of the scope values is registered for this client.")
        channel = CHANNELS.get(form.get("channel").lower())
        if channel is None:
            raise InvalidRequest("This channel is unknown.", parameter="channel")
        names = (name for each in asked.scope for name in SCOPE_CLAIMS[each])
        wanted = JourneyRequest(
            door=DOOR,
            client_id=asked.client_id,
            continuation=asked.dump(),
            return_origin=origin_of(asked.redirect_uri),
            claims=tuple(WantedClaim(name=name) for name in names),
            channel=channel,
        )
        browser = self.cookies.browser(
            request.cookies, remote_address=request.remote_address, user_agent=request.user_agent
        )
        now = self.clock.now()
        outcome = self.hall.enter(wanted, browser, now=now)
        if isinstance(outcome, Continue):
            return redirect(outcome.location, outcome.set_cookies)
        return redirect(self.door.conclude(asked.dump(), outcome, now=now).url)
