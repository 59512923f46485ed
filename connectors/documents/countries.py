"""Country codes on travel documents: ISO 3166-1, and what ICAO Doc 9303-3 §5 adds to it.

Owns which codes exist and how they are written; which document bears which is each type's.
"""

from types import MappingProxyType
from typing import Final

from iso3166 import countries_by_alpha3, countries_by_numeric

ICAO_CODES: Final = MappingProxyType(
    {
        "D": "Germany",
        "UTO": "Utopia (ICAO's specimen)",
        "EUE": "European Union laissez-passer",
        "GBD": "British Overseas Territories citizen",
        "GBN": "British National (Overseas)",
        "GBO": "British Overseas citizen",
        "GBP": "British protected person",
        "GBS": "British subject",
        "RKS": "Kosovo",
        "UNA": "United Nations agency",
        "UNK": "United Nations Interim Administration Mission in Kosovo",
        "UNO": "United Nations",
        "XBA": "African Development Bank",
        "XIM": "African Export-Import Bank",
        "XCC": "Caribbean Community",
        "XCE": "Council of Europe",
        "XCO": "Common Market for Eastern and Southern Africa",
        "XEC": "Economic Community of West African States",
        "XPO": "INTERPOL",
        "XOM": "Sovereign Military Order of Malta",
        "XXA": "Stateless person",
        "XXB": "Refugee (1951 Convention)",
        "XXC": "Refugee (other)",
        "XXX": "Nationality unspecified",
    }
)


def is_country(code: str) -> bool:
    """Whether `code` may stand as issuer or nationality in a machine readable zone."""
    return code in countries_by_alpha3 or code in ICAO_CODES


def country_by_numeric(digits: str) -> str:
    """The alpha-3 code of a numeric ISO 3166-1 one, `398` → `KAZ`; "" for an unknown one."""
    found = countries_by_numeric.get(digits)
    return found.alpha3 if found else ""


def as_alpha3(code: str) -> str:
    """A zone's code in ISO 3166-1: Germany's single D is DEU, British nationals' are GBR."""
    return _AS_ISO.get(code, code)


_AS_ISO: Final = MappingProxyType(
    {"D": "DEU", **dict.fromkeys(("GBD", "GBN", "GBO", "GBP", "GBS"), "GBR")}
)
