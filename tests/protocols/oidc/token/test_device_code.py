from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID

import orjson
import pytest

from idp.clients.client import Client
from idp.foundation.storage import ValkeyStore
from idp.journey.outcome import Granted, Refused
from idp.protocols.oauth.wire import WireResponse
from idp.protocols.oidc.device.authorization_endpoint import DEVICE_CODE_GRANT
from idp.protocols.oidc.device.door import ALLOWED, REFUSED, DeviceDoor
from idp.tokens.device_codes import DeviceCodes
from policies.levels import Level
from tests.tokens.house import API, SECRET, House, form_request, grants_alive

pytestmark = pytest.mark.storage


class PlainSubjects:
    def sub(self, person_id: UUID, *, subject_type: str, sector: str) -> str:
        return f"{subject_type}{sector}:{person_id}"


def kiosk(house: House, **changes: Any) -> Client:
    return house.client(grant_types=frozenset({DEVICE_CODE_GRANT, "refresh_token"}), **changes)


def begun(house: House, client: Client, **changes: str) -> dict[str, Any]:
    body = {"client_id": client.client_id, "client_secret": SECRET} | changes
    response = house.device_authorization(form_request("/oauth2/device_authorization", body))
    found: dict[str, Any] = orjson.loads(response.body)
    return found


def polled(house: House, client: Client, device_code: str) -> WireResponse:
    return house.post(
        {
            "grant_type": DEVICE_CODE_GRANT,
            "device_code": device_code,
            "client_id": client.client_id,
            "client_secret": SECRET,
        }
    )


def error_of(response: WireResponse) -> str:
    return str(orjson.loads(response.body)["error"])


def door_of(house: House) -> DeviceDoor:
    return DeviceDoor(
        codes=house.device_codes,
        clients=house.clients,
        subjects=PlainSubjects(),
        client_sid=lambda session_id, client_id: f"{session_id.hex[:8]}.{client_id}",
    )


def granted(house: House, scope: tuple[str, ...] = ("openid",)) -> Granted:
    session = house.session()
    return Granted(
        person_id=session.person_id,
        session_id=session.id,
        authenticated_at=house.clock.now().astimezone(UTC),
        level=Level(ial=2, aal=1),
        amr=("sms",),
        scope=scope,
        userinfo_claims=("name",),
    )


def conclude(house: House, user_code: str, outcome: Granted | Refused) -> str:
    asked = house.device_codes.of_user_code(user_code, now=house.clock.timestamp())
    assert asked is not None
    continuation = asked.key.encode()
    return door_of(house).conclude(continuation, outcome, now=house.clock.now()).url


@pytest.mark.spec("RFC 8628 §3.2", "device_code, user_code, verification_uri, expires_in")
def test_device_receives_its_codes_when_it_asks(house: House) -> None:
    answer = begun(house, kiosk(house), scope="openid profile")

    assert answer["expires_in"] == 600
    assert answer["interval"] == 5
    assert answer["verification_uri_complete"].endswith(f"?user_code={answer['user_code']}")
    letters = answer["user_code"].replace("-", "")
    assert len(letters) == 8
    assert set(letters) <= set("BCDFGHJKLMNPQRSTVWXZ")


@pytest.mark.parametrize(
    ("client", "changes", "expected"),
    [
        pytest.param({"grant_types": frozenset()}, {}, "unauthorized_client", id="unregistered"),
        pytest.param({}, {"scope": "admin"}, "invalid_scope", id="scope"),
        pytest.param({}, {"resource": "https://x.example/"}, "invalid_target", id="resource"),
        pytest.param({}, {"client_secret": "wrong"}, "invalid_client", id="secret"),
    ],
)
def test_device_is_refused_when_it_may_not_ask(
    house: House, client: dict[str, Any], changes: dict[str, str], expected: str
) -> None:
    registered = house.client(**({"grant_types": frozenset({DEVICE_CODE_GRANT})} | client))

    assert begun(house, registered, **changes)["error"] == expected


@pytest.mark.spec("RFC 8628 §3.5", "authorization_pending")
@pytest.mark.spec("RFC 8628 §3.5", "slow_down: the interval MUST be increased by 5 seconds")
def test_device_waits_and_slows_down_when_nobody_has_confirmed(house: House) -> None:
    client = kiosk(house)
    device_code = begun(house, client)["device_code"]

    answers = []
    for seconds in (0, 5, 1, 9, 10):
        house.clock.move(seconds=seconds)
        answers.append(error_of(polled(house, client, device_code)))

    assert answers == [
        "authorization_pending",
        "authorization_pending",
        "slow_down",
        "slow_down",
        "slow_down",
    ]
    house.clock.move(seconds=30)
    assert error_of(polled(house, client, device_code)) == "authorization_pending"


def test_device_receives_tokens_once_when_its_person_allowed_it(house: House) -> None:
    client = kiosk(house)
    begun_ = begun(house, client, resource=API)
    outcome = granted(house)
    assert conclude(house, begun_["user_code"].lower(), outcome) == ALLOWED

    answer = orjson.loads(polled(house, client, begun_["device_code"]).body)

    claims = house.keys.verify_jwt(answer["access_token"], typ="at+jwt")
    assert claims["aud"] == API
    identity = house.keys.verify_jwt(answer["id_token"], typ="JWT")
    assert identity["sub"] == f"public:{outcome.person_id}"
    assert identity["amr"] == ["sms"]
    assert answer["refresh_token"]
    assert error_of(polled(house, client, begun_["device_code"])) == "invalid_grant"
    assert not grants_alive(house, house.ledger.revoked_grants_since(0)[0][0])


def test_device_is_told_when_its_person_refused_it(house: House) -> None:
    client = kiosk(house)
    begun_ = begun(house, client)
    refused = Refused(error="access_denied", description="no")
    assert conclude(house, begun_["user_code"], refused) == REFUSED

    assert error_of(polled(house, client, begun_["device_code"])) == "access_denied"


@pytest.mark.spec("RFC 8628 §3.5", "expired_token")
def test_device_is_told_when_its_code_has_expired(house: House) -> None:
    client = kiosk(house)
    begun_ = begun(house, client)
    asked = house.device_codes.of_user_code(begun_["user_code"], now=house.clock.timestamp())
    assert asked is not None
    house.clock.move(seconds=600)

    assert error_of(polled(house, client, begun_["device_code"])) == "expired_token"
    url = door_of(house).conclude(asked.key.encode(), granted(house), now=house.clock.now()).url
    assert url == REFUSED
    assert house.device_codes.of_user_code(begun_["user_code"], now=house.clock.timestamp()) is None


@pytest.mark.parametrize("of_whom", ["another", "nobody"])
def test_device_code_is_refused_when_it_is_not_the_clients(house: House, of_whom: str) -> None:
    device_code = begun(house, kiosk(house))["device_code"] if of_whom == "another" else "none"

    assert error_of(polled(house, kiosk(house), device_code)) == "invalid_grant"


def test_device_is_told_to_come_again_when_the_store_is_away(house: House) -> None:
    away = DeviceCodes(store=ValkeyStore("unix:///nowhere/valkey.sock"), ttl=600, interval=5)
    endpoint = replace(house.device_authorization, codes=away)
    body = {"client_id": kiosk(house).client_id, "client_secret": SECRET}

    assert endpoint(form_request("/oauth2/device_authorization", body)).status == 503


def test_device_is_refused_when_it_was_suspended_meanwhile(house: House) -> None:
    client = kiosk(house)
    begun_ = begun(house, client)
    del house.clients.clients[client.client_id]

    assert conclude(house, begun_["user_code"], granted(house)) == REFUSED


def test_confirmation_counts_once_when_two_windows_confirm(house: House) -> None:
    client = kiosk(house)
    begun_ = begun(house, client)
    asked = house.device_codes.of_user_code(begun_["user_code"], now=house.clock.timestamp())
    assert asked is not None
    assert conclude(house, begun_["user_code"], granted(house)) == ALLOWED

    door = door_of(house)
    later = door.conclude(asked.key.encode(), granted(house), now=house.clock.now())

    assert later.url == REFUSED
    assert not house.device_codes.conclude(asked, approved=None, now=house.clock.timestamp())
