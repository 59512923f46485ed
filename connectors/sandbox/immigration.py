"""The immigration administration's side, behind its municipal wrapper; as strict as the real one.

Owns its tokens and applications, and what it says of each document of the made-up population.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.outcomes import Outcome
from connectors.sandbox.exchange import Incoming, Reply
from connectors.sandbox.faults import Fault
from connectors.sandbox.population import SandboxDocument, SandboxPerson, people
from connectors.sandbox.portraits import chip_of, is_blurred, portrait_of
from connectors.sandbox.signed_exchange import (
    BEIJING,
    Asked,
    Refused,
    SignedService,
    Step,
    outcome_for,
)
from connectors.sandbox.tokens import Tokens

METHOD: Final = "immigration"
CLIENT_ID: Final = "sandbox-immigration"
TOKEN_DISOWNED: Final = "401"  # noqa: S105 - a code
APPLICATION_UNKNOWN: Final = "402"
INVALID: Final = "400"
CERTIFICATE_TYPES: Final = {
    "10": "cn_passport",
    "20": "travel_permit_hm",
    "21": "travel_permit_tw",
    "22": "residence_permit_hmt",
    "30": "permanent_resident_card",
    "40": "passport",
}
_PERSON: Final = (
    *("certType", "certNo", "name", "birthDate"),
    *("nationality", "portrait", "chip"),
)
KINDS: Final = {"REAL_NAME": frozenset(), "REAL_PERSON": {"portrait"}, "CHIP": {"chip"}}
_RESULTS: Final = {
    Outcome.MATCH: "1",
    Outcome.MISMATCH: "2",
    Outcome.NOT_FOUND: "3",
    Outcome.INCONCLUSIVE: "4",
    Outcome.NO_PHOTO: "5",
    Outcome.LOW_QUALITY: "6",
}


class Immigration(SignedService):
    """Answers authentications of documents of the made-up population."""

    name = "immigration"
    secret = b"sandbox-immigration-secret"
    codes = dict(zip(Refused, ("403", "411", "412", "413", "414", "415"), strict=True))
    steps = {
        "token": Step(fields=("clientId", "timestamp")),
        "apply": Step(fields=("token", "timestamp", "authType", "certType")),
        "authenticate": Step(
            fields=("token", "timestamp", "applyNo", *_PERSON),
            optional=frozenset({"nationality", "portrait", "chip"}),
        ),
    }

    def __init__(self) -> None:
        super().__init__()
        self._tokens = Tokens()
        self._by_document = {
            (document.type, document.number): (someone, document)
            for someone in people()
            for document in someone.documents
            if METHOD in someone.outcomes
        }

    def is_known(self, asked: Asked) -> bool:
        return asked.step != "token" or asked.values.get("clientId") == CLIENT_ID

    def is_slow_for(self, incoming: Incoming) -> bool:
        found = self._find(self.read(incoming)[1].values)
        return found is not None and found[0].outcomes[METHOD] is Outcome.TIMEOUT

    def answer(self, incoming: Incoming, *, fault: Fault | None, now: datetime) -> Reply:
        if fault is not None and fault.behaviour == "forgotten_token":
            self._tokens.forget()
        return super().answer(incoming, fault=fault, now=now)

    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        values = asked.values
        if asked.step == "token":
            token = self.number("token")
            ends = self._tokens.issue(token, now=now).astimezone(BEIJING)
            return {"code": "200", "token": token, "expiresAt": ends.strftime("%Y%m%d%H%M%S")}
        if not self._tokens.is_good(values["token"], now=now):
            return {"code": TOKEN_DISOWNED}
        if values["certType"] not in CERTIFICATE_TYPES:
            return {"code": INVALID}
        if asked.step == "apply":
            application = self.number("CRJ")
            self._tokens.number(application, f"{values['authType']} {values['certType']}")
            return {"code": "200", "applyNo": application}
        return self._authenticate(values)

    def unknown(self, answer: dict[str, str]) -> dict[str, str]:
        return {"code": answer["code"], "nonce": answer["nonce"], "result": "9"}

    def _authenticate(self, values: Mapping[str, str]) -> dict[str, str]:
        kind, _, certificate = (self._tokens.use(values["applyNo"]) or "").partition(" ")
        if certificate != values["certType"]:
            return {"code": APPLICATION_UNKNOWN}
        if not KINDS.get(kind, {"nothing"}) <= set(values) or len(values["birthDate"]) != 8:
            return {"code": INVALID}
        outcome = self._outcome(values)
        if outcome not in _RESULTS:
            return {"code": "429" if outcome is Outcome.RATE_LIMITED else "500"}
        result = _RESULTS[outcome]
        return {"code": "200", "applyNo": values["applyNo"], "result": result}

    def _find(self, values: Mapping[str, str]) -> tuple[SandboxPerson, SandboxDocument] | None:
        kind = CERTIFICATE_TYPES.get(values.get("certType", ""), "")
        return self._by_document.get((kind, values.get("certNo", "")))

    def _outcome(self, values: Mapping[str, str]) -> Outcome:
        found = self._find(values)
        if found is None:
            return Outcome.NOT_FOUND
        someone, document = found
        outcome = outcome_for(someone, METHOD, agrees=_agrees(values, someone, document))
        if outcome is not Outcome.MATCH or "portrait" not in values:
            return outcome
        image = base64.b64decode(values["portrait"])
        if is_blurred(image):
            return Outcome.LOW_QUALITY
        if not someone.has_photo:
            return Outcome.NO_PHOTO
        return Outcome.MATCH if image == portrait_of(someone.key) else Outcome.MISMATCH


def _agrees(values: Mapping[str, str], someone: SandboxPerson, document: SandboxDocument) -> bool:
    details = document.details
    born = details.get("birth_date") or _born_by_number(document.number)
    country = values.get("nationality", details.get("country", ""))
    chip = base64.b64decode(values["chip"]) if "chip" in values else chip_of(document.number)
    return (
        values["name"] in {someone.name, someone.name_latin}
        and values["birthDate"] == born.replace("-", "")
        and country == details.get("country", country)
        and chip == chip_of(document.number)
    )


def _born_by_number(number: str) -> str:
    return number[6:14]
