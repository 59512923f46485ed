"""The Debian packages that tests drive: browsers, servers and unmodified clients."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

# What proves that a package is there: a program, or a file.
PACKAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "chromium-headless-shell": ("chromium-headless-shell",),
        "fonts-noto-cjk": ("/usr/share/fonts/opentype/noto",),
        "postgresql": ("/usr/lib/postgresql",),
        "redis-server": ("redis-server",),
        "apache2": ("/usr/sbin/apache2",),
        "libapache2-mod-auth-openidc": ("/usr/lib/apache2/modules/mod_auth_openidc.so",),
        "nodejs": ("node",),
        "npm": ("npm",),
        "slapd": ("/usr/sbin/slapd",),
    }
)


def missing_packages() -> list[str]:
    """Return the packages of which nothing is found on this machine."""
    return [name for name, proofs in PACKAGES.items() if not all(map(_is_there, proofs))]


def require_packages(*, is_ci: bool) -> bool:
    """Install what is missing where we may; return whether the run may go on as passed.

    Without the right to install, a developer is told the one line; their tests for those
    programs then fail by name. In continuous integration a missing package is a failure.
    """
    missing = missing_packages()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(missing)
        missing = missing_packages()
    if missing:
        print(f"   missing: apt-get install -y --no-install-recommends {' '.join(missing)}")
    return not (missing and is_ci)


def _install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=environment, check=False)
    subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=False,
    )


def _is_there(proof: str) -> bool:
    return Path(proof).exists() if proof.startswith("/") else shutil.which(proof) is not None
