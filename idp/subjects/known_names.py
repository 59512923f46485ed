"""The name an account already tells of its person, so that nobody types it twice.

Owns where such a name is found: on a document shown before, even one whose evidence has grown old,
or in what the person said of themselves. It proves nothing; an authority is asked all the same.
"""

from dataclasses import dataclass
from uuid import UUID

from connectors.documents.names import InvalidName, normalise_name
from idp.subjects.holdings import Holdings
from idp.subjects.profiles import Profiles


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """Reads it; nothing is written."""

    holdings: Holdings
    profiles: Profiles

    def of(self, person_id: UUID) -> str:
        """The name in canonical form; "" where the account tells none that is whole."""
        documents = self.holdings.of(person_id)
        if documents:
            return documents[0].holder_name
        return _described(self.profiles.read(person_id))


def _described(description: dict[str, object]) -> str:
    """Family name first where names are written without spaces, last where in Latin letters."""
    family, given = description.get("family_name"), description.get("given_name")
    if not isinstance(family, str) or not isinstance(given, str) or not family or not given:
        return ""
    middle = description.get("middle_name")
    is_latin = family.isascii() and given.isascii()
    latin = (given, middle if isinstance(middle, str) and middle.isascii() else "", family)
    told = " ".join(filter(None, latin)) if is_latin else f"{family}{given}"
    try:
        return normalise_name(told)
    except InvalidName:
        return ""
