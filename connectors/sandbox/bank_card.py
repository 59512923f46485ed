"""The bank card network's side of the four-factor check, as strict as the real one.

Owns its own count of checks a card: five in 24 hours, whoever asks.
"""

from collections import deque
from datetime import datetime, timedelta
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

METHOD: Final = "bank_card_four_factor"
CHECKS_A_CARD: Final = 5
_RESULTS: Final = {Outcome.MATCH: "00", Outcome.MISMATCH: "01", Outcome.NOT_FOUND: "02"}
_CODES: Final = {
    Outcome.INVALID_INPUT: "1007",
    Outcome.RATE_LIMITED: "2001",
    Outcome.INCONCLUSIVE: "3001",
}
_CARD_USED_UP: Final = "2002"


class BankCard(SignedService):
    """Answers four-factor checks about the made-up population."""

    name = "bank_card"
    secret = b"sandbox-bank-card-secret"
    codes = dict(zip(Refused, ("1001", "1002", "1003", "1004", "1005", "1006"), strict=True))
    steps = {
        "four-factor": Step(fields=("appId", "timestamp", "accName", "certNo", "cardNo", "mobile"))
    }

    def __init__(self) -> None:
        super().__init__()
        self._by_number = by_number(METHOD)
        self._checks: dict[str, deque[datetime]] = {}

    def is_slow_for(self, incoming: Incoming) -> bool:
        someone = self._by_number.get(self.read(incoming)[1].values.get("certNo", ""))
        return someone is not None and someone.outcomes[METHOD] is Outcome.TIMEOUT

    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        serial = self.number("YL")
        if self._is_used_up(asked.values["cardNo"], now=now):
            return {"code": _CARD_USED_UP, "serial": serial}
        outcome = self._outcome(asked)
        if outcome in _RESULTS:
            return {"code": "0000", "serial": serial, "result": _RESULTS[outcome]}
        return {"code": _CODES.get(outcome, "9999"), "serial": serial}

    def unknown(self, answer: dict[str, str]) -> dict[str, str]:
        return {**answer, "result": "99"}

    def _is_used_up(self, card: str, *, now: datetime) -> bool:
        with self._lock:
            checks = self._checks.setdefault(card, deque(maxlen=CHECKS_A_CARD))
            if len(checks) == CHECKS_A_CARD and checks[0] > now - timedelta(hours=24):
                return True
            checks.append(now)
            return False

    def _outcome(self, asked: Asked) -> Outcome:
        values = asked.values
        if len(values["certNo"]) != 18 or not values["accName"] or not values["cardNo"].isdecimal():
            return Outcome.INVALID_INPUT
        someone = self._by_number.get(values["certNo"])
        said = (values["accName"], values["cardNo"], f"+86{values['mobile']}")
        agrees = someone is not None and said == (someone.name, someone.bank_card, someone.phone)
        return outcome_for(someone, METHOD, agrees=agrees)
