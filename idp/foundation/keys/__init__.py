"""Signing keys: sealed in the database, a ring in memory, rotation with overlap.

Owns signatures and the published key set; claims, lifetimes and audiences belong to the tokens.
"""

from idp.foundation.keys.jose import ALGORITHMS, b64url, b64url_decode
from idp.foundation.keys.ring import (
    AUDIT,
    TOKEN,
    InvalidToken,
    KeyRing,
    NoSigningKey,
    SigningKey,
    VerificationKey,
)
from idp.foundation.keys.rotation import (
    KeyPlan,
    RotationPolicy,
    announce_next,
    replace_now,
    rotate,
)

__all__ = [
    "ALGORITHMS",
    "AUDIT",
    "TOKEN",
    "InvalidToken",
    "KeyPlan",
    "KeyRing",
    "NoSigningKey",
    "RotationPolicy",
    "SigningKey",
    "VerificationKey",
    "announce_next",
    "b64url",
    "b64url_decode",
    "replace_now",
    "rotate",
]
