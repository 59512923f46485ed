"""Everything that is checked without running a test: one command each, told fast to slow."""

import base64
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from deploy.settings.locations import SOURCE

_BIN = Path(sys.executable).parent
ROOMS = ("idp", "connectors", "policies", "admin", "deploy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A command that must exit with 0; what a wordy one says is told when it fails alone."""

    name: str
    command: tuple[str, ...]
    is_wordy: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How a check ended, and what its command said."""

    passed: bool
    seconds: float
    said: str


def _tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(_BIN / name), *arguments)


def _django(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "django", *arguments)


def _made_up_secret(letter: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha384(letter.encode()).digest()).decode()


PRODUCTION: Mapping[str, str] = {
    "DJANGO_SETTINGS_MODULE": "deploy.settings.production",
    "TONGXING_ISSUER": "https://id.city.example",
    "TONGXING_ROOT_KEY": _made_up_secret("r"),
    "TONGXING_BLIND_INDEX_KEY": _made_up_secret("b"),
    "TONGXING_PAIRWISE_SALT": _made_up_secret("p"),
    "TONGXING_SESSION_KEY": _made_up_secret("s"),
}
_TEST: Mapping[str, str] = {"DJANGO_SETTINGS_MODULE": "deploy.settings.test"}

CHECKS: tuple[Check, ...] = (
    Check(name="ruff check", command=_tool("ruff", "check", "--quiet", ".")),
    Check(name="ruff format", command=_tool("ruff", "format", "--quiet", "--check", ".")),
    Check(name="import contracts", command=_tool("lint-imports", "--no-logo")),
    Check(name="templates (djlint)", command=_tool("djlint", *ROOMS, "--lint", "--quiet")),
    Check(
        name="production checks (check --deploy)",
        command=_django("check", "--deploy", "--fail-level", "WARNING"),
        environment=PRODUCTION,
    ),
    Check(
        name="migrations up to date",
        command=_django("makemigrations", "--check", "--dry-run"),
        environment=_TEST,
    ),
    Check(
        name="generated references up to date",
        command=_django("reference", "--check"),
        environment=_TEST,
    ),
    Check(name="types (mypy)", command=_tool("mypy", *ROOMS, "manage.py")),
)
COLLECTION = Check(
    name="tests can be collected",
    command=(sys.executable, "-m", "pytest", "--collect-only", "-qqq"),
    is_wordy=True,
    environment=_TEST,
)
"""Before many processes collect the same files at once: this one compiles them for all, while the
slowest check leaves a processor idle."""


def run_checks(*, with_collection: bool) -> Iterator[tuple[Check, Checked]]:
    """Run all, as many at once as there are processors; the last and slowest begins first."""
    checks = (*CHECKS[:-1], COLLECTION, CHECKS[-1]) if with_collection else CHECKS
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        begun = [(check, pool.submit(run_check, check)) for check in reversed(checks)]
        for check, done in reversed(begun):
            yield check, done.result()


def run_check(check: Check) -> Checked:
    """Run one check."""
    inherited = {name: value for name, value in os.environ.items() if not _is_ours(name)}
    environment = {**inherited, "PYTHONPATH": str(SOURCE), **check.environment}
    began = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=SOURCE,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    passed = done.returncode == 0
    said = "" if passed and check.is_wordy else done.stdout
    return Checked(passed=passed, seconds=time.monotonic() - began, said=said)


def _is_ours(name: str) -> bool:
    """A developer's own deployment variables must not change what is verified."""
    return name.startswith("TONGXING_") or name in {
        "DATABASE_URL",
        "REDIS_URL",
        "DJANGO_SETTINGS_MODULE",
    }
