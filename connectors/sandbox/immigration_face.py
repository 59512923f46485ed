"""The immigration administration's camera page: applications, the page, results fetched once.

Owns its codes. As for the face comparison, a face is a person's key, and there are no pictures;
whoever answers otherwise on command does so by standing before the camera.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from connectors.outcomes import Outcome
from connectors.sandbox.face import BLURRED, PHOTOGRAPH, SIMILAR, Face
from connectors.sandbox.immigration import CERTIFICATE_TYPES
from connectors.sandbox.population import SandboxPerson, people
from connectors.sandbox.signed_exchange import Asked, Refused, Step
from connectors.sandbox.visits import Visit, is_return_url, known, new_visit, outcome_on_command

OK: Final = "200"
INVALID: Final = "400"
GONE: Final = "404"
NOBODY_CAME: Final = "425"
_DIFFERENT: Final = "2"
_NOT_FOUND: Final = "3"


class ImmigrationFace(Face):
    """`apply`, `capture`, `result`."""

    name = "immigration_face"
    secret = b"sandbox-immigration-face-secret"
    codes = dict(zip(Refused, ("403", "411", "412", "413", "414", "415"), strict=True))
    steps = {
        "apply": Step(
            fields=(
                *("appId", "timestamp", "authType", "certType", "certNo", "name", "birthDate"),
                *("nationality", "returnUrl", "state", "consentId"),
            ),
            optional=frozenset({"nationality"}),
        ),
        "result": Step(fields=("appId", "timestamp", "applyNo")),
    }
    title = "出入境证件实人认证(沙箱)"
    visit_parameter = "applyNo"

    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        if asked.step == "result":
            return self._fetched(asked.values["applyNo"], now=now)
        values = asked.values
        if not values["consentId"] or not is_return_url(values["returnUrl"]):
            return {"code": INVALID}
        if values["certType"] not in CERTIFICATE_TYPES or values["authType"] != "REAL_PERSON":
            return {"code": INVALID}
        holder = _holder(values)
        visit = new_visit({**values, "xm": holder.key if holder else ""}, now=now)
        self.open(visit)
        url = f"{self.page_url}/immigration-face/capture?applyNo={visit.id}"
        return {"code": OK, "applyNo": visit.id, "captureUrl": url}

    def _fetched(self, application: str, *, now: datetime) -> dict[str, str]:
        held = self._visits.get(application)
        if held is not None and not held.visitor:
            return {"code": NOBODY_CAME}
        _, visit = self.take(application, now=now)
        if visit is None:
            return {"code": GONE}
        told = {"code": OK, "applyNo": visit.id, "consentId": visit.consent_id}
        return {**told, **self._seen(visit)}

    def _seen(self, visit: Visit) -> dict[str, str]:
        visitor = known(visit.visitor)
        said = outcome_on_command(visitor) if visitor else Outcome.MATCH
        if said in {Outcome.RATE_LIMITED, Outcome.PROVIDER_ERROR}:
            return {"code": "429" if said is Outcome.RATE_LIMITED else "500"}
        results = {Outcome.INCONCLUSIVE: "4", Outcome.NOT_FOUND: "5"}
        if not visit.name:
            return {"result": _NOT_FOUND}
        if visit.visitor == BLURRED:
            return {"result": "6"}
        if said in results:
            return {"result": results[said]}
        liveness = "0" if visit.visitor == PHOTOGRAPH else "1"
        if visit.visitor in {SIMILAR, PHOTOGRAPH}:
            return {"liveness": liveness, "result": "1", "score": "0.7421"}
        is_same = visit.visitor == visit.name
        score = "0.9731" if is_same else "0.1204"
        return {"liveness": "1", "result": "1" if is_same else _DIFFERENT, "score": score}


def _holder(values: Mapping[str, str]) -> SandboxPerson | None:
    """Whose document this is, where name, birth date and country are theirs."""
    kind = CERTIFICATE_TYPES[values["certType"]]
    for someone in people():
        for document in someone.documents:
            if (document.type, document.number) != (kind, values["certNo"]):
                continue
            details = document.details
            born = details.get("birth_date") or document.number[6:14]
            country = details.get("country", "")
            is_theirs = (
                values["name"] in {someone.name, someone.name_latin}
                and values["birthDate"] == born.replace("-", "")
                and values.get("nationality", country) == country
            )
            return someone if is_theirs else None
    return None
