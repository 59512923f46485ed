"""Which kind of person somebody is, by the document their identity rests on."""

from collections.abc import Iterable, Mapping
from typing import Final

POPULATION_OF: Final[Mapping[str, str]] = {
    "resident_id_card": "resident",
    "residence_permit_hmt": "hmt_resident",
    "travel_permit_hm": "hong_kong_macau",
    "hkid": "hong_kong_macau",
    "macau_bir": "hong_kong_macau",
    "travel_permit_tw": "taiwan",
    "taiwan_id": "taiwan",
    "taiwan_arc": "taiwan",
    "cn_passport": "overseas_chinese",
    "passport": "foreigner",
    "permanent_resident_card": "permanent_resident",
}
"""By document type; a type of several places counts as one population, for it tells no more."""


def population_of(document_types: Iterable[str]) -> str:
    """The population of whom these documents are, the most telling first; "" for none known."""
    found = (POPULATION_OF.get(each, "") for each in document_types)
    return next((population for population in found if population), "")
