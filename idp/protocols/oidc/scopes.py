"""Which claims a scope value asks for (OpenID Connect Core 1.0 §5.4)."""

from collections.abc import Mapping

SCOPE_CLAIMS: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
}
SCOPES_SUPPORTED = ("openid", *SCOPE_CLAIMS, "offline_access")
CLAIMS_SUPPORTED = (
    "sub",
    "iss",
    "auth_time",
    "acr",
    "amr",
    "azp",
    "nonce",
    "sid",
    *(claim for claims in SCOPE_CLAIMS.values() for claim in claims),
    "verified_claims",
)
PROTOCOL_CLAIMS = frozenset({"sub", "iss", "auth_time", "acr", "amr", "azp", "nonce", "sid"})
"""Claims the provider itself states: nobody's consent is asked for them."""
