"""The simulated kiosk: its screen while nobody answers, its agents, its devices' enrolment."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from connectors.sandbox.devices import described, key_of
from connectors.sandbox.server import SandboxServer
from deploy.samples.device_seeding import enrol_simulated
from deploy.samples.kiosk import SLOWER_BY, Kiosk
from deploy.samples.kiosk_agents import KioskAgents
from deploy.samples.web import Request
from idp.channels.devices import Devices
from idp.foundation.audit.models import AuditRow
from tests.city import running_sandbox
from tests.clocks import SetClock
from tests.foundation.test_store_connection import free_port
from tests.waiting import wait_until

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


class Provider(BaseHTTPRequestHandler):
    """A provider that wants one card, and keeps what agents said to it."""

    said: list[tuple[str, dict[str, str]]] = []
    wanted: str | None = None

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        what = self.path.rpartition("/")[2]
        self.said.append((what, body))
        task = {"act": self.wanted, "nonce": "nonce-1"} if self.wanted else None
        answers = {
            "sittings": {"ticket": "ticket-1"},
            "tasks": {"task": task},
            "readings": {"accepted": self.wanted},
        }
        raw = json.dumps(answers[what]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider() -> Iterator[str]:
    Provider.said, Provider.wanted = [], None
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    with running_sandbox() as server:
        yield server


def present(sandbox: SandboxServer, device: str) -> None:
    body = json.dumps({"present": {"person": "elder"}}).encode()
    agents = KioskAgents("", sandbox.base_url)
    assert agents._post(f"{sandbox.base_url}/devices/{device}", json.loads(body)).status_code == 200


@pytest.mark.requirement("R10")
def test_agents_hand_in_what_is_wanted_when_something_lies_there(
    provider: str, sandbox: SandboxServer
) -> None:
    agents = KioskAgents(provider, sandbox.base_url)
    assert agents.look_once() == ()
    Provider.wanted = "read_card"
    assert agents.look_once() == ()
    present(sandbox, "reader-kiosk-1")
    assert agents._serve("reader-kiosk-1") == "read_card"
    Provider.wanted = "take_portrait"
    present(sandbox, "camera-kiosk-1")
    assert agents._serve("camera-kiosk-1") == "take_portrait"
    handed_in = [body for what, body in Provider.said if what == "readings"]
    assert [sorted(body) for body in handed_in] == [["statement"], ["portrait", "statement"]]


@pytest.mark.slow
def test_agents_work_by_themselves_when_a_sitting_was_opened(
    provider: str, sandbox: SandboxServer
) -> None:
    times = [0.0]
    agents = KioskAgents(provider, sandbox.base_url, clock=lambda: times[0])
    assert agents.open_sitting() == "ticket-1"
    wait_until(lambda: any(what == "tasks" for what, _ in Provider.said))
    times[0] = 10_000.0
    thread = agents._thread
    assert thread
    thread.join(timeout=5)
    assert not thread.is_alive()


def test_screen_says_to_use_the_phone_when_no_device_answers() -> None:
    kiosk = Kiosk(f"http://127.0.0.1:{free_port()}", devices=f"http://127.0.0.1:{free_port()}")
    request = Request(method="POST", path="/card", query="", form={}, visitor={})
    assert "请用手机登录" in kiosk.card(request).body
    lost = Request(method="GET", path="/callback", query="state=other", form={}, visitor={})
    assert "重新登录" in kiosk.callback(lost).body
    assert dict(kiosk.end(lost).headers)["Location"] == "/"


@pytest.mark.django_db
def test_simulated_devices_are_enrolled_once_when_they_are_seeded_twice() -> None:
    clock = SetClock()
    devices = Devices(clock=clock, audience="http://127.0.0.1:8000")
    for _ in range(2):
        enrol_simulated(devices, audience="http://127.0.0.1:8000", clock=clock)
    assert len(devices.listed()) == len(described())
    assert AuditRow.objects.filter(type="device.enrolled").count() == len(described())
    camera = devices.find(key_of("camera-kiosk-1"))
    assert camera
    assert (camera.kind, camera.place) == ("camera", "kiosk")
