"""`manage.py keys ceremony`: the root key, made once and handed out in k of n shares.

Owns the making, splitting and joining of the root key before there is a deployment to run. It
loads no settings: production refuses to start without the key that is made here. The shares are
SLIP-0039 mnemonics, so that any tool of that standard can join them should this one be lost;
fewer than k of them tell nothing about the key.
"""

import argparse
import base64
import binascii
import getpass
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics

_OCTETS = 48
_MOST_SHARES = 16  # SLIP-0039: the number of members is written in four bits
_CLEARED = "\x1b[2J\x1b[3J\x1b[H"


class CeremonyError(Exception):
    """The ceremony cannot go on; the message says what to do. No secret stands in it."""


def run(arguments: Sequence[str]) -> int:
    """Carry out the action that `arguments` name; return the process's exit code."""
    options = _parse(arguments)
    try:
        if options.action == "make":
            _make(options)
        elif options.action == "split":
            _hand_out(_read(options.key), options)
        else:
            _restore(options)
    except CeremonyError as problem:
        print(problem, file=sys.stderr)
        return 1
    except FileExistsError as problem:
        print(f"{problem.filename} exists already; nothing was overwritten.", file=sys.stderr)
        return 1
    return 0


def split(key: str, *, threshold: int, shares: int) -> list[str]:
    """Split the root key into mnemonics, and prove that they give it back.

    Args:
        key: the content of TONGXING_ROOT_KEY, base64url.
        threshold: how many shares are needed, from 2.
        shares: how many there are, at most 16.

    Raises:
        CeremonyError: the numbers do not fit, or the key has another form.
    """
    if not 2 <= threshold <= shares <= _MOST_SHARES:
        raise CeremonyError(
            f"Choose a threshold from 2 and at most {_MOST_SHARES} shares, not fewer than it."
        )
    # No passphrase is set, so stretching it would protect nothing: iteration_exponent=0.
    mnemonics: list[str] = generate_mnemonics(
        1, [(threshold, shares)], _octets(key), iteration_exponent=0
    )[0]
    if any(join(mnemonics[start : start + threshold]) != key for start in (0, shares - threshold)):
        raise CeremonyError("The shares do not give the key back. Start again.")
    return mnemonics


def join(mnemonics: Sequence[str]) -> str:
    """Return the root key that these shares hold.

    Raises:
        CeremonyError: a word is mistyped, a share belongs to another ceremony, or they are too
            few or too many.
    """
    try:
        octets = combine_mnemonics(mnemonics)
    except MnemonicError as problem:
        raise CeremonyError(f"These shares do not fit together: {problem}") from problem
    return base64.urlsafe_b64encode(octets).decode("ascii")


def fingerprint(key: str) -> str:
    """Name a key without telling it, in four groups to compare by eye and voice."""
    digest = hashlib.sha256(b"tongxing root key\0" + key.encode()).hexdigest()
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def _make(options: argparse.Namespace) -> None:
    key = base64.urlsafe_b64encode(secrets.token_bytes(_OCTETS)).decode("ascii")
    if options.key.exists():
        raise CeremonyError(f"{options.key} exists already; nothing was overwritten.")
    _hand_out(key, options)
    _write(options.key, key)  # last: a ceremony that was broken off leaves no key behind


def _hand_out(key: str, options: argparse.Namespace) -> None:
    """Put each share into a file of its own, or on a screen that one holder sees at a time."""
    if options.folder is None and not sys.stdout.isatty():
        raise CeremonyError("Name a --folder for the shares, or run this at a terminal.")
    mnemonics = split(key, threshold=options.threshold, shares=options.shares)
    for number, mnemonic in enumerate(mnemonics, start=1):
        if options.folder is not None:
            _write(options.folder / f"share-{number}", mnemonic)
        else:
            _show(mnemonic, f"Holder {number} of {len(mnemonics)}")
    count = f"{options.threshold} of {len(mnemonics)}"
    print(f"Shares: {count}. Fingerprint of the root key: {fingerprint(key)}")


def _show(mnemonic: str, holder: str) -> None:
    input(f"{holder}: alone at the screen? Enter shows the share.")
    print(f"\n{mnemonic}\n")
    input("Written down and compared? Enter clears the screen.")
    print(_CLEARED, end="")


def _restore(options: argparse.Namespace) -> None:
    key = join(list(_given()))
    _write(options.key, key)
    print(f"The root key stands in {options.key}. Fingerprint: {fingerprint(key)}")


def _given() -> Iterator[str]:
    """Shares as they are read in, until there are as many as the first one says."""
    taken: set[int] = set()
    threshold = 1
    while len(taken) < threshold:
        words = _line(f"Share {len(taken) + 1}: ")
        try:
            share = Share.from_mnemonic(words)
        except MnemonicError as problem:
            raise CeremonyError(f"This share was mistyped: {problem}") from problem
        if share.index in taken:
            raise CeremonyError("This share was given twice; each holder gives their own.")
        taken.add(share.index)
        threshold = share.member_threshold
        yield words


def _line(prompt: str) -> str:
    """One share: unseen from a terminal, a line from anything else."""
    if sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    line = sys.stdin.readline()
    if not line:
        raise CeremonyError("There are too few shares; each stands on a line of its own.")
    return line.strip()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise CeremonyError(f"{file} cannot be read: {type(problem).__name__}") from problem


def _octets(key: str) -> bytes:
    try:
        octets = base64.b64decode(key, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as problem:
        raise CeremonyError("The root key is not base64url.") from problem
    if len(octets) < 32 or len(octets) % 2:  # 256 bits; SLIP-0039 takes pairs
        raise CeremonyError("The root key must hold 32 or more octets, an even number.")
    return octets


def _write(file: Path, content: str) -> None:
    """Write a new file that only this account may read."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(content)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py keys ceremony",
        description="Make the root key and hand it out in shares; k of n of them restore it.",
    )
    parser.add_argument(
        "action",
        choices=["make", "split", "restore"],
        help="make a new key and its shares; split a key that stands; restore it from shares, "
        "which are typed or piped in, one a line",
    )
    parser.add_argument("--key", type=Path, required=True, help="the file of TONGXING_ROOT_KEY")
    parser.add_argument("--shares", type=int, default=5, help="how many holders (default 5)")
    parser.add_argument("--threshold", type=int, default=3, help="how many restore it (default 3)")
    parser.add_argument(
        "--folder", type=Path, help="write each share to a file here instead of the screen"
    )
    return parser.parse_args(arguments)
