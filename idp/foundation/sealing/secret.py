"""Owns the type of values nobody should see by accident: secrets and personal data in memory."""

import hmac
from typing import Generic, TypeVar

Content = TypeVar("Content", str, bytes)


class Secret(Generic[Content]):
    """A value whose repr, str and format are masked; `reveal` is the one deliberate way to it."""

    __slots__ = ("_content",)

    def __init__(self, content: Content) -> None:
        self._content: Content = content

    def reveal(self) -> Content:
        return self._content

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._content)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_octets(self._content), _octets(other._content))

    def __hash__(self) -> int:
        return hash(self._content)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere: reveal and seal it")


def _octets(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
