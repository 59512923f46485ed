"""What a measured system must be able to do, and the credentials all of them share."""

from pathlib import Path
from typing import Protocol

from bench.load import Drive, Load
from bench.relying_party import Client, RelyingParty
from bench.servers import WORK

CREDENTIALS = Client(client_id="bench-cc", secret="bench-cc-secret-0123456789abcdef")
RESOURCE_SERVER = Client(client_id="bench-rs", secret="bench-rs-secret-0123456789abcdef")
REFRESH_CONNECTIONS = 64
_SPARE_TOKENS = 8


class System(Protocol):
    """A server that can be started, pressed and stopped."""

    name: str
    ready_seconds: float
    """From the start of the command to the first ready answer, on a warm machine."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def server_pids(self) -> list[int]:
        """The processes that answer requests: theirs is the CPU time."""

    def all_pids(self) -> list[int]:
        """Everything that the start command started: theirs is the memory."""

    def load(self, key: str) -> Load | Drive | None:
        """How to press one row, or None if the system has no such operation."""

    def set_durable(self, *, durable: bool) -> None:
        """Have writes on disk before the answer, or as the system does by itself."""


def post(url: str, client: Client, body: str) -> Load:
    """A POST that is always the same."""
    return Load(
        url=url,
        script="post.lua",
        variables={"BENCH_BODY": body, "BENCH_AUTHORIZATION": client.authorization},
    )


def refresh(party: RelyingParty, client: Client, *, scope: str, system: str) -> Load:
    """Chains of refresh tokens, begun afresh for every run."""
    file = WORK / f"{system}-refresh-tokens"
    count = REFRESH_CONNECTIONS + _SPARE_TOKENS
    return Load(
        url=party.metadata["token_endpoint"],
        script="refresh.lua",
        variables={
            "BENCH_FILE": str(file),
            "BENCH_AUTHORIZATION": client.authorization,
            "BENCH_ID_TOKEN": "1" if "openid" in scope.split() else "0",
        },
        connections=REFRESH_CONNECTIONS,
        before=lambda: party.write_refresh_tokens(file, count=count, scope=scope),
    )


def code_flow(party: RelyingParty, *, connections: int, system: str) -> Load:
    """Authorize and redeem on live sessions, with one or many people at once."""
    file = WORK / f"{system}-cookies"
    party.write_cookies(file)
    return Load(
        url=party.metadata["token_endpoint"],
        script="code_flow.lua",
        variables=party.code_flow_variables(file, "openid"),
        connections=connections,
    )


def userinfo(party: RelyingParty) -> Load:
    """Userinfo with one access token."""
    token = party.tokens(0, "openid profile")["access_token"]
    return Load(
        url=party.metadata["userinfo_endpoint"],
        script="bearer.lua",
        variables={"BENCH_AUTHORIZATION": f"Bearer {token}"},
    )


def token_file(system: str) -> Path:
    return WORK / f"{system}-access-tokens"
