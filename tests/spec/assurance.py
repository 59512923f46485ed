"""Six people, what they proved, what a client asks of them and what it must be told.

Owns the tables of the tests of verified claims, and asking: every answer is checked against the
schema written from the specification's text.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from idp.subjects.level_rules import Condition
from tests.spec.conftest import agreeing
from tests.spec.relying_party import RelyingParty, peek
from tests.spec.wire import Browser

SCHEMA = Draft202012Validator(
    json.loads(
        (Path(__file__).parents[1] / "subjects/schemas/verified_claims.json").read_text("utf-8")
    )
)
IDA = "OpenID Connect for Identity Assurance 1.0"
FRAMEWORK = "cn_city_real_name"
NAME = {"claims": {"name": None}, "verification": {"trust_framework": None}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What one of the made-up people proved, and how long ago."""

    method: str
    level: int
    days: int = 10
    device: str = ""
    operator: str = ""
    circumstances: frozenset[Condition] = frozenset()
    values: dict[str, str]


CHIP = frozenset({Condition.CHIP})
PROVEN = {
    "hongkong": Proven(
        method="immigration",
        level=2,
        values={"birthdate": "1994-08-23", "name#en": "LEUNG KA YAN"},
    ),
    "macau": Proven(method="network_identity", level=3, values={"name#en": "HO CHON KIT"}),
    "taiwan": Proven(method="immigration", level=2, days=800, values={"birthdate": "1992-01-30"}),
    "foreigner": Proven(
        method="immigration",
        level=4,
        device="reader-1",
        operator="clerk-1",
        circumstances=CHIP,
        values={"birthdate": "1974-08-12", "nationality": "UTO"},
    ),
    "permanent_resident": Proven(
        method="card_reader", level=4, device="reader-1", circumstances=CHIP, values={}
    ),
}
PEOPLE = ("adult", *PROVEN)
NAMES = {
    "adult": ("陈思远", "name#zh-Hans"),
    "hongkong": ("梁嘉欣", "name#zh-Hant"),
    "macau": ("何俊傑", "name#zh-Hant"),
    "taiwan": ("張雅婷", "name#zh-Hant"),
    "foreigner": ("ANNA MARIA ERIKSSON", "name#en"),
    "permanent_resident": ("AIGERIM NURLANOVA", "name#en"),
}
LEVELS = {
    "adult": "ial2",
    "hongkong": "ial2",
    "macau": "ial3",
    "taiwan": "ial2",
    "foreigner": "ial4",
    "permanent_resident": "ial2",
}
BORN = {
    "adult": "1988-03-14",
    "hongkong": "1994-08-23",
    "taiwan": "1992-01-30",
    "foreigner": "1974-08-12",
    "permanent_resident": "1990-12-31",
}
"""The network identity told nothing of the Macau resident's birth."""


def asked(
    party: RelyingParty,
    browser: Browser,
    key: str,
    wanted: object,
    *,
    target: str = "userinfo",
    unticks: frozenset[str] = frozenset(),
) -> Any:
    """The value of `verified_claims` a client receives, schema-valid, or None."""
    conduct = agreeing(key)
    conduct = type(conduct)(person=conduct.person, presses=conduct.presses, unticks=unticks)
    claims = json.dumps({target: {"verified_claims": wanted}})
    tokens = party.tokens(browser, conduct, claims=claims)
    if target == "userinfo":
        document = party.userinfo(tokens["access_token"]).json()
    else:
        _, document = peek(tokens["id_token"])
    found = document.get("verified_claims")
    if found is not None:
        SCHEMA.validate(found)
    return found


def with_verification(**verification: Any) -> dict[str, Any]:
    return {"verification": {"trust_framework": None, **verification}, "claims": {"name": None}}


def only_name(key: str) -> dict[str, Any]:
    return {"verification": {"trust_framework": FRAMEWORK}, "claims": {"name": NAMES[key][0]}}


def born(key: str) -> dict[str, Any]:
    claims = {"name": NAMES[key][0], **({"birthdate": BORN[key]} if key in BORN else {})}
    return {"verification": {"trust_framework": FRAMEWORK}, "claims": claims}


def levelled(*levels: str) -> dict[str, Any]:
    return {
        key: {
            "verification": {"trust_framework": FRAMEWORK, "assurance_level": LEVELS[key]},
            "claims": {"name": NAMES[key][0]},
        }
        if LEVELS[key] in levels
        else None
        for key in PEOPLE
    }


REQUESTS: dict[str, tuple[object, dict[str, Any]]] = {
    "minimal": (NAME, {key: only_name(key) for key in PEOPLE}),
    "unknown": (
        {
            "verification": {"trust_framework": None, "weather": None},
            "claims": {"name": None, "blood_type": None},
        },
        {key: only_name(key) for key in PEOPLE},
    ),
    "essential": (
        {
            "verification": {"trust_framework": None},
            "claims": {"name": None, "birthdate": {"essential": True}},
        },
        {key: born(key) for key in PEOPLE},
    ),
    "value": (with_verification(assurance_level={"value": "ial2"}), levelled("ial2")),
    "values": (
        with_verification(
            trust_framework={"values": [FRAMEWORK, "eidas"]},
            assurance_level={"values": ["ial3", "ial4"]},
        ),
        levelled("ial3", "ial4"),
    ),
    "another framework": (
        with_verification(trust_framework={"value": "eidas"}),
        dict.fromkeys(PEOPLE),
    ),
    "names by language": (
        {
            "verification": {"trust_framework": None},
            "claims": {f"name#{tag}": None for tag in ("zh-Hans", "zh-Hant", "en")},
        },
        {
            key: {
                "verification": {"trust_framework": FRAMEWORK},
                "claims": {
                    NAMES[key][1]: NAMES[key][0],
                    **{
                        name: value
                        for name, value in (PROVEN[key].values if key in PROVEN else {}).items()
                        if name == "name#en"
                    },
                },
            }
            for key in PEOPLE
        },
    ),
    "a claim's value": (
        {
            "verification": {"trust_framework": None},
            "claims": {"name": None, "birthdate": {"value": "1988-03-14"}},
        },
        {key: born(key) if key == "adult" else only_name(key) for key in PEOPLE},
    ),
    "several": (
        [with_verification(assurance_level={"value": "ial4"}), NAME],
        {
            key: [levelled("ial4")[key], only_name(key)] if key == "foreigner" else [only_name(key)]
            for key in PEOPLE
        },
    ),
}


NUMBER = {
    "verification": {
        "trust_framework": None,
        "evidence": [
            {
                "type": {"value": "document"},
                "document_details": {"type": None, "document_number": None},
            }
        ],
    },
    "claims": {"name": None, "document_number": None},
}


MALFORMED: dict[str, object] = {
    "null": None,
    "text": "name",
    "no verification": {"claims": {"name": None}},
    "no claims": {"verification": {"trust_framework": None}},
    "no elements": [],
    "too many elements": [NAME] * 9,
    "an array of texts": ["name"],
    "a claim that is text": {**NAME, "claims": {"name": "陈"}},
    "a claim with parts": {**NAME, "claims": {"name": {"given": None}}},
    "values that are text": with_verification(trust_framework={"values": "eidas"}),
    "a negative max_age": with_verification(time={"max_age": -1}),
    "a max_age that is true": with_verification(time={"max_age": True}),
    "essential that is text": with_verification(time={"essential": "yes"}),
    "a purpose that is a number": with_verification(time={"purpose": 1}),
    "evidence that is null": with_verification(evidence=None),
    "evidence without a type": with_verification(evidence=[{"record": None}]),
    "evidence of several types": with_verification(
        evidence=[{"type": {"value": "document", "values": ["vouch"]}}]
    ),
    "a level that is a number": with_verification(assurance_level=2),
    "check_details that are empty": with_verification(
        evidence=[{"type": {"value": "document"}, "check_details": []}]
    ),
    "nested without end": with_verification(
        a={"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": None}}}}}}}}}
    ),
}
