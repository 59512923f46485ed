"""The floor: bench/floor.py under granian, one worker as the product's."""

import sys

from bench import machine
from bench.load import Drive, Load
from bench.servers import ROOT, Server
from bench.systems.system import CREDENTIALS, post


class Floor:
    """One Python worker that does next to nothing."""

    name = "floor"

    def __init__(self, *, port: int) -> None:
        self.ready_seconds = 0.0
        self._url, self._port = f"http://127.0.0.1:{port}", port
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
        command += ["--blocking-threads", "4", "--host", "127.0.0.1", "--port", str(port)]
        command += ["bench.floor:wsgi"]
        self._server = Server("floor", command, core=machine.SERVER_CORE)

    def start(self) -> None:
        self.ready_seconds = self._server.start(
            lambda: machine.is_listening(self._port), environment={"PYTHONPATH": str(ROOT)}
        )

    def stop(self) -> None:
        self._server.stop()

    def server_pids(self) -> list[int]:
        return self._server.pids

    def all_pids(self) -> list[int]:
        return self._server.pids

    def set_durable(self, *, durable: bool) -> None:
        """It keeps nothing."""

    def load(self, key: str) -> Load | Drive | None:
        body = "grant_type=client_credentials&scope=read"
        match key:
            case "cc_es256":
                return post(f"{self._url}/token", CREDENTIALS, body)
            case "cc_rs256":
                return post(f"{self._url}/token-rs256", CREDENTIALS, body)
            case "jwks" | "discovery":
                return Load(url=f"{self._url}/")
            case _:
                return None
