"""Claims that were granted masked: how a grant says so, and what is released then.

Masking keeps enough to recognise, and never enough to use. Whose claims are masked, the policies
say when the person is let in.
"""

from collections.abc import Collection, Iterable
from typing import Final

from connectors.documents.names import mask_name
from idp.subjects.assurance.vocabulary import bare_name, is_verified_name
from idp.subjects.identifiers import mask_phone

_MARK: Final = "masked:"
_SHOWN_ENDS: Final = 2


def granted_masked(names: Iterable[str], masked: Collection[str]) -> tuple[str, ...]:
    """The names as the grant carries them; a name in any script is masked with its base.

    What an authority vouches for is not told in part: as a verified claim it is not released.
    """
    kept = (name for name in names if not (is_verified_name(name) and bare_name(name) in masked))
    return tuple(f"{_MARK}{name}" if _base(name) in masked else name for name in kept)


def split(names: Iterable[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """What to read, and which of it to mask."""
    found = tuple(names)
    masked = frozenset(name.removeprefix(_MARK) for name in found if name.startswith(_MARK))
    return tuple(name.removeprefix(_MARK) for name in found), masked


def mask_claim(name: str, value: object) -> object | None:
    """The masked value; None for what cannot be masked, and is left out."""
    if not isinstance(value, str) or not value:
        return None
    base = _base(name)
    if base == "birthdate":
        # OpenID Connect Core 1.0 §5.1: "To represent only the year, YYYY format is allowed."
        return value[:4]
    if base == "phone_number":
        return mask_phone(value)
    if base == "email":
        local, _, host = value.partition("@")
        return f"{local[:1]}***@{host}"
    if base in {"name", "given_name", "family_name"}:
        return mask_name(value)
    hidden = max(3, len(value) - 2 * _SHOWN_ENDS)
    is_long = len(value) > 3 * _SHOWN_ENDS
    ends = (value[:_SHOWN_ENDS], value[-_SHOWN_ENDS:]) if is_long else (value[:1], "")
    return ends[0] + "*" * hidden + ends[1]


def _base(name: str) -> str:
    return name.partition("#")[0]
