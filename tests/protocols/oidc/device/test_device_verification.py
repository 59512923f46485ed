from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson
import pytest

from idp.clients.client import Client
from idp.journey.cookies import Cookies
from idp.journey.drawings import render_page
from idp.journey.outcome import Continue, Granted, JourneyOutcome, Refused
from idp.journey.pages import Page, Presentation
from idp.journey.request import Browser, JourneyRequest
from idp.protocols.oauth.wire import WireRequest, WireResponse
from idp.protocols.oidc.device.authorization_endpoint import DEVICE_CODE_GRANT
from idp.protocols.oidc.device.door import ALLOWED, REFUSED, DeviceDoor
from idp.protocols.oidc.device.verification import PATH, DeviceVerification, grouped
from policies.levels import Level
from tests.tokens.house import SECRET, House, form_request

pytestmark = pytest.mark.storage
PLAIN = Cookies.of("http://127.0.0.1:8000")
OVER_TLS = Cookies.of("https://id.example.gov.cn")
DEVICE = {PLAIN.device: "the-browser's-secret", PLAIN.session: "the-session's-secret"}


class PlainSubjects:
    def sub(self, person_id: object, *, subject_type: str, sector: str) -> str:
        return f"{subject_type}{sector}:{person_id}"


class AnsweringHall:
    """A hall whose answer the test decides, and which remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: JourneyOutcome | Continue = Continue(
            location="/journey/1", set_cookies=("a=b; Path=/",)
        )
        self.asked: list[tuple[JourneyRequest, Browser]] = []

    def enter(
        self, request: JourneyRequest, browser: Browser, *, now: datetime
    ) -> JourneyOutcome | Continue:
        del now
        self.asked.append((request, browser))
        return self.answer


class Phone:
    """The person's browser: shows pages, remembers the last one."""

    def __init__(self, house: House, names: Cookies = PLAIN) -> None:
        self.house = house
        self.hall = AnsweringHall()
        self.page: Page | None = None
        self.cookies = dict(DEVICE)
        self.door = DeviceDoor(
            codes=house.device_codes,
            clients=house.clients,
            subjects=PlainSubjects(),
            client_sid=lambda session_id, client_id: f"{session_id}{client_id}"[:60],
        )
        self.verification = DeviceVerification(
            codes=house.device_codes,
            clients=house.clients,
            store=house.store,
            hall=self.hall,
            door=self.door,
            clock=house.clock,
            cookies=names,
            show=self.show,
            language=lambda _: "zh-hans",
        )

    def show(self, request: WireRequest, page: Page, status: int) -> WireResponse:
        del request
        self.page = page
        body = render_page(page, Presentation(language="en")).encode()
        return WireResponse(status=status, body=body)

    def get(self, path: str = PATH, **query: str) -> WireResponse:
        return self.verification(
            WireRequest(method="GET", path=path, query=urlencode(query), cookies=self.cookies)
        )

    def post(self, **fields: str) -> WireResponse:
        token = self.page.step_token if self.page else ""
        request = form_request(PATH, {"step_token": token} | fields)
        return self.verification(request._replace(cookies=self.cookies))


def kiosk(house: House) -> Client:
    return house.client(
        grant_types=frozenset({DEVICE_CODE_GRANT}), client_name={"zh-hans": "一号自助机"}
    )


def code_of(house: House, client: Client) -> str:
    body = {"client_id": client.client_id, "client_secret": SECRET, "scope": "openid profile"}
    response = house.device_authorization(form_request("/oauth2/device_authorization", body))
    return str(orjson.loads(response.body)["user_code"])


@pytest.mark.spec("RFC 8628 §3.3", "prompt the user to input the user code")
def test_person_reaches_the_journey_when_the_code_is_typed_and_confirmed(house: House) -> None:
    client = kiosk(house)
    user_code = code_of(house, client)
    phone = Phone(house)
    assert phone.get().status == 200

    confirming = phone.post(user_code=user_code.lower().replace("-", " "), action="continue")
    entering = phone.post(user_code=user_code, decision="allow")

    assert "一号自助机".encode() in confirming.body
    assert user_code.encode() in confirming.body
    assert entering.status == 303
    assert ("Location", "/journey/1") in entering.headers
    assert ("Set-Cookie", "a=b; Path=/") in entering.headers
    request, browser = phone.hall.asked[0]
    assert (request.door, request.client_id) == ("device", client.client_id)
    assert request.scope == ("openid", "profile")
    assert "name" in {claim.name for claim in request.claims}
    assert browser.session_secret == "the-session's-secret"


@pytest.mark.spec("RFC 8628 §5.4", "the user should confirm that the code matches")
def test_person_confirms_first_when_the_address_brings_the_code(house: House) -> None:
    phone = Phone(house)

    response = phone.get(user_code=code_of(house, kiosk(house)))

    assert response.status == 200
    assert b'name="decision" value="allow"' in response.body
    assert phone.hall.asked == []


def granted(house: House) -> Granted:
    session = house.session()
    return Granted(
        person_id=session.person_id,
        session_id=session.id,
        authenticated_at=house.clock.now(),
        level=Level(ial=2, aal=1),
        amr=("pwd",),
        scope=("openid",),
    )


@pytest.mark.parametrize(
    ("decision", "outcome", "place"),
    [
        pytest.param("allow", "granted", ALLOWED, id="signed-in-already"),
        pytest.param("allow", "refused", REFUSED, id="refused-in-the-hall"),
        pytest.param("deny", "", REFUSED, id="denied"),
    ],
)
def test_machine_is_told_at_once_when_nothing_is_outstanding(
    house: House, decision: str, outcome: str, place: str
) -> None:
    user_code = code_of(house, kiosk(house))
    phone = Phone(house)
    phone.get(user_code=user_code)
    refused = Refused(error="access_denied", description="no")
    phone.hall.answer = granted(house) if outcome == "granted" else refused

    response = phone.post(user_code=user_code, decision=decision)

    assert ("Location", place) in response.headers
    assert phone.get(place).status == 200
    assert phone.post(user_code=user_code, decision=decision).status == 400


def test_form_is_refused_when_it_was_not_shown_to_this_browser(house: House) -> None:
    user_code = code_of(house, kiosk(house))
    phone = Phone(house)
    phone.get(user_code=user_code)
    phone.cookies = {PLAIN.device: "another-browser"}

    stolen = phone.post(user_code=user_code, decision="allow")
    phone.cookies = {}
    without = phone.post(user_code=user_code, decision="allow")

    assert [stolen.status, without.status] == [400, 400]
    assert phone.hall.asked == []
    assert user_code.encode() in without.body


@pytest.mark.parametrize("names", [PLAIN, OVER_TLS], ids=["http", "https"])
def test_browser_receives_a_secret_when_it_has_none(house: House, names: Cookies) -> None:
    phone = Phone(house, names)
    phone.cookies = {}

    cookies = [
        dict(phone.get().headers)["Set-Cookie"],
        dict(phone.get(user_code=code_of(house, kiosk(house))).headers)["Set-Cookie"],
    ]

    for cookie in cookies:
        assert cookie.startswith(f"{names.device}=")
        assert "HttpOnly; SameSite=Lax" in cookie
        assert ("Secure" in cookie) is names.is_secure


@pytest.mark.parametrize("typed", ["", "BCDF", "BCDF-GHJK", "0000-0000", "ＢＣＤＦ－ＧＨＪＫ"])
def test_person_is_asked_again_when_no_machine_shows_the_code(house: House, typed: str) -> None:
    phone = Phone(house)
    phone.get()

    response = phone.post(user_code=typed)

    assert response.status == 400
    assert b'role="alert"' in response.body


@pytest.mark.parametrize(
    "changes",
    [{"query": "user_code=%ff"}, {"method": "POST", "content_type": "text/plain"}],
    ids=["query", "body"],
)
def test_person_is_asked_again_when_the_request_is_malformed(
    house: House, changes: dict[str, Any]
) -> None:
    phone = Phone(house)
    request = WireRequest(method="GET", path=PATH, cookies=DEVICE)

    assert phone.verification(request._replace(**changes)).status == 400


@pytest.mark.spec("RFC 8628 §5.1", "the server SHOULD rate-limit user code attempts")
def test_person_must_wait_when_codes_are_guessed(house: House) -> None:
    user_code = code_of(house, kiosk(house))
    phone = Phone(house)
    phone.get()
    for _ in range(10):
        assert phone.post(user_code="BBBB-BBBB").status == 400

    assert phone.post(user_code=user_code).status == 429
    phone.cookies = {PLAIN.device: f"a-neighbour-{uuid4()}"}
    phone.get()
    assert phone.post(user_code=user_code).status == 200


def test_address_must_wait_when_browsers_without_cookies_guess(house: House) -> None:
    phone = Phone(house)
    phone.cookies = {}
    for _ in range(200):
        phone.get(user_code="BBBB-BBBB")

    assert phone.get(user_code="BBBB-BBBB").status == 429


def test_machine_of_an_unknown_client_is_named_by_its_id(house: House) -> None:
    client = kiosk(house)
    user_code = code_of(house, client)
    del house.clients.clients[client.client_id]
    phone = Phone(house)

    assert client.client_id.encode() in phone.get(user_code=user_code).body


@pytest.mark.parametrize(
    ("typed", "shown"), [("bcdfghjk", "BCDF-GHJK"), ("bc df!", "BCDF"), ("a1", ""), ("", "")]
)
def test_user_code_is_grouped_when_shown(typed: str, shown: str) -> None:
    assert grouped(typed) == shown
