"""How an adapter's frozen settings are read from configuration: secrets masked, faults named.

Owns the reading only; each adapter owns its own fields and their defaults.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints
from urllib.parse import urlsplit

from connectors.errors import ConnectorMisconfigured

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret value that shows itself to nobody who only prints it."""

    _value: str

    def reveal(self) -> str:
        """The secret itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__


Settings = TypeVar("Settings", bound="DataclassInstance")


def read_settings(kind: type[Settings], values: Mapping[str, object]) -> Settings:
    """An instance of the frozen dataclass `kind` from plain configuration values.

    Raises:
        ConnectorMisconfigured: a field is missing, unknown, or of another type.
    """
    declared = {entry.name: entry for entry in fields(kind)}
    hints = get_type_hints(kind)
    for name in values:
        if name not in declared:
            raise ConnectorMisconfigured(f"{name}: unknown setting")
    read: dict[str, object] = {}
    for name, entry in declared.items():
        if name in values:
            read[name] = _coerce(name, values[name], hints[name])
        elif entry.default is MISSING and entry.default_factory is MISSING:
            raise ConnectorMisconfigured(f"{name}: missing")
    try:
        return kind(**read)
    except ValueError as error:
        raise ConnectorMisconfigured(str(error)) from error


def require_base_url(url: str) -> None:
    """Refuse a base URL that is no absolute http(s) URL, or carries a query or a slash at its end.

    Raises:
        ValueError: it does.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("base_url: not an absolute http(s) URL")
    if parts.query or parts.fragment or url.endswith("/"):
        raise ValueError("base_url: no query, no fragment, no slash at the end")


def _coerce(name: str, value: object, wanted: Any) -> object:
    if wanted is Secret:
        if isinstance(value, Secret):
            return value
        if isinstance(value, str) and value:
            return Secret(value)
    elif wanted in {int, float}:
        is_number = isinstance(value, int if wanted is int else int | float)
        if is_number and not isinstance(value, bool):
            return wanted(value)
    elif wanted is str:
        if isinstance(value, str):
            return value
    elif isinstance(value, Mapping):
        return {str(key): str(entry) for key, entry in value.items()}
    raise ConnectorMisconfigured(f"{name}: not of the right type")
