"""The person's side of the device grant (RFC 8628 §3.3): enter the code, look, then the journey.

Pages are shown through a function handed in; who the person is, is the hall's to find out.
"""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus

from idp.clients.client import ClientDirectory
from idp.foundation.clock import Clock
from idp.foundation.storage import ShortLivedStore
from idp.journey.cookies import Cookies
from idp.journey.mistakes import Mistake, form_error
from idp.journey.outcome import Continue, Door, Hall, JourneyOutcome, Refused
from idp.journey.pages import Page
from idp.journey.request import JourneyRequest, WantedClaim
from idp.protocols.oauth.errors import OAuthError
from idp.protocols.oauth.redirects import redirect
from idp.protocols.oauth.wire import Form, WireRequest, WireResponse
from idp.protocols.oidc.device.door import ALLOWED, DOOR, REFUSED
from idp.protocols.oidc.device.pages import ConfirmDevicePage, DeviceDonePage, UserCodePage
from idp.protocols.oidc.endpoint import method_not_allowed
from idp.protocols.oidc.scopes import SCOPE_CLAIMS
from idp.tokens.device_codes import DeviceCodes, DeviceRequest, normal_user_code

PATH = "/oauth2/device"
WINDOW = 600
TRIES_OF_BROWSER = 10
TRIES_OF_ADDRESS = 200
"""Wrong codes within WINDOW seconds; an address is that of a whole service hall (RFC 8628 §5.1)."""

STATUS_OF = {Mistake.SLOW_DOWN: HTTPStatus.TOO_MANY_REQUESTS}

Show = Callable[[WireRequest, Page, int], WireResponse]
"""Renders a page for a request, with a status."""
Language = Callable[[WireRequest], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceVerification:
    """The Handler of `/oauth2/device` and the two pages below it.

    A form's `step_token` follows from the browser's device cookie, so a foreign page can post
    nothing here (CSRF).
    """

    codes: DeviceCodes
    clients: ClientDirectory
    store: ShortLivedStore
    hall: Hall
    door: Door
    clock: Clock
    cookies: Cookies
    show: Show
    language: Language

    def __call__(self, request: WireRequest) -> WireResponse:
        if request.method not in {"GET", "HEAD", "POST"}:
            return method_not_allowed("GET, HEAD, POST")
        if request.path in {ALLOWED, REFUSED}:
            page = DeviceDonePage(allowed=request.path == ALLOWED)
            return self.show(request, page, HTTPStatus.OK)
        try:
            if request.method == "POST":
                return self._posted(request, request.form_parameters())
            typed = request.query_parameters().get("user_code")
        except OAuthError:
            return self._ask(request, "", mistake=Mistake.PAGE_OUT_OF_DATE)
        return self._find(request, typed) if typed else self._ask(request, "")

    def _posted(self, request: WireRequest, form: Form) -> WireResponse:
        typed = form.get("user_code")
        device = request.cookies.get(self.cookies.device, "")
        if not device or not compare_digest(_token(device), form.get("step_token")):
            return self._ask(request, typed, mistake=Mistake.PAGE_OUT_OF_DATE)
        if not typed:
            return self._ask(request, "", mistake=Mistake.USER_CODE_MISSING)
        return self._find(request, typed, decision=form.get("decision"))

    def _find(self, request: WireRequest, typed: str, *, decision: str = "") -> WireResponse:
        """The machine behind a code, and what the person decided about it."""
        if self._has_tried_enough(request):
            return self._ask(request, typed, mistake=Mistake.SLOW_DOWN)
        asked = self.codes.of_user_code(typed, now=self.clock.timestamp())
        if asked is None:
            self._count_try(request)
            return self._ask(request, typed, mistake=Mistake.USER_CODE_UNKNOWN)
        if decision == "allow":
            return self._enter(request, asked)
        if decision == "deny":
            refused = Refused(error="access_denied", description="The person refused.")
            return self._conclude(asked, refused)
        return self._confirm(request, asked, typed)

    def _ask(
        self, request: WireRequest, typed: str, *, mistake: Mistake | None = None
    ) -> WireResponse:
        token, fresh = self._form_token(request)
        errors = () if mistake is None else (form_error(mistake, seconds=WINDOW),)
        page = UserCodePage(
            journey_action=PATH, step_token=token, user_code=grouped(typed), errors=errors
        )
        status = HTTPStatus.OK if mistake is None else STATUS_OF.get(mistake, 400)
        return self._with_cookie(self.show(request, page, status), fresh)

    def _confirm(self, request: WireRequest, asked: DeviceRequest, typed: str) -> WireResponse:
        """RFC 8628 §5.4: the person looks whether it is the machine in front of them."""
        token, fresh = self._form_token(request)
        client = self.clients.get(asked.client_id)
        page = ConfirmDevicePage(
            journey_action=PATH,
            step_token=token,
            device_name=client.name_in(self.language(request)) if client else asked.client_id,
            user_code=grouped(typed),
        )
        return self._with_cookie(self.show(request, page, HTTPStatus.OK), fresh)

    def _enter(self, request: WireRequest, asked: DeviceRequest) -> WireResponse:
        browser = self.cookies.browser(
            request.cookies,
            remote_address=request.remote_address,
            user_agent=request.user_agent,
        )
        outcome = self.hall.enter(_journey_of(asked), browser, now=self.clock.now())
        if isinstance(outcome, Continue):
            return redirect(outcome.location, outcome.set_cookies)
        return self._conclude(asked, outcome)

    def _conclude(self, asked: DeviceRequest, outcome: JourneyOutcome) -> WireResponse:
        answer = self.door.conclude(asked.key.encode(), outcome, now=self.clock.now())
        return redirect(answer.url)

    def _form_token(self, request: WireRequest) -> tuple[str, str]:
        """The token of a form for this browser, and the secret to set where it had none."""
        device = request.cookies.get(self.cookies.device, "")
        fresh = "" if device else secrets.token_urlsafe(32)
        return _token(device or fresh), fresh

    def _with_cookie(self, response: WireResponse, fresh: str) -> WireResponse:
        if not fresh:
            return response
        cookie = self.cookies.set(self.cookies.device, fresh)
        return response._replace(headers=(*response.headers, ("Set-Cookie", cookie)))

    def _has_tried_enough(self, request: WireRequest) -> bool:
        found = self.store.get_many(*(key for key, _ in self._counters(request)))
        limits = (limit for _, limit in self._counters(request))
        return any(
            count is not None and int(count) >= limit
            for count, limit in zip(found, limits, strict=True)
        )

    def _count_try(self, request: WireRequest) -> None:
        for key, _ in self._counters(request):
            self.store.increment(key, ttl=WINDOW)

    def _counters(self, request: WireRequest) -> tuple[tuple[str, int], ...]:
        """What wrong codes count against, and how many are allowed; one slot of a cluster."""
        device = request.cookies.get(self.cookies.device, "")
        by_address = (f"{{usercode-tries}}:a:{_name(request.remote_address)}", TRIES_OF_ADDRESS)
        if not device:
            return (by_address,)
        return ((f"{{usercode-tries}}:d:{_name(device)}", TRIES_OF_BROWSER), by_address)


def grouped(typed: str) -> str:
    """A user code as machines show it: XXXX-XXXX."""
    code = normal_user_code(typed)
    return f"{code[:4]}-{code[4:8]}" if len(code) > 4 else code


def _journey_of(asked: DeviceRequest) -> JourneyRequest:
    claims = (name for value in asked.scope for name in SCOPE_CLAIMS.get(value, ()))
    return JourneyRequest(
        door=DOOR,
        client_id=asked.client_id,
        continuation=asked.key.encode(),
        return_origin="",
        scope=asked.scope,
        claims=tuple(WantedClaim(name=name) for name in claims),
    )


def _token(device: str) -> str:
    return _name(f"device-form\n{device}")


def _name(value: str) -> str:
    return urlsafe_b64encode(sha256(value.encode()).digest()).rstrip(b"=").decode()
