"""The words of verified claims: trust framework, claims, and the names of consent to them."""

from typing import Final

TRUST_FRAMEWORK: Final = "cn_city_real_name"
VERIFIED: Final = "verified_claims"
EVIDENCE: Final = "evidence"
ASSURANCE_LEVEL: Final = "assurance_level"
DOCUMENT_NUMBER: Final = "document_number"
VERIFIABLE_CLAIMS: Final = (
    "name",
    "name#zh-Hans",
    "name#zh-Hant",
    "name#en",
    "given_name",
    "family_name",
    "birthdate",
    "gender",
    "nationalities",
    "document_type",
    "document_number",
)
"""What may stand inside `verified_claims`; anything else asked for there is passed by."""
STATUTORY_CLAIMS: Final = frozenset({"document_number", "document_type"})
"""Released only to a client with a registered statutory basis, whatever anybody ticked."""

_PREFIX: Final = f"{VERIFIED}/"


def consent_name(claim: str) -> str:
    """What people agree to when a claim is asked for as a verified one."""
    return _PREFIX + claim


def is_verified_name(name: str) -> bool:
    return name.startswith(_PREFIX)


def bare_name(name: str) -> str:
    """The claim's own name, whether it was asked for as a verified one or not."""
    return name.removeprefix(_PREFIX)


def is_lawful(name: str, lawful: frozenset[str]) -> bool:
    """Whether a law that gives the claims of `lawful` gives this one too.

    It gives a claim verified and in any script; `verified_claims` as a statutory claim gives all
    of them but the statutory ones, which a law names one by one.
    """
    bare = bare_name(name)
    if bare in STATUTORY_CLAIMS:
        return bare in lawful
    return not lawful.isdisjoint({bare, bare.partition("#")[0]}) or (
        is_verified_name(name) and VERIFIED in lawful
    )


CONSENT_NAMES: Final = tuple(
    consent_name(each) for each in (*VERIFIABLE_CLAIMS, EVIDENCE, ASSURANCE_LEVEL)
)
"""`evidence` and `assurance_level` are agreed to like claims: they tell how somebody is known."""
