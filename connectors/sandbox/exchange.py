"""Requests and replies of the sandbox, once the server has read them and before it writes them.

Owns their shapes and the JSON form; sockets are `connectors.sandbox.server`'s.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A whole request; header names are lower case, `query` is as it stood in the URL."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer."""

    status: int = 200
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def json_reply(value: object, *, status: int = 200) -> Reply:
    """`value` as JSON."""
    return Reply(status=status, body=json.dumps(value, ensure_ascii=False).encode("utf-8"))


def problem(status: int, title: str) -> Reply:
    """An error of the sandbox itself, not of a vendor it plays."""
    return json_reply({"error": title}, status=status)
