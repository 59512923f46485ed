"""Typed readers of the environment: a variable `NAME`, or a file named by `NAME_FILE`.

Every error names the variable and what was expected, never the value: it may be a secret.
"""

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from idp.conf import Secret

PREFIX = "TONGXING_"
Settings = typing.TypeVar("Settings")
# The settings module says which profile this is: an environment that could would undo refusals.
FIXED = frozenset({"TONGXING_PROFILE"})
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


class SettingError(ValueError):
    """A variable is missing or does not say what it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The variables of one process."""

    variables: Mapping[str, str]

    def find(self, name: str) -> str | None:
        """Return the value of `name`, or of the file `name`_FILE points at, or None.

        Raises:
            SettingError: both are set, or the file cannot be read.
        """
        value = self.variables.get(name)
        file = self.variables.get(f"{name}_FILE")
        if not file:
            return value
        if value is not None:
            raise SettingError(f"{name} and {name}_FILE are both set: keep one.")
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE cannot be read: {error.strerror}.") from error

    def text(self, name: str, default: str = "") -> str:
        """Return a string."""
        value = self.find(name)
        return default if value is None else value

    def path(self, name: str, default: Path) -> Path:
        """Return an absolute path."""
        value = self.find(name)
        return default if not value else Path(value).expanduser().resolve()


def parse_integer(name: str, text: str) -> int:
    """Return a whole number, zero or more; underscores may group its digits."""
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        raise SettingError(f"{name}: expected a whole number, zero or more.")
    return value


def parse_boolean(name: str, text: str) -> bool:
    """Return true or false."""
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise SettingError(f"{name}: expected true or false.")
    return word in _TRUE


def parse_secret(name: str, text: str) -> Secret:
    """Return key material of at least 32 bytes."""
    value = text.strip().encode()
    if len(value) < 43:  # 32 bytes in base64url
        raise SettingError(f"{name}: expected at least 32 random bytes in base64url.")
    return Secret(value)


def parse_words(_name: str, text: str) -> tuple[str, ...]:
    """Return the words between commas or spaces."""
    return tuple(text.replace(",", " ").split())


def parse_networks(name: str, text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return IP networks: addresses or CIDR blocks between commas or spaces."""
    try:
        return tuple(ip_network(word) for word in parse_words(name, text))
    except ValueError as error:
        raise SettingError(f"{name}: expected IP addresses or CIDR blocks.") from error


def parse_text(_name: str, text: str) -> str:
    """Return the text as it stands."""
    return text


_PARSERS: Mapping[object, Callable[[str, str], Any]] = types.MappingProxyType(
    {
        str: parse_text,
        int: parse_integer,
        bool: parse_boolean,
        Secret: parse_secret,
        tuple[str, ...]: parse_words,
        tuple[IPv4Network | IPv6Network, ...]: parse_networks,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One setting as the environment knows it; `default` is None where there is none."""

    name: str
    owner: type
    field: str
    kind: object
    default: object


def variables_of(
    kind: type, *, prefix: str = PREFIX, defaults: object | None = None
) -> Iterator[Variable]:
    """Yield every variable that fills a settings dataclass, those of nested ones included."""
    hints = typing.get_type_hints(kind)
    for field in fields(kind):
        name = prefix + field.name.upper()
        if name in FIXED:
            continue
        default = getattr(defaults, field.name) if defaults is not None else _default_of(field)
        nested = hints[field.name]
        if isinstance(nested, type) and is_dataclass(nested):
            yield from variables_of(nested, prefix=f"{name}_", defaults=default)
        else:
            yield Variable(name=name, owner=kind, field=field.name, kind=nested, default=default)


def load(
    kind: type[Settings],
    *,
    environment: Environment,
    given: Mapping[str, object],
) -> Settings:
    """Build a settings dataclass from the environment.

    Args:
        kind: a frozen dataclass of plain fields and further dataclasses.
        environment: where variables are looked up.
        given: what this profile sets unless the environment does, by variable name.

    Raises:
        SettingError: names every variable that is missing or does not say what it should.
    """
    sources = _Sources(environment, given, [])
    found = _build(kind, PREFIX, None, sources)
    if sources.problems:
        raise SettingError("\n".join(sources.problems))
    return typing.cast("Settings", found)


class _Sources(typing.NamedTuple):
    environment: Environment
    given: Mapping[str, object]
    problems: list[str]


def _build(kind: type, prefix: str, defaults: object | None, sources: _Sources) -> object:
    hints = typing.get_type_hints(kind)
    values: dict[str, object] = {}
    for field in fields(kind):
        name = prefix + field.name.upper()
        default = getattr(defaults, field.name) if defaults is not None else _default_of(field)
        nested = hints[field.name]
        if isinstance(nested, type) and is_dataclass(nested):
            values[field.name] = _build(nested, f"{name}_", default, sources)
        else:
            try:
                values[field.name] = _leaf(name, nested, default, sources)
            except SettingError as error:
                sources.problems.append(str(error))
                values[field.name] = None
    return kind(**values)


def _leaf(name: str, kind: object, default: object, sources: _Sources) -> object:
    text = None if name in FIXED else sources.environment.find(name)
    if text is not None:
        return _parse(name, kind, text)
    value = sources.given.get(name, default)
    if value is None:
        raise SettingError(f"{name} is not set.")
    return value


def _parse(name: str, kind: object, text: str) -> object:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        words = [member.value for member in kind]
        if text not in words:
            raise SettingError(f"{name}: expected one of {', '.join(words)}.")
        return kind(text)
    return _PARSERS[kind](name, text)


def _default_of(field: Field[Any]) -> object:
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        return field.default_factory()
    return None
