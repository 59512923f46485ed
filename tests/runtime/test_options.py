"""The command line of `manage.py up`, and what the processes are told."""

from pathlib import Path

import pytest

from deploy.runtime.addresses import announcement
from deploy.runtime.options import is_loopback, parse
from deploy.settings.locations import Locations


def test_options_follow_the_port_when_nothing_else_is_said(tmp_path: Path) -> None:
    options = parse(["--port", "18000", "--data", str(tmp_path)])
    assert (options.issuer, options.host, options.workers) == (
        "http://127.0.0.1:18000",
        "127.0.0.1",
        1,
    )
    assert options.locations == Locations(data=tmp_path)
    told = options.environment()
    assert told["TONGXING_PORT"] == "18000"
    assert told["TONGXING_DATA"] == str(tmp_path)
    assert "TONGXING_ALLOWED_HOSTS" not in told


def test_options_let_bytecode_be_written_when_the_shell_forbids_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in parse([]).environment()


@pytest.mark.parametrize(("host", "hosts"), [("192.0.2.7", "a 192.0.2.7"), ("0.0.0.0", "a")])
def test_options_allow_their_own_host_when_it_is_not_loopback(
    monkeypatch: pytest.MonkeyPatch, host: str, hosts: str
) -> None:
    monkeypatch.setenv("TONGXING_ALLOWED_HOSTS", "a")
    assert parse(["--host", host]).environment()["TONGXING_ALLOWED_HOSTS"] == hosts


def test_options_keep_issuer_without_its_final_slash() -> None:
    assert parse(["--issuer", "https://id.example/"]).issuer == "https://id.example"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "0"],
        ["--port", "65530"],
        ["--port", "x"],
        ["--workers", "0"],
        ["--issuer", "id.example"],
        ["--unknown"],
    ],
    ids=" ".join,
)
def test_options_are_refused_when_they_make_no_sense(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(arguments)
    assert caught.value.code == 2
    assert "usage: manage.py up" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("a.b", False)],
)
def test_loopback_is_told_apart(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_announcement_names_every_address() -> None:
    text = announcement(parse(["--port", "18000"]))
    for address in (":18000/.well-known", ":18001/people", "127.0.0.1:18010", "localhost:18011"):
        assert address in text


def test_store_socket_moves_to_the_temporary_directory_when_data_lies_deep(tmp_path: Path) -> None:
    deep = Locations(data=tmp_path / ("d" * 100))
    assert len(str(deep.store_socket)) < 104
    assert Locations(data=Path("/var/lib/t")).store_socket == Path("/var/lib/t/store/valkey.sock")
    assert deep.store_socket == Locations(data=tmp_path / ("d" * 100)).store_socket


def test_locations_lie_below_the_data_directory(tmp_path: Path) -> None:
    place = Locations(data=tmp_path / "new")
    place.create()
    assert place.data.stat().st_mode & 0o777 == 0o700
    for path in (place.database, place.secrets, place.store, place.logs, place.lock, place.static):
        assert path.parent == place.data
