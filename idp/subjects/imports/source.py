"""What the city declares of a platform that people come from: how its rows are to be understood."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.documents.registry import DOCUMENT_TYPES
from idp.foundation.clock import Clock
from idp.subjects.imports.models import ImportSource
from idp.subjects.legacy_passwords import ShapeError, compiled, uses_salt

HIGHEST_CEILING = 3
"""Level 4 is a chip before an operator, here and now: nobody brings it along."""


class UnknownSource(LookupError):
    """No such source was declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A platform people come from.

    Attributes:
        ceiling: the highest identity level its word is worth; 0 believes nothing.
        lasts_days: how long imported levels stand, unless a person is verified anew.
        password_shape: how it hashed passwords, such as `md5(md5(password)+salt)`; "" where its
            hashes say so themselves (bcrypt, PBKDF2), or where none are brought.
        salt: the one salt of all its passwords, where rows have none of their own.
        phones_verified: whether it had people prove their phone and e-mail address.
        document_types: what it writes for our document types.
    """

    name: str
    ceiling: int = 2
    lasts_days: int = 365
    password_shape: str = ""
    salt: str = field(default="", repr=False, metadata={"secret": True})
    phones_verified: bool = True
    document_types: Mapping[str, str] = field(default_factory=dict)

    def document_type(self, written: str) -> str:
        """Our word for a document type as the source writes it; "" for none."""
        meant = self.document_types.get(written, written)
        return meant if meant in DOCUMENT_TYPES else ""

    def problems(self) -> list[tuple[str, str]]:
        """What cannot be so, by field."""
        found = []
        if not 0 <= self.ceiling <= HIGHEST_CEILING:
            found.append(("ceiling", f"is from 0 to {HIGHEST_CEILING}"))
        if self.lasts_days < 1:
            found.append(("lasts_days", "is at least 1"))
        found += [
            ("document_types", f"{meant} is no document type of ours")
            for meant in self.document_types.values()
            if meant not in DOCUMENT_TYPES
        ]
        if self.password_shape:
            try:
                compiled(self.password_shape)
            except ShapeError as error:
                found.append(("password_shape", str(error)))
        if self.salt and not uses_salt(self.password_shape):
            found.append(("salt", "stands nowhere in password_shape"))
        return found


def find_source(name: str) -> Source:
    """The declared source of this name.

    Raises:
        UnknownSource: there is none.
    """
    row = ImportSource.objects.filter(name=name).first()
    if row is None:
        raise UnknownSource(name)
    return Source(name=name, **row.settings)


def declare_source(source: Source, *, clock: Clock) -> None:
    """Keep what the city says of a source; imports that began go on as they began."""
    settings: dict[str, Any] = asdict(source)
    settings.pop("name")
    ImportSource.objects.update_or_create(
        name=source.name, defaults={"settings": settings, "changed_at": clock.now()}
    )
