"""`manage.py` before anything is installed: stamps, the user's pip configuration, plain words."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
BARE = {
    "HOME": os.environ.get("HOME", "/"),
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    **{name: word for name, word in os.environ.items() if name.startswith("COV")},
}


@pytest.fixture
def manage() -> ModuleType:
    spec = importlib.util.spec_from_file_location("manage", ROOT / "manage.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def a_pip_that_says(folder: Path, *lines: str) -> list[str]:
    program = folder / "pip"
    text = "\n".join(lines)
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n", encoding="utf-8")
    program.chmod(0o755)
    return [str(program)]


@pytest.fixture
def _no_uv_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("UV_") or name == "SSL_CERT_FILE"]:
        monkeypatch.delenv(name)


@pytest.mark.usefixtures("_no_uv_variables")
def test_index_is_handed_to_uv_when_pip_is_configured(manage: ModuleType, tmp_path: Path) -> None:
    pip = a_pip_that_says(
        tmp_path,
        ":env:.index-url='https://mine.example/simple'",
        "global.cert='/etc/ca.pem'",
        "global.extra-index-url='\\nhttps://one.example\\nhttps://two.example'",
        "global.index-url='https://global.example/simple'",
        "install.find-links='/wheels /more'",
    )
    assert manage._index_for_uv(pip) == {
        "UV_SYSTEM_CERTS": "1",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "UV_FIND_LINKS": "/wheels,/more",
        "UV_INDEX": "https://one.example https://two.example",
        "UV_DEFAULT_INDEX": "https://mine.example/simple",
    }


@pytest.mark.usefixtures("_no_uv_variables")
def test_index_for_uv_stands_when_the_user_told_uv_itself(
    manage: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_INDEX_URL", "https://uv.example/simple")
    pip = a_pip_that_says(tmp_path, "global.index-url='https://global.example/simple'")
    assert manage._index_for_uv(pip) == {"UV_SYSTEM_CERTS": "1"}


def test_environment_counts_as_installed_only_when_its_stamp_names_the_lock(
    manage: ModuleType, tmp_path: Path
) -> None:
    manage.PYTHON, manage.STAMP = Path(sys.executable), tmp_path / "stamp"
    assert not manage._is_installed(manage.RUNTIME_LOCK)
    manage.STAMP.write_text(manage._digest(manage.RUNTIME_LOCK))
    assert manage._is_installed(manage.RUNTIME_LOCK)
    assert not manage._is_installed(manage.TEST_LOCK)
    manage.PYTHON = tmp_path / "gone"
    assert not manage._is_installed(manage.RUNTIME_LOCK)


def test_bytecode_is_kept_out_of_the_tree_when_the_shell_forbids_it_there(
    manage: ModuleType,
) -> None:
    forbidden = {"PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    kept = {"PATH": "/bin", "PYTHONPYCACHEPREFIX": str(manage.ENVIRONMENT / "bytecode")}
    assert manage._with_bytecode(forbidden) == kept
    assert manage._with_bytecode({"PATH": "/bin"}) == {"PATH": "/bin"}


def test_broken_interpreter_is_noticed(manage: ModuleType, tmp_path: Path) -> None:
    manage.PYTHON = tmp_path / "python"
    assert not manage._works()
    manage.PYTHON.symlink_to("/bin/false")
    assert not manage._works()


def test_one_apt_line_is_printed_when_there_is_no_pip_at_all(
    manage: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    manage.PYTHON = Path("/bin/false")
    monkeypatch.setattr(manage.sys, "executable", "/bin/false")
    with pytest.raises(SystemExit):
        manage._find_pip()
    assert "apt-get install -y python3-venv" in capsys.readouterr().err


def test_pip_of_the_interpreter_is_used_when_it_has_one(manage: ModuleType, tmp_path: Path) -> None:
    pip = a_pip_that_says(tmp_path, "pip 23")
    manage.sys = type("sys", (), {"executable": pip[0]})
    assert manage._find_pip()[0] == pip[0]


def test_help_is_printed_when_no_command_is_given() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py"],
        env={**BARE, "TONGXING_BOOTSTRAP": "0"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert "python3 manage.py COMMAND" in done.stdout
    assert "doctor" in done.stdout


def test_command_says_what_is_missing_when_production_is_not_configured() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "doctor"],
        env={
            **BARE,
            "TONGXING_BOOTSTRAP": "0",
            "DJANGO_SETTINGS_MODULE": "deploy.settings.production",
        },
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "TX100  TONGXING_ISSUER is not set." in done.stderr
    assert "Traceback" not in done.stderr
