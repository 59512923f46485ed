"""What the console may say of the settings: each value with its source, and no secret at all."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from admin.sections.settings import Setting, Source
from deploy.settings.environment import FIXED, PREFIX, Environment, Variable, variables_of
from idp.conf import ProviderSettings, Secret

_HASHES: Final = frozenset({"initial_access_tokens"})
_ADDRESSES: Final = frozenset({"webhook"})
"""Addresses that may hold a key of the other side: their origin alone is shown."""


def settings_in_force(
    settings: ProviderSettings, variables: Mapping[str, str]
) -> tuple[Setting, ...]:
    """Every setting of the provider, as the environment in `variables` and the profile made it."""
    environment = Environment(variables=variables)
    found = zip(variables_of(ProviderSettings), _values(settings), strict=True)
    return tuple(_setting(variable, value, environment) for variable, value in found)


def _values(held: Any) -> Iterator[object]:
    """The values in the order of `variables_of`, which walks the same fields."""
    for field in fields(held):
        value = getattr(held, field.name)
        if f"{PREFIX}{field.name.upper()}" in FIXED:
            continue
        if is_dataclass(value):
            yield from _values(value)
        else:
            yield value


def _setting(variable: Variable, value: object, environment: Environment) -> Setting:
    is_secret = isinstance(value, Secret) or variable.field in _HASHES
    return Setting(
        name=variable.name,
        value=None if is_secret else _shown(variable.field, value),
        is_set=bool(value.reveal()) if isinstance(value, Secret) else bool(value),
        source=_source(variable, value, environment.variables),
        is_secret=is_secret,
    )


def _source(variable: Variable, value: object, given: Mapping[str, str]) -> Source:
    if variable.name in given:
        return "environment"
    if given.get(f"{variable.name}_FILE"):
        return "file"
    return "default" if value == variable.default else "profile"


def _shown(field: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if field in _ADDRESSES and value:
        parts = urlsplit(str(value))
        return f"{parts.scheme}://{parts.hostname}/…"
    return str(value)
