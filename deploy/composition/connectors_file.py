"""Reads the connectors file: which connectors a deployment has, under which terms.

Owns the file's two shapes, and words for what is wrong with it. Building what it names is
`deploy.composition.authorities`'.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import yaml

from connectors.errors import ConnectorMisconfigured
from connectors.plan import Terms
from connectors.registry import (
    IDENTITY_VERIFICATION,
    MESSAGE_DELIVERY,
    ORGANIZATION_VERIFICATION,
    PASSWORD_LOGIN,
    REDIRECT_LOGIN,
    REDIRECT_VERIFICATION,
    TEXT_GATEWAYS,
    TEXT_TEMPLATES,
    DirectoryKind,
    Kind,
)
from connectors.settings import read_settings
from idp.channels.connector_terms import DELIVERY, VERIFICATION, VISITS
from idp.conf import ProviderSettings

LOGINS: Final = "logins"
STAFF: Final = "staff"
SECTIONS: Final[Mapping[str, Mapping[str, Kind[Any] | DirectoryKind]]] = {
    VERIFICATION: IDENTITY_VERIFICATION,
    "organizations": ORGANIZATION_VERIFICATION,
    DELIVERY: MESSAGE_DELIVERY,
    VISITS: REDIRECT_VERIFICATION,
    LOGINS: REDIRECT_LOGIN,
    STAFF: PASSWORD_LOGIN,
}
_DEFAULT: Final = Terms(name="")
_TERMS: Final[Mapping[str, type]] = {"name": str, "order": int, "per_day": int, "cost": int}
_KEYS: Final = frozenset({"kind", "switch", "networks", "settings", "prefixes", "label", *_TERMS})
_LANGUAGES: Final = {"": "", "zh-Hans": "zh-hans", "zh-Hant": "zh-hant", "en": "en"}
_PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,14}", re.ASCII)
_EVERYWHERE: Final = ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One connector of the file; `where` names it in words about it.

    `label` is what people call a partner, by the page's language, "" for any.
    """

    where: str
    section: str
    kind: str
    terms: Terms
    values: Mapping[str, object] = field(repr=False)
    networks: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = _EVERYWHERE
    label: Mapping[str, str] = field(default_factory=dict)

    @property
    def given(self) -> dict[str, object]:
        """The values of the settings, also those that stand in files of their own.

        Raises:
            ConnectorMisconfigured: such a file cannot be read.
        """
        try:
            return _with_files(self.values, SECTIONS[self.section][self.kind].settings)
        except ConnectorMisconfigured as error:
            raise ConnectorMisconfigured(f"{self.where}.settings.{error.debug}") from error

    @property
    def settings(self) -> Any:
        """The kind's settings.

        Raises:
            ConnectorMisconfigured: a value is missing or wrong.
        """
        try:
            return read_settings(SECTIONS[self.section][self.kind].settings, self.given)
        except ConnectorMisconfigured as error:
            if error.debug.startswith(self.where):
                raise
            raise ConnectorMisconfigured(f"{self.where}.settings.{error.debug}") from error


def read_entries(settings: ProviderSettings) -> tuple[Entry, ...]:
    """Every connector of the file, in its order.

    Raises:
        ConnectorMisconfigured: the file cannot be read, or an entry of it is not well-formed.
    """
    if not settings.connectors_file:
        return ()
    entries = []
    for found in _entries(_load(settings.connectors_file)):
        if isinstance(found, ConnectorMisconfigured):
            raise found
        entries.append(found)
    return tuple(entries)


def kinds_in_use(settings: ProviderSettings) -> frozenset[str]:
    """The kinds of the file that are switched on.

    Raises:
        ConnectorMisconfigured: as `read_entries`.
    """
    return frozenset(entry.kind for entry in read_entries(settings) if entry.terms.is_on)


def templates_lacking(settings: ProviderSettings) -> tuple[str, ...]:
    """What gateways of text messages that are switched on have no template for, by setting.

    Raises:
        ConnectorMisconfigured: as `read_entries`.
    """
    return tuple(
        f"{entry.where}.settings.{name}"
        for entry in read_entries(settings)
        if entry.kind in TEXT_GATEWAYS and entry.terms.is_on
        for name in entry.settings.lacking(TEXT_TEMPLATES)
    )


def mistakes_of(settings: ProviderSettings) -> tuple[str, ...]:
    """Everything that is wrong with the file, one sentence each."""
    if not settings.connectors_file:
        return ()
    found: list[str] = []
    try:
        for entry in _entries(_load(settings.connectors_file)):
            if isinstance(entry, ConnectorMisconfigured):
                found.append(entry.debug)
                continue
            try:
                _ = entry.settings
            except ConnectorMisconfigured as error:
                found.append(error.debug)
    except ConnectorMisconfigured as error:
        found.append(error.debug)
    return tuple(found)


def _load(path: str) -> dict[str, Any]:
    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as problem:
        raise ConnectorMisconfigured(f"the connectors file cannot be read: {problem}") from problem
    if not isinstance(document, dict):
        raise ConnectorMisconfigured(
            f"the connectors file lists connectors under {', '.join(SECTIONS)}"
        )
    return document


def _entries(document: dict[str, Any]) -> Iterator[Entry | ConnectorMisconfigured]:
    names: set[tuple[str, str]] = set()
    for found in _listed(document) if set(document) & set(SECTIONS) else _mapped(document):
        if isinstance(found, Entry):
            if (found.section, found.terms.name) in names:
                yield ConnectorMisconfigured(
                    f"{found.where}: {found.terms.name} stands twice; give one another name"
                )
                continue
            names.add((found.section, found.terms.name))
        yield found


def _mapped(document: dict[str, Any]) -> Iterator[Entry | ConnectorMisconfigured]:
    """The older shape: each kind with its settings, and its networks among them."""
    for kind, values in document.items():
        sections = [section for section, kinds in SECTIONS.items() if kind in kinds]
        if not sections:
            yield ConnectorMisconfigured(
                f"{kind}: no such kind of connector, and no list ({', '.join(SECTIONS)})"
            )
        elif not isinstance(values, dict):
            yield ConnectorMisconfigured(f"{kind}: maps its settings to their values")
        else:
            given = dict(values)
            networks = given.pop("networks", [])
            yield _guarded(sections[0], kind, {"settings": given, "networks": networks})


def _listed(document: dict[str, Any]) -> Iterator[Entry | ConnectorMisconfigured]:
    for section, listed in document.items():
        if section not in SECTIONS:
            yield ConnectorMisconfigured(f"{section}: no such list; {', '.join(SECTIONS)}")
        elif not isinstance(listed, list):
            yield ConnectorMisconfigured(f"{section}: a list, each entry with its kind")
        else:
            for number, entry in enumerate(listed, start=1):
                where = f"{section}[{number}]"
                if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str):
                    yield ConnectorMisconfigured(f"{where}.kind: missing")
                elif entry["kind"] not in SECTIONS[section]:
                    known = ", ".join(SECTIONS[section])
                    yield ConnectorMisconfigured(f"{where}.kind: one of {known}")
                else:
                    yield _guarded(section, f"{where} ({entry['kind']})", entry)


def _guarded(section: str, where: str, entry: dict[str, Any]) -> Entry | ConnectorMisconfigured:
    try:
        return _entry(section, where, entry)
    except ConnectorMisconfigured as error:
        return error


def _entry(section: str, where: str, entry: dict[str, Any]) -> Entry:
    kind = entry.get("kind", where)
    for key in sorted(set(entry) - _KEYS):
        raise ConnectorMisconfigured(f"{where}.{key}: unknown")
    values = entry.get("settings")
    if not isinstance(values, dict):
        raise ConnectorMisconfigured(f"{where}.settings: missing")
    return Entry(
        where=where,
        section=section,
        kind=kind,
        terms=_terms(kind, where, entry),
        values=values,
        networks=_networks(where, entry.get("networks", [])),
        prefixes=_prefixes(where, kind, entry.get("prefixes")),
        label=_label(where, section, entry.get("label")),
    )


def _terms(kind: str, where: str, entry: dict[str, Any]) -> Terms:
    for key, wanted in _TERMS.items():
        value = entry.get(key)
        if value is None:
            continue
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise ConnectorMisconfigured(f"{where}.{key}: not of the right type")
        if isinstance(value, int) and key != "order" and value < 0:
            raise ConnectorMisconfigured(f"{where}.{key}: not below 0")
    switch = entry.get("switch", True)
    if not isinstance(switch, bool):
        raise ConnectorMisconfigured(f"{where}.switch: on or off")
    return Terms(
        name=entry.get("name") or kind,
        order=entry.get("order", _DEFAULT.order),
        is_on=switch,
        per_day=entry.get("per_day"),
        cost=entry.get("cost", _DEFAULT.cost),
    )


def _networks(where: str, listed: object) -> tuple[str, ...]:
    if not isinstance(listed, list):
        raise ConnectorMisconfigured(f"{where}.networks: a list of networks in CIDR form")
    for network in listed:
        try:
            ip_network(network)
        except ValueError as error:
            raise ConnectorMisconfigured(f"{where}.networks: {network}: no network") from error
    return tuple(listed)


def _prefixes(where: str, kind: str, listed: object) -> tuple[str, ...]:
    """The numbers a text gateway is for, as they begin."""
    if listed is None:
        return _EVERYWHERE
    if kind not in TEXT_GATEWAYS:
        raise ConnectorMisconfigured(f"{where}.prefixes: only for gateways of text messages")
    if not isinstance(listed, list) or not listed:
        raise ConnectorMisconfigured(f"{where}.prefixes: a list such as ['+86', '+852']")
    for prefix in listed:
        if not isinstance(prefix, str) or not _PREFIX.fullmatch(prefix):
            raise ConnectorMisconfigured(f"{where}.prefixes: {prefix}: a text such as '+852'")
    return tuple(listed)


def _label(where: str, section: str, given: object) -> dict[str, str]:
    """What people call a partner: one text, or one for each language."""
    if given is None:
        return {}
    if section != LOGINS:
        raise ConnectorMisconfigured(f"{where}.label: only for {LOGINS}")
    texts: dict[str, Any] = given if isinstance(given, dict) else {"": given}
    if not texts or not all(isinstance(text, str) and text for text in texts.values()):
        raise ConnectorMisconfigured(f"{where}.label: a text, or one for each language")
    if unknown := sorted(set(map(str, texts)) - set(_LANGUAGES)):
        raise ConnectorMisconfigured(f"{where}.label.{unknown[0]}: zh-Hans, zh-Hant or en")
    return {_LANGUAGES[language]: text for language, text in texts.items()}


def _with_files(values: Mapping[str, object], kind: type[Any]) -> dict[str, object]:
    """The values, with those that a `<setting>_file` names read from it."""
    declared = {entry.name for entry in fields(kind)}
    read: dict[str, object] = {}
    for name, value in values.items():
        setting = name.removesuffix("_file")
        if name in declared or setting not in declared or not isinstance(value, str):
            read[name] = value
            continue
        try:
            read[setting] = Path(value).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise ConnectorMisconfigured(f"{name}: cannot be read") from error
    return read
