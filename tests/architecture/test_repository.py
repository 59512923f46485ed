"""What stands in the repository says nothing of any one machine, and gives its reasons."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePath

Texts = Mapping[str, str]

# Spelt in pieces, so that this file does not find itself.
MACHINE_PATHS = ("/wo" + "rk/", "/opt/" + "txvenv", "/root" + "/", "/fa" + "rm/")
REGISTRY_HOSTS = (
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "deb.deb" + "ian.org",
)
NOQA = re.compile(r"#\s*noqa(?P<rest>.*)$", re.MULTILINE)
REASONED_NOQA = re.compile(r"^: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)* - \S.+")
IGNORE = re.compile(r"#\s*type:\s*ignore(?P<rest>.*)$", re.MULTILINE)
REASONED_IGNORE = re.compile(r"^\[[a-z-]+(, ?[a-z-]+)*\]\s+# \S.+")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
ROOT = Path(__file__).resolve().parents[2]
LOCKED = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^ ;\\]+)", re.MULTILINE)


def test_files_name_no_machine_path(repository_texts: Texts) -> None:
    found = [
        f"{name}: {path}"
        for name, text in repository_texts.items()
        for path in MACHINE_PATHS
        if re.search(rf"(?<![\w.@:-]){re.escape(path)}", text)
    ]
    assert found == []


def test_files_name_no_package_registry(repository_texts: Texts) -> None:
    found = [
        f"{name}: {host}"
        for name, text in repository_texts.items()
        for host in REGISTRY_HOSTS
        if host in text
    ]
    assert found == []


def test_links_between_documents_lead_somewhere(repository_texts: Texts) -> None:
    broken = [
        f"{name}: {target}"
        for name, text in repository_texts.items()
        if name.endswith(".md")
        for target in LINK.findall(text)
        if not (ROOT / PurePath(name).parent / target).exists()
    ]
    assert broken == []


def test_every_lint_exception_carries_its_reason(repository_texts: Texts) -> None:
    bare = [
        f"{name}: {match[0]}"
        for name, text in _python(repository_texts).items()
        for match in NOQA.finditer(text)
        if not REASONED_NOQA.match(match["rest"])
    ]
    assert bare == []


def test_every_type_exception_carries_its_reason(repository_texts: Texts) -> None:
    bare = [
        f"{name}: {match[0]}"
        for name, text in _python(repository_texts).items()
        if not name.startswith("tests/")  # tests are run, not typed
        for match in IGNORE.finditer(text)
        if not REASONED_IGNORE.match(match["rest"])
    ]
    assert bare == []


def test_test_lock_holds_the_versions_of_the_runtime_lock(repository_texts: Texts) -> None:
    runtime = dict(LOCKED.findall(repository_texts["requirements.lock"]))
    test = dict(LOCKED.findall(repository_texts["requirements-test.lock"]))
    assert runtime
    assert {name: test.get(name) for name in runtime} == runtime


def test_every_locked_package_is_locked_by_hash(repository_texts: Texts) -> None:
    for name in ("requirements.lock", "requirements-test.lock", "requirements-uv.lock"):
        text = repository_texts[name]
        for requirement in re.split(r"\n(?=\S)", text):
            if LOCKED.match(requirement):
                assert "--hash=sha256:" in requirement, requirement.splitlines()[0]


def _python(texts: Texts) -> Texts:
    own = PurePath(__file__).name
    return {n: t for n, t in texts.items() if n.endswith(".py") and not n.endswith(f"/{own}")}
