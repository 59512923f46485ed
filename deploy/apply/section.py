"""What one kind of declared thing must be able to do, and the field-by-field comparison."""

from collections.abc import Iterable
from dataclasses import Field, fields
from typing import Any, Protocol, runtime_checkable

from deploy.apply.document import Node


class RefusedError(Exception):
    """Something declared cannot be carried out; the words say what and why."""


class Section(Protocol):
    """One kind of thing in the files: `clients`, `people`, …; an entry is a frozen dataclass."""

    def read(self, node: Node) -> Any:
        """Return the entry a node declares; raise BadFileError for a malformed one."""
        ...

    def key(self, entry: Any) -> str:
        """Return what names the entry within its section."""
        ...

    def check(self, entry: Any) -> Iterable[tuple[str, str]]:
        """Yield (field, message) for what this deployment does not allow."""
        ...

    def current(self, key: str) -> Any | None:
        """Return the entry as it is now, or None where there is none."""
        ...

    def differences(self, current: Any | None, wanted: Any) -> tuple[str, ...]:
        """Return one line per field that differs, secrets masked; () when nothing does."""
        ...

    def store(self, entry: Any) -> None:
        """Create or update it, inside the caller's transaction.

        Raises:
            RefusedError: it cannot be; the whole transaction is given up.
        """
        ...


@runtime_checkable
class Concluding(Protocol):
    """A section whose entries are carried out together, once all were stored."""

    def conclude(self) -> str:
        """Do it, inside the caller's transaction; say what still has to happen, or nothing.

        Raises:
            RefusedError: it cannot be; the whole transaction is given up.
        """
        ...


def field_differences(current: Any | None, wanted: Any) -> tuple[str, ...]:
    """Compare two entries of one dataclass; a field marked `secret` in its metadata is masked."""
    lines: list[str] = []
    for field in fields(wanted):
        new = getattr(wanted, field.name)
        if current is None:
            if not _is_default(field, new):
                lines.append(f"{field.name}: {_shown(field, new)}")
            continue
        old = getattr(current, field.name)
        if old != new:
            lines.append(f"{field.name}: {_shown(field, old)} → {_shown(field, new)}")
    return tuple(lines)


def _is_default(field: Field[Any], value: Any) -> bool:
    return bool(value == field.default) or value in ((), {}, frozenset(), None, "")


def _shown(field: Field[Any], value: Any) -> str:
    if field.metadata.get("secret"):
        return "***" if value else "none"
    if isinstance(value, frozenset):
        return str(sorted(value))
    if isinstance(value, tuple):
        return str(list(value))
    return str(value)
