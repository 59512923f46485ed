"""A made-up population as another platform's export: every number computed, nobody's own."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_FIRST_DAY = date(1940, 1, 1)
_DAYS = 25_000
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_GIVEN = "思远文静海宁嘉禾建国晓明子涵雨桐若溪明轩诗雅"
SHAPE = "md5(md5(password)+salt)"


def resident(number: int) -> dict[str, Any]:
    """The person of a number below 25 million: always the same."""
    birthday = _FIRST_DAY + timedelta(days=number % _DAYS)
    body = f"350203{birthday:%Y%m%d}{number // _DAYS:03d}"
    total = sum(w * int(d) for w, d in zip(_WEIGHTS, body, strict=True))
    given = _GIVEN[number % 20] + _GIVEN[number // 20 % 20]
    return {
        "id": f"xm-{number:08d}",
        "name": _SURNAMES[number // 400 % 20] + given,
        "document_type": "0",
        "document_number": body + "10X98765432"[total % 11],
        "phone": f"138{number:08d}",
        "level": 3,
        "last_login_at": "2026-10-01T08:00:00+08:00",
    }


def password(number: int) -> str:
    return f"made-up-{number}-word"


def with_password(person: dict[str, Any], number: int) -> dict[str, Any]:
    """The person with a salted MD5, as an old platform kept it."""
    salt = f"s{number % 97:02d}"
    inner = hashlib.md5(password(number).encode(), usedforsecurity=False).hexdigest()
    digest = hashlib.md5((inner + salt).encode(), usedforsecurity=False).hexdigest()
    return {**person, "password_hash": digest, "password_salt": salt}


def export(people: int, *, passwords: int = 0) -> Iterator[dict[str, Any]]:
    """So many people, the first of them with passwords."""
    for number in range(people):
        person = resident(number)
        yield with_password(person, number) if number < passwords else person


def write_export(path: Path, people: int, *, passwords: int = 0) -> None:
    with path.open("w", encoding="utf-8") as file:
        for person in export(people, passwords=passwords):
            file.write(json.dumps(person, ensure_ascii=False) + "\n")


SOURCE = f"""\
import_sources:
  - name: old-platform
    ceiling: 2
    password_shape: {SHAPE}
    document_types: {{"0": resident_id_card, "4": travel_permit_hm}}
"""
