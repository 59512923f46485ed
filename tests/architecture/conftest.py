"""What the architecture tests read: the source files of the product, parsed once."""

import ast
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("idp", "connectors", "policies", "admin", "deploy")


@cache
def tracked_files() -> tuple[str, ...]:
    """Every file that is, or is about to be, in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return tuple(name for name in listed.stdout.splitlines() if (ROOT / name).is_file())


@cache
def python_files() -> Mapping[str, ast.Module]:
    """Every module but migrations and what others wrote, by its path."""
    names = [
        name
        for name in tracked_files()
        if name.endswith(".py") and "/migrations/" not in name and "/vendor/" not in name
    ]
    return {name: ast.parse((ROOT / name).read_text(encoding="utf-8")) for name in names}


@pytest.fixture(scope="session")
def modules() -> Mapping[str, ast.Module]:
    return python_files()


@pytest.fixture(scope="session")
def room_modules(modules: Mapping[str, ast.Module]) -> Mapping[str, ast.Module]:
    return {name: tree for name, tree in modules.items() if name.split("/")[0] in ROOMS}


@pytest.fixture(scope="session")
def repository_texts() -> Mapping[str, str]:
    texts: dict[str, str] = {}
    for name in tracked_files():
        try:
            texts[name] = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and compiled translations
    return texts
