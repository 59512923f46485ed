"""Looking for personal data in clear: a value in every encoding a program may leave it in."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

LEAST = 6
"""Bytes: shorter forms stand anywhere by chance."""


def forms_of(value: str | bytes) -> frozenset[bytes]:
    """The value as text of several encodings, escaped JSON, hex, percent-encoded, and base64.

    Base64 depends on what stood before: all three alignments are there, without the edges that
    neighbours change.
    """
    texts = {value} if isinstance(value, bytes) else set(_texts(value))
    found = set(texts)
    if isinstance(value, str):
        escaped = json.dumps(value)[1:-1]
        found |= {escaped.encode(), escaped.upper().replace("\\U", "\\u").encode()}
        found |= {quote(value).encode(), quote(value).lower().encode()}
    for text in texts:
        found |= {text.hex().encode(), text.hex().upper().encode()}
        found |= {base64.b32encode(text).rstrip(b"=")[:-1]}
        found |= set(_base64(text))
    return frozenset(each for each in found if len(each) >= LEAST)


def _texts(value: str) -> Iterator[bytes]:
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        yield value.encode(encoding)


def _base64(text: bytes) -> Iterator[bytes]:
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + text)
        skipped = (0, 2, 3)[before]
        whole = len(text) + before - (len(text) + before) % 3
        inner = encoded[skipped : whole * 4 // 3]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def codes_in_clear(places: Iterable[tuple[str, bytes]], codes: Mapping[str, str]) -> "list[Found]":
    """Every short code that stands in a place by itself, not amid longer digits or letters.

    Six digits stand amid any digest or instant by chance; by themselves they mean what they say.
    """
    wanted = {
        name: re.compile(rb"(?<![0-9A-Za-z.])" + code.encode() + rb"(?![0-9A-Za-z])")
        for name, code in codes.items()
    }
    return [
        Found(place=place, what=name, around=content[max(0, at.start() - 60) : at.end() + 60])
        for place, content in places
        for name, pattern in wanted.items()
        if (at := pattern.search(content))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where something stood in clear, what it was, and what was around it."""

    place: str
    what: str
    around: bytes


def in_clear(
    places: Iterable[tuple[str, bytes]], secrets: Mapping[str, str | bytes]
) -> list[Found]:
    """Every secret that stands in a place in any of its forms."""
    wanted = {name: forms_of(value) for name, value in secrets.items()}
    return [
        Found(place=place, what=name, around=content[max(0, at - 60) : at + 60])
        for place, content in places
        for name, forms in wanted.items()
        for form in forms
        if (at := content.find(form)) >= 0
    ]
