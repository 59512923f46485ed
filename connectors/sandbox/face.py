"""The face comparison's side: liveness sessions, the camera page, results fetched once.

Owns its codes and scores. A face is a person's key: whoever is chosen on the page, or was presented
to a simulated camera (`/devices`), looks into it. There are no pictures here either.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from connectors.outcomes import Outcome
from connectors.sandbox.population import SandboxPerson, people
from connectors.sandbox.signed_exchange import Asked, Step
from connectors.sandbox.visits import (
    INVALID,
    OK,
    Visit,
    VisitService,
    is_return_url,
    known,
    new_visit,
    outcome_on_command,
)

BLURRED: Final = "blurred"
PHOTOGRAPH: Final = "photograph"
SIMILAR: Final = "similar"
WITHOUT_PHOTO: Final = "not_found"
_OTHERS: Final[Mapping[str, str]] = {
    BLURRED: "看不清的人",
    PHOTOGRAPH: "一张照片(不是活人)",
    SIMILAR: "长得很像的人",
}
_CODES: Final = {
    Outcome.INCONCLUSIVE: "3003",
    Outcome.RATE_LIMITED: "2001",
    Outcome.PROVIDER_ERROR: "9999",
}
NO_PHOTO: Final = "3001"
LOW_QUALITY: Final = "3002"
NO_SUCH_NUMBER: Final = "3004"
NOBODY_CAME: Final = "4003"


class Face(VisitService):
    """`session`, `capture`, `result`."""

    name = "face"
    secret = b"sandbox-face-secret"
    steps = {
        "session": Step(
            fields=("appId", "timestamp", "returnUrl", "state", "consentId", "gmsfhm", "xm")
        ),
        "result": Step(fields=("appId", "timestamp", "sessionId")),
    }
    title = "人证比对(沙箱)"
    explanation = "选择站在摄像头前的人。不拍摄、不保存任何图像。"
    visit_parameter = "sessionId"

    def __init__(
        self, *, page_url: str = "", presented: Callable[[], Mapping[str, str]] = dict
    ) -> None:
        super().__init__()
        self.page_url = page_url
        self._presented = presented

    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        if asked.step == "result":
            return self._result(asked, now=now)
        values = asked.values
        if not values["consentId"] or not is_return_url(values["returnUrl"]):
            return {"code": INVALID}
        if holder_of(values["gmsfhm"], values["xm"]) is None:
            return {"code": NO_SUCH_NUMBER}
        visit = new_visit(values, now=now)
        self.open(visit)
        url = f"{self.page_url}/face/capture?sessionId={visit.id}"
        return {"code": OK, "sessionId": visit.id, "captureUrl": url, "expiresIn": "300"}

    def _result(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        held = self._visits.get(asked.values["sessionId"])
        if held is not None and not held.visitor:
            return {"code": NOBODY_CAME}
        code, visit = self.take(asked.values["sessionId"], now=now)
        if visit is None:
            return {"code": code}
        told = {"code": OK, "sessionId": visit.id, "consentId": visit.consent_id}
        return {**told, **self._compared(visit), "serial": self.number("RZ")}

    def _compared(self, visit: Visit) -> dict[str, str]:
        holder = holder_of(visit.number, visit.name)
        outcome = outcome_on_command(holder) if holder else Outcome.NOT_FOUND
        if holder is None or holder.key == WITHOUT_PHOTO:
            return {"code": NO_PHOTO}
        if visit.visitor == BLURRED:
            return {"code": LOW_QUALITY}
        if outcome in _CODES:
            return {"code": _CODES[outcome]}
        if visit.visitor == SIMILAR:
            return {"liveness": "1", "result": "01", "score": "0.7421"}
        liveness = "0" if visit.visitor == PHOTOGRAPH else "1"
        is_same = visit.visitor == holder.key and outcome is Outcome.MATCH
        return {
            "liveness": liveness,
            "result": "01" if is_same or liveness == "0" else "02",
            "score": "0.9731" if is_same else "0.1204",
        }

    def unknown(self, answer: dict[str, str]) -> dict[str, str]:
        return {**answer, "result": "99"} if "result" in answer else {**answer, "captureUrl": ""}

    def came(self, visit: Visit, chosen: str) -> Visit | None:
        visitor = self._presented().get(chosen, chosen)
        if known(visitor) is None and visitor not in _OTHERS:
            return None
        return replace(visit, visitor=visitor)

    def brought(self, visit: Visit) -> dict[str, str]:
        del visit  # the result is fetched by the server, never brought
        return {}

    def visitors(self) -> list[tuple[str, str]]:
        cameras = [(camera, f"{camera} 前的人") for camera in self._presented()]
        return [*super().visitors(), *_OTHERS.items(), *cameras]


def holder_of(number: str, name: str) -> SandboxPerson | None:
    """Whose number and name these are."""
    for someone in people():
        if someone.name == name and number in {entry.number for entry in someone.documents}:
            return someone
    return None
