"""The section `import_sources`: the platforms that people are imported from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from deploy.apply.document import BadFileError, Node
from deploy.apply.reading import read_entry
from deploy.apply.section import field_differences
from idp.foundation.clock import Clock
from idp.subjects.imports.source import Source, UnknownSource, declare_source, find_source

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """What may stand in a file; the salt stands in one of its own."""

    name: str
    ceiling: int = 2
    lasts_days: int = 365
    password_shape: str = ""
    salt_file: str = ""
    phones_verified: bool = True
    document_types: dict[str, str] = field(default_factory=dict)


class ImportSourcesSection:
    """Reads, compares and keeps declared sources."""

    def __init__(self, *, clock: Clock) -> None:
        """Take the clock that dates a change."""
        self._clock = clock

    def read(self, node: Node) -> Source:
        """Return the source a node declares."""
        given = read_entry(_Written, node)
        salt = ""
        if given.salt_file:
            path = Path(node.place.file).parent / given.salt_file
            try:
                salt = path.read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                place = node.place.down("salt_file", node.place.line)
                raise BadFileError.at(place, f"cannot be read ({error})") from error
        return Source(
            name=given.name,
            ceiling=given.ceiling,
            lasts_days=given.lasts_days,
            password_shape=given.password_shape,
            salt=salt,
            phones_verified=given.phones_verified,
            document_types=given.document_types,
        )

    def key(self, entry: Source) -> str:
        """A source is named by its name."""
        return entry.name

    def check(self, entry: Source) -> Iterable[tuple[str, str]]:
        """Yield what cannot be so."""
        if not _NAME.fullmatch(entry.name):
            yield "name", "is made of small letters, digits and dashes"
        yield from entry.problems()

    def current(self, key: str) -> Any | None:
        """Return the source as it was declared, or None."""
        try:
            return find_source(key)
        except UnknownSource:
            return None

    def differences(self, current: Any | None, wanted: Source) -> tuple[str, ...]:
        """Compare field by field; the salt is only told to differ."""
        return field_differences(current, wanted)

    def store(self, entry: Source) -> None:
        """Keep it; an import under way goes on as it began."""
        declare_source(entry, clock=self._clock)
