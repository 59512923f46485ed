"""The development profile's own secrets: made on first start, kept in the data directory.

They carry a mark by which production refuses them (`Secret.is_development`).
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

NAMES = ("root_key", "blind_index_key", "pairwise_salt", "session_key")


def development_secrets(file: Path) -> Mapping[str, str]:
    """Return the secrets in `file`, making the file (0600) and what is missing in it.

    Two processes may start at once: the file is written whole under another name and linked into
    place, so that the first one wins and the second one reads its secrets.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not file.exists():
        _write_once(file, {name: _fresh() for name in NAMES})
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _fresh() -> str:
    return f"development.{secrets.token_urlsafe(32)}"


def _write_once(file: Path, content: Mapping[str, str]) -> None:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=1)
        os.link(draft, file)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
