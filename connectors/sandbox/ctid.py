"""CTID's side: token, serial number, authentication; as strict as the real one.

Owns its modes, its tokens and serial numbers, and the four characters of a result.
"""

import base64
from datetime import datetime
from typing import Final

from connectors.outcomes import Outcome
from connectors.sandbox.exchange import Incoming, Reply
from connectors.sandbox.faults import Fault
from connectors.sandbox.population import SandboxPerson
from connectors.sandbox.portraits import is_blurred, portrait_of
from connectors.sandbox.signed_exchange import (
    Asked,
    Refused,
    SignedService,
    Step,
    by_number,
    outcome_for,
)
from connectors.sandbox.tokens import LIFETIME, Tokens

METHOD: Final = "ctid"
APP_KEY: Final = "sandbox-ctid"
TOKEN_DISOWNED: Final = "4001"  # noqa: S105 - a code
SERIAL_UNKNOWN: Final = "4002"
INVALID: Final = "1007"
_FACTORS: Final = ("validFrom", "validTo", "portrait", "credential")
# Which factors a mode asks beside name and number: validity, portrait, credential.
MODES: Final = {
    "0x40": (False, False, False),
    "0x10": (True, False, False),
    "0x42": (False, True, False),
    "0x12": (True, True, False),
    "0x04": (False, False, True),
    "0x06": (False, True, True),
}
_CHARACTERS: Final = {Outcome.MATCH: "0", Outcome.MISMATCH: "1", Outcome.NOT_FOUND: "2"}
_CODES: Final = {Outcome.RATE_LIMITED: "2001", Outcome.INCONCLUSIVE: "3001"}


class Ctid(SignedService):
    """Answers authentications of the made-up population."""

    name = "ctid"
    secret = b"sandbox-ctid-secret"
    codes = dict(zip(Refused, ("1001", "1002", "1003", "1004", "1005", "1006"), strict=True))
    steps = {
        "token": Step(fields=("appKey", "timestamp")),
        "serial": Step(fields=("appKey", "timestamp")),
        "authenticate": Step(
            fields=("bizSerialNo", "timestamp", "authMode", "name", "idNo", *_FACTORS),
            optional=frozenset(_FACTORS),
        ),
    }

    def __init__(self) -> None:
        super().__init__()
        self._by_number = by_number(METHOD)
        self._tokens = Tokens()

    def is_known(self, asked: Asked) -> bool:
        return asked.step == "authenticate" or asked.values.get("appKey") == APP_KEY

    def is_slow_for(self, incoming: Incoming) -> bool:
        someone = self._by_number.get(self.read(incoming)[1].values.get("idNo", ""))
        return someone is not None and someone.outcomes[METHOD] is Outcome.TIMEOUT

    def answer(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> Reply:
        if fault is not None and fault.behaviour == "forgotten_token":
            self._tokens.forget()
        return super().answer(incoming, fault=fault, now=now)

    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        if asked.step == "token":
            token = self.number("token")
            self._tokens.issue(token, now=now)
            seconds = str(int(LIFETIME.total_seconds()))
            return {"code": "0000", "accessToken": token, "expiresIn": seconds}
        if not self._tokens.is_good(asked.bearer, now=now):
            return {"code": TOKEN_DISOWNED}
        if asked.step == "serial":
            serial = self.number("SN")
            self._tokens.number(serial, "")
            return {"code": "0000", "bizSerialNo": serial}
        if self._tokens.use(asked.values["bizSerialNo"]) is None:
            return {"code": SERIAL_UNKNOWN}
        return self._authenticate(asked)

    def unknown(self, answer: dict[str, str]) -> dict[str, str]:
        return {"code": answer["code"], "nonce": answer["nonce"], "authResult": "9XXX"}

    def _authenticate(self, asked: Asked) -> dict[str, str]:
        values = asked.values
        has = ("validTo" in values, "portrait" in values, "credential" in values)
        if MODES.get(values["authMode"]) != has or len(values["idNo"]) != 18 or not values["name"]:
            return {"code": INVALID}
        someone = self._by_number.get(values["idNo"])
        agrees = someone is not None and someone.name == values["name"]
        outcome = outcome_for(someone, METHOD, agrees=agrees)
        if outcome not in _CHARACTERS:
            return {"code": _CODES.get(outcome, "9999")}
        result = "".join(
            (
                _CHARACTERS[outcome],
                _validity(values.get("validTo"), someone),
                _portrait(values.get("portrait"), someone),
                _credential(values.get("credential"), someone),
            )
        )
        return {"code": "0000", "bizSerialNo": values["bizSerialNo"], "authResult": result}


def _validity(said: str | None, someone: SandboxPerson | None) -> str:
    if said is None:
        return "X"
    until = someone.documents[0].details["valid_until"] if someone else ""
    return "0" if said == (until.replace("-", "") if until else "长期") else "1"


def _portrait(said: str | None, someone: SandboxPerson | None) -> str:
    if said is None:
        return "X"
    image = base64.b64decode(said)
    if is_blurred(image):
        return "5"
    if someone is not None and not someone.has_photo:
        return "4"
    return "0" if someone is not None and image == portrait_of(someone.key) else "1"


def _credential(said: str | None, someone: SandboxPerson | None) -> str:
    if said is None:
        return "X"
    return "0" if someone is not None and said == f"made-up credential of {someone.key}" else "1"
