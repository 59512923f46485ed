"""What the ways to sign in and to prove who one is are called."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from idp.subjects import level_rules
from idp.subjects.authenticators import kinds

SIGN_IN_METHODS: Final[Mapping[str, Any]] = {
    "sms": _("Code by text message"),
    "email": _("Code by e-mail"),
    "password": _("Password"),
    "passkey": _("Passkey"),
    "totp": _("App's code"),
    "face": _("Face"),
    "recovery_code": _("Recovery code"),
    "handoff": _("Scanned code"),
    "partner": _("Partner's login"),
    "card": _("Card at a reader"),
}
METHODS: Final[Mapping[str, Any]] = {
    level_rules.SMS_CODE: _("Code by text message"),
    level_rules.EMAIL_CODE: _("Code by e-mail"),
    level_rules.POPULATION: _("Name and number"),
    level_rules.OPERATOR: _("Name, number and phone"),
    level_rules.BANK_CARD: _("Name, number and bank card"),
    level_rules.CTID: _("CTID"),
    level_rules.IMMIGRATION: _("Travel document"),
    level_rules.NETWORK_IDENTITY: _("National network identity"),
    level_rules.FACE_AT_AUTHORITY: _("Face, by the authority"),
    level_rules.FACE_LOCAL: _("Face, at one of our machines"),
    level_rules.FACE_PROMPTED: _("Face, by the browser's camera at one of our machines"),
    level_rules.CARD_READER: _("Card at a reader"),
    level_rules.ENTERPRISE_CA: _("Certificate"),
    level_rules.UPSTREAM: _("Partner's login"),
    level_rules.IMPORTED: _("Taken over from an older platform"),
    "revocation": _("Taken back"),
}
FACTORS: Final[Mapping[str, Any]] = {
    kinds.PASSWORD: _("Password"),
    kinds.SMS: _("Code by text message"),
    kinds.MULTIPLE_CHANNEL: _("Code by e-mail"),
    kinds.OTP: _("App's code"),
    kinds.HARDWARE_KEY: _("A key that cannot leave its device"),
    kinds.SOFTWARE_KEY: _("A key"),
    kinds.PRESENCE: _("A touch"),
    kinds.SMART_CARD: _("Card at a reader"),
    kinds.FACE: _("Face"),
    kinds.MULTIPLE: _("Two factors at once"),
}
"""The `amr` values of RFC 8176 §2."""
