"""The simulated kiosk: what its screen does while the provider cannot be reached."""

import pytest

from deploy.samples.kiosk import SLOWER_BY, Kiosk
from deploy.samples.web import Request
from tests.foundation.test_store_connection import free_port

INTERVAL = 5


@pytest.mark.spec(
    "RFC 8628 §3.5",
    "On encountering a connection timeout, clients MUST unilaterally reduce their polling "
    "frequency before retrying",
)
def test_kiosk_goes_on_waiting_and_asks_less_often_when_nobody_answers() -> None:
    kiosk = Kiosk(f"http://127.0.0.1:{free_port()}")
    waiting = {
        "device_code": "made-up",
        "interval": INTERVAL,
        "user_code": "WDJB-MJHT",
        "verification_uri": "http://127.0.0.1/device",
        "verification_uri_complete": "http://127.0.0.1/device?user_code=WDJB-MJHT",
    }
    visitor = {"waiting": waiting}
    request = Request(method="GET", path="/wait", query="", form={}, visitor=visitor)
    for times in (1, 2):
        shown = dict(kiosk.wait(request).headers)["Refresh"]
        assert shown == f"{INTERVAL + times * SLOWER_BY};url=/wait"
    assert visitor["waiting"]["device_code"] == "made-up"
