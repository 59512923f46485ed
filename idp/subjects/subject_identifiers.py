"""The `sub` a client sees of a person (OpenID Connect Core 1.0 §8)."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

Place = tuple[str, str]
"""Who shares what they know of people: a pairwise client its sector, a public one nobody."""


class KnownAs(NamedTuple):
    """A place where somebody goes on being known by the `sub` of a person merged into them."""

    subject_type: str
    sector: str
    person_id: UUID

    @property
    def place(self) -> Place:
        return self.subject_type, self.sector


def known_as(person_id: UUID, aliases: Iterable[KnownAs], place: Place) -> UUID:
    """Whose `sub` the person is known by in a place."""
    return next((each.person_id for each in aliases if each.place == place), person_id)


class SubjectIdentifiers:
    """Computes subject identifiers; nothing is stored, and none can be turned back into a person.

    Both kinds are keyed, so that our own key of a person never leaves the house.
    """

    __slots__ = ("_salt",)

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def reference(self, evidence_id: UUID, *, sector: str) -> str:
        """How a piece of evidence is named to the clients of a sector.

        An auditor who knows the person finds it again by computing this of each of their rows.
        """
        message = b"evidence\x00" + sector.encode() + b"\x00" + evidence_id.bytes
        digest = hmac.digest(self._salt, message, "sha256")
        return urlsafe_b64encode(digest[:18]).decode()

    def sub(self, person_id: UUID, *, subject_type: str, sector: str) -> str:
        """Return the `sub` for a client of this subject type and sector.

        OpenID Connect Core 1.0 §8.1: "The Subject Identifier value MUST NOT be reversible by any
        party other than the OpenID Provider."

        Raises:
            ValueError: the subject type is unknown, or pairwise without a sector.
        """
        if subject_type == "public":
            message = b"public\x00" + person_id.bytes
        elif subject_type == "pairwise" and sector:
            # The separator cannot occur in a host or department, so no two pairs collide.
            message = sector.encode() + b"\x00" + person_id.bytes
        else:
            raise ValueError("no such subject type, or a sector is missing")
        digest = hmac.digest(self._salt, message, "sha256")
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
