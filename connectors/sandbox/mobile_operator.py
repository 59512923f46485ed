"""The mobile operators' side of the three-factor check, as strict as the real one."""

from datetime import datetime
from typing import Final

from connectors.outcomes import Outcome
from connectors.sandbox.exchange import Incoming
from connectors.sandbox.signed_exchange import (
    Asked,
    Refused,
    SignedService,
    Step,
    by_number,
    outcome_for,
)

METHOD: Final = "mobile_three_factor"
_RESULTS: Final = {Outcome.MATCH: "1", Outcome.MISMATCH: "2", Outcome.NOT_FOUND: "3"}
_CODES: Final = {
    Outcome.INVALID_INPUT: "1107",
    Outcome.RATE_LIMITED: "1201",
    Outcome.INCONCLUSIVE: "1301",
}


class MobileOperator(SignedService):
    """Answers three-factor checks about the made-up population."""

    name = "mobile_operator"
    secret = b"sandbox-mobile-operator-secret"
    codes = dict(zip(Refused, ("1101", "1102", "1103", "1104", "1105", "1106"), strict=True))
    steps = {"three-factor": Step(fields=("appId", "timestamp", "name", "idNo", "mobile"))}

    def __init__(self) -> None:
        super().__init__()
        self._by_number = by_number(METHOD)

    def is_slow_for(self, incoming: Incoming) -> bool:
        someone = self._by_number.get(self.read(incoming)[1].values.get("idNo", ""))
        return someone is not None and someone.outcomes[METHOD] is Outcome.TIMEOUT

    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        del now
        outcome = self._outcome(asked)
        serial = self.number("YYS")
        if outcome in _RESULTS:
            return {"code": "0", "serial": serial, "result": _RESULTS[outcome]}
        return {"code": _CODES.get(outcome, "9999"), "serial": serial}

    def unknown(self, answer: dict[str, str]) -> dict[str, str]:
        return {**answer, "result": "9"}

    def _outcome(self, asked: Asked) -> Outcome:
        values = asked.values
        if len(values["idNo"]) != 18 or len(values["mobile"]) != 11 or not values["name"]:
            return Outcome.INVALID_INPUT
        someone = self._by_number.get(values["idNo"])
        agrees = someone is not None and (someone.name, someone.phone) == (
            values["name"],
            f"+86{values['mobile']}",
        )
        return outcome_for(someone, METHOD, agrees=agrees)
