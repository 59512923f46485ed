"""What server metadata say of identity assurance: derived from the checks that are on offer."""

from collections.abc import Mapping
from typing import Any

from idp.subjects.assurance.vocabulary import TRUST_FRAMEWORK, VERIFIABLE_CLAIMS
from idp.subjects.level_rules import COLLECTED, LEVEL_RULES, Condition, vouching_of
from idp.subjects.levels import is_offered, reachable
from policies.levels import Level


def assurance_metadata(
    methods: frozenset[str], *, aal: int, collected: frozenset[Condition] = COLLECTED
) -> Mapping[str, Any]:
    """OpenID Connect for Identity Assurance 1.0 §8, and the `acr` values that can be reached.

    Its drafts had `verified_claims_supported` too; nobody registered that, and certification
    suites warn of it.
    """
    rules = [rule for rule in LEVEL_RULES if is_offered(rule, methods, collected=collected)]
    vouched = {
        (found, rule)
        for rule in rules
        if (found := vouching_of(rule.method, rule.conditions)) is not None
    }
    documented = [(found, rule) for found, rule in vouched if found.evidence == "document"]
    named = {
        "evidence_supported": {found.evidence for found, _ in vouched},
        "documents_supported": {each for _, rule in documented for each in rule.document_types},
        "documents_check_methods_supported": {found.check_method for found, _ in documented}
        | {"pvp" for _, rule in documented if Condition.ATTENDED in rule.conditions},
        "electronic_records_supported": {found.record for found, _ in vouched if found.record},
    }
    return {
        "acr_values_supported": _acr_values(reachable(methods, collected=collected), aal),
        "trust_frameworks_supported": [TRUST_FRAMEWORK],
        "claims_in_verified_claims_supported": list(VERIFIABLE_CLAIMS),
        **{name: sorted(values) for name, values in named.items() if values},
    }


def _acr_values(highest: int, highest_aal: int) -> list[str]:
    """What a journey can reach; higher values are known and answered as unmet."""
    return [
        Level(ial=ial, aal=aal).acr
        for ial in range(1, highest + 1)
        for aal in range(1, highest_aal + 1)
    ]
