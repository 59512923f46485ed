"""Secrets of the development profile: made once, kept private, marked."""

import threading
from pathlib import Path

from deploy.settings.environment import parse_secret
from deploy.settings.secrets import NAMES, development_secrets


def test_development_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    file = tmp_path / "data" / "secrets.json"
    first = development_secrets(file)
    assert development_secrets(file) == first
    assert set(first) == set(NAMES)
    assert len(set(first.values())) == len(NAMES)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secrets.json"]


def test_development_secrets_are_marked_so_that_production_refuses_them(tmp_path: Path) -> None:
    for name, value in development_secrets(tmp_path / "s.json").items():
        assert parse_secret(name, value).is_development()


def test_development_secrets_are_the_same_when_two_processes_start_at_once(tmp_path: Path) -> None:
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(development_secrets(tmp_path / "s.json")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(one == found[0] for one in found)
