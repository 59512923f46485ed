"""The product itself: `manage.py up` with one worker, declared to and pressed from outside."""

import contextlib
import http.client
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from bench import machine
from bench.load import Drive, Load, collect
from bench.personas import Personas
from bench.relying_party import WEB, Client, RelyingParty
from bench.servers import ROOT, WORK, NotReadyError, Server, postgresql, valkey
from bench.systems.system import (
    CREDENTIALS,
    RESOURCE_SERVER,
    code_flow,
    post,
    refresh,
    token_file,
    userinfo,
)

_BODY = "grant_type=client_credentials&scope=read&resource=urn:bench:api"
_RS256 = Client(client_id="bench-cc-rs", secret=CREDENTIALS.secret)
_OPAQUE = Client(client_id="bench-opaque", secret=CREDENTIALS.secret)
_MANY = 1_000_000
# What protects real people from one address would only protect the product from its benchmark.
_LIMITS = {
    "TONGXING_LIMITS_SMS_PER_PHONE_MINUTE": str(_MANY),
    "TONGXING_LIMITS_SMS_PER_PHONE_DAY": str(_MANY),
    "TONGXING_LIMITS_SMS_PER_ADDRESS_HOUR": str(_MANY),
    "TONGXING_LIMITS_REGISTRATIONS_PER_ADDRESS_HOUR": str(_MANY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePorts:
    """Where the store servers listen that the product is given."""

    valkey: int
    postgresql: int


class Product:
    """Everything that `up` starts; its stores are its own, or servers beside it."""

    name = "product"

    def __init__(
        self,
        *,
        port: int,
        stores: StorePorts | None,
        cold_tokens: int,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.ready_seconds = 0.0
        self._port, self._stores = port, stores
        self._issuer, self._sandbox = (f"http://127.0.0.1:{port + step}" for step in (0, 1))
        self._cold_tokens = cold_tokens
        self._data = WORK / "product"
        self._environment = {"TONGXING_DATA": str(self._data), "TONGXING_PORT": str(port)}
        self._environment |= environment
        command: list[str | Path] = [sys.executable, ROOT / "manage.py", "up", "--port", str(port)]
        command += ["--data", self._data, "--workers", "1"]
        self._server = Server("product", command, core=machine.OTHER_CORE)
        self._fresh = Server("product-first", [*command, "--fresh"], core=machine.OTHER_CORE)
        self._open = contextlib.ExitStack()
        self._party: RelyingParty | None = None
        self._sms_party: RelyingParty | None = None

    def start(self) -> None:
        """Start once to migrate and seed, then again to see how long a warm start takes."""
        self._environment |= _LIMITS
        if self._stores:
            database = self._open.enter_context(postgresql(self._stores.postgresql))
            self._open.enter_context(valkey(self._stores.valkey))
            self._environment |= {
                "DATABASE_URL": database,
                "REDIS_URL": f"redis://127.0.0.1:{self._stores.valkey}/0",
            }
        self._open.callback(self._fresh.stop)
        self._fresh.start(self._is_ready, environment=self._environment, patience=180)
        self._fresh.stop()
        self._open.callback(self._server.stop)
        self.ready_seconds = self._server.start(self._is_ready, environment=self._environment)
        machine.pin(self.server_pids(), machine.SERVER_CORE)
        apply: list[str | Path] = [
            sys.executable,
            ROOT / "manage.py",
            "apply",
            ROOT / "bench" / "clients.yaml",
        ]
        environment = {**os.environ, **self._environment}
        subprocess.run(apply, check=True, cwd=ROOT, env=environment, stdout=2)
        personas = Personas(self._sandbox)
        self._party = RelyingParty(self._issuer, client=WEB, sign_in=personas.sign_in)
        self._sms_party = RelyingParty(self._issuer, client=WEB, sign_in=personas.sign_in_by_sms)

    def stop(self) -> None:
        self._open.close()

    @property
    def issuer(self) -> str:
        return self._issuer

    @property
    def sandbox(self) -> str:
        return self._sandbox

    def server_pids(self) -> list[int]:
        return machine.listeners(self._server.pids, self._port)

    def all_pids(self) -> list[int]:
        return self._server.pids

    def set_durable(self, *, durable: bool) -> None:
        """It always is: SQLite with synchronous=FULL, PostgreSQL with synchronous_commit=on."""

    def load(self, key: str) -> Load | Drive | None:
        if self._party is None or self._sms_party is None:
            raise NotReadyError("the product is not running")
        return self._loads(self._party, self._sms_party)[key]()

    def _loads(
        self, party: RelyingParty, sms_party: RelyingParty
    ) -> dict[str, Callable[[], Load | Drive]]:
        token_url = party.metadata["token_endpoint"]
        return {
            "cc_es256": lambda: post(token_url, CREDENTIALS, _BODY),
            "cc_rs256": lambda: post(token_url, _RS256, _BODY),
            "introspect_opaque": lambda: self._introspect(party, _OPAQUE),
            "introspect_jwt": lambda: self._introspect(party, CREDENTIALS),
            "introspect_jwt_cold": lambda: self._introspect_cold(party),
            "userinfo": lambda: userinfo(party),
            "refresh": lambda: refresh(party, WEB, scope="read", system=self.name),
            "refresh_id_token": lambda: refresh(party, WEB, scope="openid", system=self.name),
            "sso_serial": lambda: code_flow(party, connections=1, system=self.name),
            "sso_saturated": lambda: code_flow(party, connections=64, system=self.name),
            "login_sms": lambda: Drive(operation=sms_party.first_login),
            "jwks": lambda: Load(url=party.metadata["jwks_uri"]),
            "discovery": lambda: Load(url=f"{self._issuer}/.well-known/openid-configuration"),
        }

    def _introspect(self, party: RelyingParty, client: Client) -> Load:
        form = dict(pair.split("=", 1) for pair in _BODY.split("&"))
        token = party.token_request(client, form)["access_token"]
        url = party.metadata["introspection_endpoint"]
        return post(url, RESOURCE_SERVER, f"token={token}")

    def _introspect_cold(self, party: RelyingParty) -> Load:
        """Mint more tokens than any cache holds, and go round them."""
        file = token_file(self.name)
        file.unlink(missing_ok=True)
        mint = post(party.metadata["token_endpoint"], CREDENTIALS, _BODY)
        variables = {"BENCH_FILE": str(file), "BENCH_COUNT": str(self._cold_tokens)}
        mint = Load(url=mint.url, script="mint.lua", variables={**mint.variables, **variables})
        return Load(
            url=party.metadata["introspection_endpoint"],
            script="introspect.lua",
            variables={
                "BENCH_FILE": str(file),
                "BENCH_AUTHORIZATION": RESOURCE_SERVER.authorization,
            },
            before=lambda: collect(mint, file, self._cold_tokens),
        )

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=1)
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/healthz/ready")
            return connection.getresponse().status == http.client.OK
        return False
