"""`manage.py keys ceremony`: the root key in k of n shares."""

import io
import stat
from itertools import combinations
from pathlib import Path

import pytest

from deploy.ceremony import fingerprint, join, split
from deploy.commands import run

MAKE = ("keys", "ceremony", "make", "--shares", "5", "--threshold", "3")
RESTORE = ("keys", "ceremony", "restore")


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, list[str]]:
    """A ceremony that was held: the key's file, and what its five holders have."""
    key, folder = tmp_path / "secrets" / "root_key", tmp_path / "shares"
    assert run([*MAKE, "--key", str(key), "--folder", str(folder)]) == 0
    return key, [(folder / f"share-{number}").read_text("ascii") for number in range(1, 6)]


def restored(shares: list[str], file: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{share}\n" for share in shares)))
    return run([*RESTORE, "--key", str(file)])


def test_any_three_of_five_holders_restore_the_key(
    made: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, shares = made
    for number, three in enumerate(combinations(shares, 3)):
        again = tmp_path / f"again-{number}"
        assert restored(list(three), again, monkeypatch) == 0
        assert again.read_text("ascii") == key.read_text("ascii")


def test_files_are_for_this_account_alone_and_no_share_holds_the_key(
    made: tuple[Path, list[str]],
) -> None:
    key, shares = made
    files = [key, *(key.parents[1] / "shares").iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(key.read_text("ascii") not in share for share in shares)


def test_fingerprint_is_the_same_when_made_and_when_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key, folder = tmp_path / "root_key", tmp_path / "shares"
    run([*MAKE, "--key", str(key), "--folder", str(folder)])
    print_of_key = fingerprint(key.read_text("ascii"))
    assert print_of_key in capsys.readouterr().out

    shares = [(folder / f"share-{number}").read_text("ascii") for number in (5, 2, 4)]
    restored(shares, tmp_path / "again", monkeypatch)
    assert print_of_key in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda shares: shares[:2], "too few shares"),
        (lambda shares: [shares[0], shares[0], shares[1]], "given twice"),
        (lambda shares: [shares[0].replace(shares[0].split()[-1], "academic")], "mistyped"),
        (lambda shares: [*shares[:2], split("A" * 64, threshold=3, shares=5)[2]], "fit together"),
    ],
    ids=["too-few", "twice", "mistyped", "of-another-ceremony"],
)
def test_nothing_is_written_when_the_shares_are_wrong(
    made: tuple[Path, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: object,
    said: str,
) -> None:
    assert callable(change)
    again = tmp_path / "again"
    assert restored(change(made[1]), again, monkeypatch) == 1
    assert said in capsys.readouterr().err
    assert not again.exists()


def test_key_that_stands_is_never_overwritten(
    made: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, _ = made
    before = key.read_text("ascii")
    assert run([*MAKE, "--key", str(key), "--folder", str(tmp_path / "others")]) == 1
    assert key.read_text("ascii") == before
    assert "exists already" in capsys.readouterr().err
    assert not (tmp_path / "others").exists()


def test_key_that_stands_is_handed_out_anew_when_holders_change(
    made: tuple[Path, list[str]], tmp_path: Path
) -> None:
    key, old = made
    words = ["keys", "ceremony", "split", "--key", str(key), "--threshold", "2", "--shares", "3"]
    assert run([*words, "--folder", str(tmp_path / "new")]) == 0
    new = [(tmp_path / "new" / f"share-{number}").read_text("ascii") for number in (1, 3)]
    assert join(new) == join(old[:3]) == key.read_text("ascii")


@pytest.mark.parametrize(
    ("content", "numbers", "said"),
    [
        ("A" * 64, ("1", "5"), "threshold from 2"),
        ("A" * 64, ("4", "3"), "threshold from 2"),
        ("A" * 64, ("3", "17"), "at most 16"),
        ("*" * 64, ("3", "5"), "not base64url"),
        ("AAAA", ("2", "3"), "32 or more octets"),
        (None, ("2", "3"), "cannot be read"),
    ],
)
def test_ceremony_says_what_is_wrong_when_it_cannot_be_held(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: str | None,
    numbers: tuple[str, str],
    said: str,
) -> None:
    key = tmp_path / "root_key"
    if content is not None:
        key.write_text(content, "ascii")
    threshold, shares = numbers
    words = ["keys", "ceremony", "split", "--key", str(key), "--folder", str(tmp_path / "shares")]
    assert run([*words, "--threshold", threshold, "--shares", shares]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "shares").exists()


def test_shares_go_to_no_pipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "root_key"
    assert run([*MAKE, "--key", str(key)]) == 1
    assert "Name a --folder" in capsys.readouterr().err
    assert not key.exists()


def test_each_holder_sees_the_share_alone_when_at_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _prompt: "")
    key = tmp_path / "root_key"
    assert run([*MAKE, "--key", str(key)]) == 0
    screens = capsys.readouterr().out.split("\x1b[2J\x1b[3J\x1b[H")
    assert join([screen.strip() for screen in screens[:3]]) == key.read_text("ascii")


def test_share_is_typed_unseen_when_at_a_terminal(
    made: tuple[Path, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, shares = made
    typed = iter(shares)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    assert run([*RESTORE, "--key", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again").read_text("ascii") == key.read_text("ascii")
