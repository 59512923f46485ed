"""How each adapter that verifies is driven: its settings, its service, and who gives what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from connectors.counting import InProcessCounters
from connectors.evidence import (
    ChipReading,
    IdentityClaim,
    OrganizationClaim,
    Portrait,
    Validity,
)
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.registry import IDENTITY_VERIFICATION, ORGANIZATION_VERIFICATION, Kind
from connectors.sandbox.population import person, registered_organizations
from connectors.sandbox.portraits import chip_of, portrait_of
from connectors.settings import Secret

Claim = IdentityClaim | OrganizationClaim
RESIDENTS = {
    Outcome.MATCH: "newcomer",
    Outcome.MISMATCH: "mismatch",
    Outcome.NOT_FOUND: "not_found",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.RATE_LIMITED: "rate_limited",
    Outcome.PROVIDER_ERROR: "authority_down",
    Outcome.TIMEOUT: "authority_slow",
}
TRAVELLERS = {
    Outcome.MATCH: "hongkong",
    Outcome.MISMATCH: "permit_mismatch",
    Outcome.NOT_FOUND: "permit_not_found",
    Outcome.INCONCLUSIVE: "permit_inconclusive",
    Outcome.RATE_LIMITED: "permit_rate_limited",
    Outcome.PROVIDER_ERROR: "permit_authority_down",
    Outcome.TIMEOUT: "permit_authority_slow",
}
REGISTERED = {
    Outcome.MATCH: "厦门示例海产有限公司",
    Outcome.INCONCLUSIVE: "厦门变更中有限公司",
    Outcome.RATE_LIMITED: "厦门太频繁有限公司",
    Outcome.PROVIDER_ERROR: "厦门查不了有限公司",
    Outcome.TIMEOUT: "厦门慢慢来有限公司",
}


def counters() -> InProcessCounters:
    """Counters whose clock stands still."""
    return InProcessCounters(clock=lambda: 0.0)


def claim_of(key: str, /, **changed: Any) -> IdentityClaim:
    """What the person of that key would truly say of their first document."""
    someone = person(key)
    document = someone.documents[0]
    born = document.details.get("birth_date")
    claim = IdentityClaim(
        document_type=document.type,
        document_number=document.number,
        name=someone.name,
        phone=someone.phone,
        bank_card=someone.bank_card,
        birth_date=date.fromisoformat(born) if born else None,
    )
    return replace(claim, **changed)


def organization(key: str, /, **changed: Any) -> OrganizationClaim:
    """What is truly said of the organization called so."""
    found = next(each for each in registered_organizations() if each.name == key)
    claim = OrganizationClaim(
        uscc=found.uscc, name=found.name, principal=person(found.legal_representative).name
    )
    return replace(claim, **changed)


def with_face(key: str, *, is_live: bool = True) -> IdentityClaim:
    return claim_of(key, portrait=Portrait(image=portrait_of(key), is_live=is_live))


def with_chip(key: str, *, is_attended: bool) -> IdentityClaim:
    chip = ChipReading(data=chip_of(person(key).documents[0].number), is_attended=is_attended)
    return claim_of(key, chip=chip)


def with_validity(key: str) -> IdentityClaim:
    until = person(key).documents[0].details["valid_until"]
    ends_on = date.fromisoformat(until) if until else None
    return claim_of(key, validity=Validity(begins_on=date(2020, 12, 31), ends_on=ends_on))


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """How one adapter is driven. `steps` are the calls of one check, in order."""

    name: str
    kinds: Mapping[str, Kind[Any]] = field(default_factory=lambda: IDENTITY_VERIFICATION)
    claim: Callable[..., Claim] = claim_of
    people: Mapping[Outcome, str]
    steps: tuple[str, ...] = ("",)
    wrong: tuple[dict[str, Any], ...] = ()

    def build(self, sandbox: Any, client: OutboundClient, **changed: object) -> Any:
        kind = self.kinds[self.name]
        settings = replace(kind.for_sandbox(sandbox.url), **changed)
        return kind.build(settings, client, counters())

    def true_claim(self, outcome: Outcome = Outcome.MATCH, **changed: Any) -> Any:
        return self.claim(self.people[outcome], **changed)


WRONG_SECRET = {"app_secret": Secret("not the agreed one")}
RESIDENT_MISTAKES: tuple[dict[str, Any], ...] = (
    {"document_type": "no_such_type"},
    {"document_number": ""},
    {"document_number": "110105194912310021"},
    {"name": "  "},
    {"name": "张\x00三"},
)
ADAPTERS = {
    "population_library": Adapter(
        name="population_library",
        people=RESIDENTS,
        wrong=(*RESIDENT_MISTAKES, {"document_type": "passport"}),
    ),
    "mobile_operator": Adapter(
        name="mobile_operator",
        people=RESIDENTS,
        wrong=(*RESIDENT_MISTAKES, {"phone": None}),
    ),
    "bank_card": Adapter(
        name="bank_card",
        people=RESIDENTS,
        wrong=(
            *RESIDENT_MISTAKES,
            {"phone": None},
            {"phone": "+85291234567"},
            {"bank_card": None},
            {"bank_card": "62990000000000011"},
            {"bank_card": "6299"},
        ),
    ),
    "ctid": Adapter(
        name="ctid",
        people=RESIDENTS,
        steps=("token", "serial", "authenticate"),
        wrong=RESIDENT_MISTAKES,
    ),
    "immigration": Adapter(
        name="immigration",
        people=TRAVELLERS,
        steps=("token", "apply", "authenticate"),
        wrong=(
            {"document_type": "resident_id_card"},
            {"document_number": "X1"},
            {"name": ""},
            {"birth_date": None},
        ),
    ),
    "business_registry": Adapter(
        name="business_registry",
        kinds=ORGANIZATION_VERIFICATION,
        claim=organization,
        people=REGISTERED,
        wrong=(
            {"uscc": "91110000600037341K"},
            {"uscc": "91"},
            {"uscc": "9111000060003734IL"},
            {"name": ""},
            {"principal": " "},
        ),
    ),
}
