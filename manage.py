#!/usr/bin/env python3
"""The one command: `up` runs everything, `verify` proves everything, and so on (`help`).

This file needs nothing but the standard library. It makes the environment it runs in (`.venv`,
exactly what the lock files name, by hash), starts itself again there, and hands over to Django.
`TONGXING_BOOTSTRAP=0` keeps the interpreter it was started with (containers, developers).
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / ".installed"
RUNTIME_LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"  # holds the runtime lock's versions and more
INSTALLER_LOCK = ROOT / "requirements-uv.lock"
OLDEST = (3, 11)


def main() -> None:
    """Run one command, in an environment that has what it needs."""
    if sys.version_info < OLDEST:
        _stop(f"Tongxing needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    lock = TEST_LOCK if command == "verify" else RUNTIME_LOCK
    if os.environ.get("TONGXING_BOOTSTRAP", "1") != "0" and not _is_installed(lock):
        with _alone():
            if not _is_installed(lock):
                _install(lock)
    if os.environ.get("TONGXING_BOOTSTRAP", "1") != "0" and Path(sys.prefix) != ENVIRONMENT:
        arguments = [str(PYTHON), str(ROOT / "manage.py"), *sys.argv[1:]]
        os.execve(PYTHON, arguments, _with_bytecode(os.environ))  # noqa: S606 - no shell is wanted
    _run()


def _run() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings.development")
    sys.path.insert(0, str(ROOT))
    from deploy.commands import run

    sys.exit(run(sys.argv[1:]))


def _with_bytecode(environment: Mapping[str, str]) -> dict[str, str]:
    """Let bytecode be kept in the environment's folder where the shell forbids it in the tree.

    Without any, each of the many processes that a start or a verification takes would compile
    everything anew: a second and a half of processor time.
    """
    kept = dict(environment)
    if kept.pop("PYTHONDONTWRITEBYTECODE", ""):
        kept.setdefault("PYTHONPYCACHEPREFIX", str(ENVIRONMENT / "bytecode"))
    return kept


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _is_installed(lock: Path) -> bool:
    """Tell whether the environment holds what `lock` names: its digest stands in the stamp."""
    try:
        return os.access(PYTHON, os.X_OK) and _digest(lock) in STAMP.read_text().split()
    except OSError:
        return False


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep a second command that starts meanwhile waiting for the first one's installation."""
    with (ROOT / ".venv.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(lock: Path) -> None:
    print(f"Installing what Tongxing needs into {ENVIRONMENT.name}/ …", file=sys.stderr, flush=True)
    if not _works():
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        venv.EnvBuilder(with_pip=False, symlinks=True).create(ENVIRONMENT)
    pip = _find_pip()
    uv = _provide_uv(pip)
    if not (uv and _install_with_uv(uv, pip, lock)) and not _install_with_pip(pip, lock):
        _stop("The packages could not be installed; what pip said stands above.")
    locks = [RUNTIME_LOCK] if lock == RUNTIME_LOCK else [RUNTIME_LOCK, TEST_LOCK]
    STAMP.write_text("\n".join(map(_digest, locks)) + "\n")


def _works() -> bool:
    """Tell whether the environment's interpreter still starts (it may have been upgraded away)."""
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", ""], check=False, capture_output=True).returncode == 0


def _find_pip() -> list[str]:
    """Return a pip that can install into the environment: this interpreter's, or its own.

    Debian may lack both pip and ensurepip; then one line of apt-get is all that is missing.
    """
    theirs = [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    if subprocess.run([*theirs, "--version"], check=False, capture_output=True).returncode == 0:
        return theirs
    ours = [str(PYTHON), "-m", "pip"]
    if subprocess.run([*ours, "--version"], check=False, capture_output=True).returncode == 0:
        return ours
    made = subprocess.run([PYTHON, "-m", "ensurepip"], check=False, capture_output=True)
    if made.returncode != 0:
        _stop("This Python has neither pip nor ensurepip. Run: apt-get install -y python3-venv")
    return ours


def _provide_uv(pip: list[str]) -> Path | None:
    """Install the pinned uv by hash; without it pip does the work, more slowly."""
    uv = ENVIRONMENT / "bin" / "uv"
    done = subprocess.run(
        [*pip, "install", "--quiet", "--no-deps", *_by_hash(INSTALLER_LOCK)],
        check=False,
        capture_output=True,
    )
    return uv if done.returncode == 0 and uv.exists() else None


def _install_with_uv(uv: Path, pip: list[str], lock: Path) -> bool:
    done = subprocess.run(
        [str(uv), "pip", "install", "--quiet", "--python", str(PYTHON), *_by_hash(lock)],
        check=False,
        env={**os.environ, **_index_for_uv(pip)},
    )
    if done.returncode != 0:
        print("uv could not install the packages; pip tries …", file=sys.stderr, flush=True)
    return done.returncode == 0


def _install_with_pip(pip: list[str], lock: Path) -> bool:
    arguments = ["install", "--quiet", "--no-deps", *_by_hash(lock)]
    return subprocess.run([*pip, *arguments], check=False).returncode == 0


def _by_hash(lock: Path) -> list[str]:
    return ["--require-hashes", "-r", str(lock)]


def _index_for_uv(pip: list[str]) -> Mapping[str, str]:
    """Translate the user's pip configuration for uv, which reads its own alone.

    What the user told uv itself, by a variable, stands.
    """
    listed = subprocess.run([*pip, "config", "list"], check=False, capture_output=True, text=True)
    pip_says: dict[str, str] = {}
    for line in sorted(listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        pip_says[option] = " ".join(value.strip("'\"").replace("\\n", " ").split())
    wanted = {
        "UV_SYSTEM_CERTS": "1",
        "SSL_CERT_FILE": pip_says.get("cert", ""),
        "UV_FIND_LINKS": ",".join(pip_says.get("find-links", "").split()),
        "UV_INDEX": pip_says.get("extra-index-url", ""),
        "UV_INSECURE_HOST": pip_says.get("trusted-host", ""),
        "UV_HTTP_TIMEOUT": pip_says.get("default-timeout", pip_says.get("timeout", "")),
    }
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & os.environ.keys():
        wanted["UV_DEFAULT_INDEX"] = pip_says.get("index-url", "")
    return {name: value for name, value in wanted.items() if value and name not in os.environ}


def _stop(message: str) -> None:
    print(message, file=sys.stderr)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
