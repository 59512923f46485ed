"""Owns reading what a node of another release may have written: by name, and nothing left out.

While a city upgrades, nodes of two releases share a store. What an earlier one wrote lacks fields
that have a default; what a later one wrote may have some that this release does not know.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kept = TypeVar("Kept", bound="DataclassInstance")


class LaterRelease(Exception):
    """It says what this release does not know, which may be a rule: it is not this node's to use.

    The next try may reach a node of the release that wrote it.
    """


def made_of(kind: type[Kept], values: Mapping[str, Any]) -> Kept:
    """The dataclass that was kept as its fields by name.

    Raises:
        LaterRelease: a field is not this release's.
    """
    try:
        return kind(**values)
    except TypeError as problem:
        if unknown := values.keys() - {each.name for each in fields(kind)}:
            raise LaterRelease(f"{kind.__name__}: {', '.join(sorted(unknown))}") from problem
        raise
