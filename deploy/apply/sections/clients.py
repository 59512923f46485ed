"""The section `clients`: registered metadata (RFC 7591 §2) and what only the city decides."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.apply.document import BadFileError, Node
from deploy.apply.reading import read_entry, read_plain
from idp.clients.client import LEGACY_DOORS
from idp.clients.directory import owners_of_resources
from idp.clients.metadata import (
    CLAIMS_CLASSES,
    LOCALIZED,
    OWN_MEMBERS,
    MetadataProblem,
    MetadataRules,
    validated_metadata,
)
from idp.clients.models import ClientRow
from idp.clients.purposes import BASES, CONSENT, LANGUAGES, STATUTORY_DUTY
from idp.clients.reading import read_client
from idp.clients.registrar import SECRET_METHODS, ClientRegistrar
from idp.staff.roles import Role
from idp.subjects.assurance.vocabulary import VERIFIABLE_CLAIMS, VERIFIED
from idp.subjects.claims import CLAIMS_SUPPORTED
from idp.subjects.imports.models import ImportSource
from policies.levels import Level

_LEAST_SECRET = 43  # 256 bit in base64url: it may then be kept as a plain hash
_LEAST_IN_DEVELOPMENT = 16
_STATUSES = ("active", "suspended")
PURPOSE_CLAIMS = frozenset({*CLAIMS_SUPPORTED, *VERIFIABLE_CLAIMS, VERIFIED})
"""What a purpose may name; a claim stands for its scripts and its verified form too."""
_METADATA = frozenset(OWN_MEMBERS).union(*(kind.REGISTERED_CLAIMS for kind in CLAIMS_CLASSES))
_SECRET_FILE = "client_secret_file"  # noqa: S105 - a field's name
_SECRET = "client_secret"  # noqa: S105 - a field's name


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredPurpose:
    """A task that a client wants claims for, with its ground; words by language tag."""

    id: str
    claims: tuple[str, ...]
    name: dict[str, str]
    basis: str = CONSENT
    law: dict[str, str] = field(default_factory=dict)
    kept_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CitySettings:
    """What the city decides about a client; never the client itself."""

    department: str = ""
    classification: str = "general"
    legal_basis: str = "consent"
    minimum_acr: str = ""
    channels: tuple[str, ...] = ("web",)
    statutory_claims: tuple[str, ...] = ()
    purposes: tuple[DeclaredPurpose, ...] = ()
    skips_consent: bool = False
    is_resource_server: bool = False
    access_token_ttl: int = 0
    legacy_doors: tuple[str, ...] = ()
    legacy_source: str = ""
    provisions: tuple[str, ...] = ()

    def chosen(self) -> dict[str, Any]:
        """Return what differs from the default, as the registry keeps it."""
        default = CitySettings()
        chosen = (name for name in self.__slots__ if getattr(self, name) != getattr(default, name))
        return {name: _plain(getattr(self, name)) for name in chosen}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredClient:
    """A client as a file declares it."""

    client_id: str
    metadata: Mapping[str, Any]
    city: CitySettings
    status: str = "active"
    secret: str = field(default="", repr=False)
    is_inline: bool = False
    secret_sha256: bytes = field(default=b"", repr=False)
    """Of a client that is imported with a secret of its own, instead of `secret`."""


class ClientsSection:
    """Reads, compares and keeps declared clients."""

    def __init__(self, *, registrar: ClientRegistrar, rules: MetadataRules) -> None:
        """Take the one writer of clients, and the rules it judges metadata by."""
        self._registrar = registrar
        self._rules = rules

    def read(self, node: Node) -> DeclaredClient:
        """Return the client a node declares."""
        metadata: dict[str, Any] = {}
        city: dict[str, Node] = {}
        own: dict[str, str] = {}
        problems: list[str] = []
        for name, child in node.items():
            if name in {"client_id", "status", _SECRET, _SECRET_FILE}:
                own[name] = str(read_plain(child))
            elif name in CitySettings.__slots__:
                city[name] = child
            elif name in LOCALIZED and isinstance(child.value, dict):
                metadata |= _localized(name, child)
            elif name.partition("#")[0] in _METADATA:
                metadata[name] = read_plain(child)
            else:
                problems.append(f"{child.place}: is no client metadata and no setting of a client")
        if not own.get("client_id"):
            problems.append(f"{node.place.down('client_id', node.place.line)}: is missing")
        try:
            decided = read_entry(CitySettings, Node(place=node.place, value=city))
        except BadFileError as error:
            problems.extend(error.problems)
        if problems:
            raise BadFileError(problems)
        return DeclaredClient(
            client_id=own["client_id"],
            metadata=metadata,
            city=decided,
            status=own.get("status", "active"),
            secret=own.get(_SECRET, "") or _secret(node, own.get(_SECRET_FILE, "")),
            is_inline=_SECRET in own,
        )

    def key(self, entry: DeclaredClient) -> str:
        """A client is named by its client_id."""
        return entry.client_id

    def check(self, entry: DeclaredClient) -> Iterable[tuple[str, str]]:
        """Yield what this deployment does not accept of the entry."""
        try:
            metadata = validated_metadata(entry.metadata, self._rules)
        except MetadataProblem as problem:
            yield problem.member, str(problem).removeprefix(f"{problem.member}: ")
        else:
            needs_secret = metadata["token_endpoint_auth_method"] in SECRET_METHODS
            if needs_secret and not (entry.secret or entry.secret_sha256):
                yield _SECRET_FILE, "is needed for this token_endpoint_auth_method"
            yield from self._check_resources(entry, metadata.get("resources", ()))
        yield from self._check_secret(entry)
        if entry.status not in _STATUSES:
            yield "status", f"expected one of {', '.join(_STATUSES)}"
        if entry.city.legal_basis not in BASES:
            yield "legal_basis", f"expected one of {', '.join(BASES)}"
        yield from _check_purposes(entry.city)
        if entry.city.minimum_acr and Level.parse(entry.city.minimum_acr) is None:
            yield "minimum_acr", "expected urn:tongxing:acr:ial{1-4}:aal{1-3}"
        yield from _check_legacy(entry.city)
        if not frozenset(Role).issuperset(entry.city.provisions):
            yield "provisions", f"expected roles of staff: {', '.join(Role)}"
        row = self.current(entry.client_id)
        if row is not None and row.origin != "declared":
            yield "client_id", f"belongs to a client that is {row.origin}, not declared"

    def _check_resources(
        self, entry: DeclaredClient, resources: Iterable[str]
    ) -> Iterable[tuple[str, str]]:
        """A resource has one owner: its sector decides how people are known there."""
        if not entry.city.is_resource_server:
            return
        others = ClientRow.objects.exclude(client_id=entry.client_id).order_by("client_id")
        owners = owners_of_resources(read_client(row) for row in others)
        for resource in resources:
            if resource in owners:
                yield "resources", f"{resource} belongs to {owners[resource].client_id}"

    def _check_secret(self, entry: DeclaredClient) -> Iterable[tuple[str, str]]:
        """Secrets stand in configuration on a developer's machine only."""
        is_development = self._rules.http_allowed
        if entry.is_inline and not is_development:
            yield _SECRET, f"is not taken in production: name a file with {_SECRET_FILE}"
        least = _LEAST_IN_DEVELOPMENT if entry.is_inline else _LEAST_SECRET
        if entry.secret and len(entry.secret) < least:
            name = _SECRET if entry.is_inline else _SECRET_FILE
            yield name, f"holds fewer than {least} characters: make it with 32 random bytes"

    def current(self, key: str) -> Any | None:
        """Return the registry's row, or None."""
        return ClientRow.objects.filter(client_id=key).first()

    def differences(self, current: Any | None, wanted: DeclaredClient) -> tuple[str, ...]:
        """Compare member by member; of the secret only that it changes."""
        metadata = validated_metadata(wanted.metadata, self._rules)
        city = wanted.city.chosen()
        if current is None:
            shown = {**metadata, **city}
            return tuple(f"{name}: {shown[name]}" for name in sorted(shown))
        lines = [*_compared(current.metadata, metadata), *_compared(current.settings, city)]
        if current.status != wanted.status:
            lines.append(f"status: {current.status} → {wanted.status}")
        secret_sha256 = wanted.secret_sha256 or _sha256(wanted.secret)
        if not hmac.compare_digest(bytes(current.secret_sha256), secret_sha256):
            lines.append("client_secret: *** → ***")
        return tuple(lines)

    def store(self, entry: DeclaredClient) -> None:
        """Declare it, and suspend or reinstate it."""
        city = entry.city.chosen()
        if entry.secret_sha256:
            self._registrar.take_over(
                entry.client_id, entry.metadata, city, secret_sha256=entry.secret_sha256
            )
        else:
            self._registrar.declare(entry.client_id, entry.metadata, city, secret=entry.secret)
        row = self.current(entry.client_id)
        if row is not None and row.status != entry.status:
            self._registrar.set_status(entry.client_id, entry.status)


def _check_legacy(city: CitySettings) -> Iterable[tuple[str, str]]:
    """Yield what is wrong with the shapes and ids of an older platform."""
    if not LEGACY_DOORS.issuperset(city.legacy_doors):
        yield "legacy_doors", f"known are {', '.join(sorted(LEGACY_DOORS))}"
    if city.legacy_source and not ImportSource.objects.filter(name=city.legacy_source).exists():
        yield "legacy_source", "is no declared source: apply import_sources first"


def _plain(value: Any) -> Any:
    """A setting as JSON keeps it."""
    if isinstance(value, DeclaredPurpose):
        return {name: _plain(inner) for name, inner in asdict(value).items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _check_purposes(city: CitySettings) -> Iterable[tuple[str, str]]:
    """Yield what is wrong with purposes: each says what for, on which ground, by which law."""
    seen: set[str] = set()
    for number, purpose in enumerate(city.purposes):
        here = f"purposes[{number}]"
        if purpose.id in seen:
            yield here, f"{purpose.id} is declared twice"
        seen.add(purpose.id)
        if purpose.basis not in BASES:
            yield f"{here}.basis", f"expected one of {', '.join(BASES)}"
        if (purpose.basis == STATUTORY_DUTY) != bool(purpose.law):
            yield f"{here}.law", "names law and article of a statutory duty, and of nothing else"
        yield from _check_words(f"{here}.name", purpose.name)
        yield from _check_words(f"{here}.law", purpose.law)
        for claim in sorted(set(purpose.claims) - PURPOSE_CLAIMS):
            yield f"{here}.claims", f"{claim} is no claim people can be asked for"


def _check_words(place: str, words: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    if words and "zh-Hans" not in words:
        yield place, "needs zh-Hans; zh-Hant and en may stand beside it"
    for tag in sorted(words.keys() - LANGUAGES.keys()):
        yield place, f"{tag} is none of {', '.join(LANGUAGES)}"


def _localized(name: str, node: Node) -> dict[str, Any]:
    """Return `name#tag` members from a mapping of languages; the first is the plain member too."""
    words = {tag: read_plain(child) for tag, child in node.items()}
    plain = {name: next(iter(words.values()))} if words else {}
    return {**plain, **{f"{name}#{tag}": word for tag, word in words.items()}}


def _secret(node: Node, name: str) -> str:
    """Read the secret from a file beside the YAML file: secrets do not stand in configuration."""
    if not name:
        return ""
    place = node.place.down(_SECRET_FILE, node.place.line)
    try:
        return (Path(node.place.file).parent / name).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadFileError.at(place, f"{name} cannot be read ({error.strerror})") from error


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {old.get(name, 'none')} → {new.get(name, 'none')}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest() if secret else b""
