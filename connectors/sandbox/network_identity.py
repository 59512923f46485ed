"""The network identity service's side: applications, the page with the certificate, redemption.

Owns its codes and its pseudonyms. Written against the description in the guide, by code of its own.
"""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Final

from connectors.outcomes import Outcome
from connectors.sandbox.signed_exchange import Asked, Step
from connectors.sandbox.visits import (
    INVALID,
    OK,
    UNKNOWN_VISIT,
    Visit,
    VisitService,
    has,
    is_return_url,
    known,
    new_visit,
    outcome_on_command,
)

_CODES: Final = {
    Outcome.INCONCLUSIVE: "3001",
    Outcome.NOT_FOUND: "3002",
    Outcome.RATE_LIMITED: "2001",
    Outcome.PROVIDER_ERROR: "9999",
}


class NetworkIdentity(VisitService):
    """`apply`, `page`, `redeem`."""

    name = "network_identity"
    secret = b"sandbox-network-identity-secret"
    steps = {
        "apply": Step(
            fields=("appId", "timestamp", "mode", "returnUrl", "state", "gmsfhm", "xm"),
            optional=frozenset({"gmsfhm", "xm"}),
        ),
        "redeem": Step(fields=("appId", "timestamp", "authId", "credential")),
    }
    title = "国家网络身份认证(沙箱)"
    explanation = "选择一个虚构的人,用其网证确认身份。只返回核验结果。"
    visit_parameter = "authId"

    def __init__(self, *, page_url: str = "") -> None:
        super().__init__()
        self.page_url = page_url

    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        if asked.step == "redeem":
            return self._redeem(asked, now=now)
        values = asked.values
        is_whole = (values["mode"] == "compare") == ("gmsfhm" in values and "xm" in values)
        if values["mode"] not in {"result", "compare"} or not is_whole:
            return {"code": INVALID}
        if not is_return_url(values["returnUrl"]):
            return {"code": INVALID}
        visit = new_visit(values, now=now)
        self.open(visit)
        url = f"{self.page_url}/network-identity/page?authId={visit.id}"
        return {"code": OK, "authId": visit.id, "authUrl": url, "expiresIn": "300"}

    def _redeem(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        held = self._visits.get(asked.values["authId"])
        if held is None or not held.credential or held.credential != asked.values["credential"]:
            return {"code": UNKNOWN_VISIT}
        code, visit = self.take(held.id, now=now)
        someone = known(held.visitor)
        if visit is None or someone is None:
            return {"code": code}
        outcome = outcome_on_command(someone)
        if outcome in _CODES:
            return {"code": _CODES[outcome], "authId": visit.id}
        is_same = visit.mode == "result" or (has(someone, visit) and outcome is Outcome.MATCH)
        told = {
            "code": OK,
            "authId": visit.id,
            "result": "01" if is_same else "02",
            "serial": self.number("WH"),
        }
        if is_same:
            told["networkNumber"] = network_number(someone.key, asked.values["appId"])
        return told

    def unknown(self, answer: dict[str, str]) -> dict[str, str]:
        return {**answer, "result": "99"} if "result" in answer else {**answer, "authUrl": ""}

    def came(self, visit: Visit, chosen: str) -> Visit | None:
        if known(chosen) is None:
            return None
        return replace(visit, visitor=chosen, credential=secrets.token_hex(24))

    def brought(self, visit: Visit) -> dict[str, str]:
        return {"credential": visit.credential}


def network_number(key: str, application: str) -> str:
    """The pseudonym of a person at one application: lasting, and of no use at another."""
    return hashlib.sha256(f"{key}@{application}".encode()).hexdigest()[:32].upper()
