"""Codes of an authenticator app (RFC 6238), by django-otp's algorithm; its models know no sealing.

A step counts once (RFC 6238 §5.2); the app's clock may drift, and how far is remembered.
"""

import secrets
import unicodedata
from base64 import b32decode, b32encode
from binascii import Error as Base32Error
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from django_otp.oath import TOTP

from idp.subjects.authenticators.kinds import (
    DECLARED,
    Added,
    Kind,
    NotProven,
    NotTaken,
    Offer,
    Proof,
    Refusal,
    Shown,
)
from idp.subjects.authenticators.records import AuthenticatorStore, NewRow

DIGITS: Final = 6
_BYTES: Final = 20
_TOLERANCE: Final = 1
"""Steps of 30 s to either side of the drift known so far."""
_MOST_DRIFT: Final = 20
_AMR = DECLARED[Kind.TOTP].amr


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpKind:
    """Implements `AuthenticatorKind`."""

    records: AuthenticatorStore

    def check(self, shown: Shown) -> Proof:
        row = self.records.row(shown.person_id, Kind.TOTP) if shown.person_id else None
        if row is None:
            raise NotProven(Refusal.UNKNOWN, person_id=shown.person_id)
        generator = _generator(self.records.secret_of(row)["key"], shown.now, drift=row.drift)
        typed = _digits(shown.answer)
        if typed is None or not generator.verify(typed, tolerance=_TOLERANCE):
            raise NotProven(Refusal.WRONG, person_id=row.person_id)
        step = int(generator.t())
        drift = max(-_MOST_DRIFT, min(_MOST_DRIFT, int(generator.drift)))
        if step <= row.counter or not self.records.used(
            row, now=shown.now, counter=step, drift=drift
        ):
            # RFC 6238 §5.2: "The verifier MUST NOT accept the second attempt of the OTP after the
            # successful validation has been issued for the first OTP".
            raise NotProven(Refusal.REPLAYED, person_id=row.person_id)
        return Proof(person_id=row.person_id, kind=Kind.TOTP, amr=_AMR, authenticator_id=row.id)

    def add(self, offer: Offer) -> Added:
        """`secret` is what the app was given, `answer` the code it shows: it works, then."""
        typed = _digits(offer.answer)
        try:
            generator = _generator(offer.secret, offer.now)
        except Base32Error as problem:
            raise NotTaken(Refusal.MALFORMED) from problem
        if typed is None or not generator.verify(typed, tolerance=_TOLERANCE):
            raise NotTaken(Refusal.WRONG)
        new = NewRow(
            person_id=offer.person_id,
            kind=Kind.TOTP,
            now=offer.now,
            label=offer.label,
            secret={"key": offer.secret},
            columns={"counter": int(generator.t()), "drift": int(generator.drift)},
        )
        return Added(authenticator_id=self.records.keep(new).id, amr=_AMR)


def new_secret() -> str:
    """A fresh key in base 32, as apps take it (RFC 4226 §4: 160 bits)."""
    return b32encode(secrets.token_bytes(_BYTES)).decode()


def provisioning_uri(secret: str, *, issuer: str, account: str) -> str:
    """What the app reads as a QR code."""
    label = quote(f"{issuer}:{account}", safe="")
    asked = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS}, quote_via=quote)
    return f"otpauth://totp/{label}?{asked}"


def _generator(secret: str, now: datetime, *, drift: int = 0) -> TOTP:
    generator = TOTP(b32decode(secret), digits=DIGITS, drift=drift)
    generator.time = now.timestamp()
    return generator


def _digits(typed: str) -> int | None:
    """Full-width digits and spaces are forgiven."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", typed) if not c.isspace())
    return int(plain) if len(plain) == DIGITS and plain.isascii() and plain.isdigit() else None
