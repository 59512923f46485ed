"""The register of organizations' side, as strict as the real one."""

from datetime import datetime

from connectors.sandbox.exchange import Incoming
from connectors.sandbox.population import SandboxOrganization, person, registered_organizations
from connectors.sandbox.signed_exchange import Asked, Refused, SignedService, Step


class BusinessRegistry(SignedService):
    """Answers checks of the made-up organizations."""

    name = "business_registry"
    secret = b"sandbox-business-registry-secret"
    codes = dict(zip(Refused, ("1001", "1002", "1003", "1004", "1005", "1006"), strict=True))
    steps = {
        "organization": Step(fields=("appId", "timestamp", "uscc", "entName", "principalName"))
    }

    def is_slow_for(self, incoming: Incoming) -> bool:
        company = _registered(self.read(incoming)[1].values.get("uscc", ""))
        return company is not None and company.register_code == "slow"

    def tell(self, asked: Asked, *, now: datetime) -> dict[str, str]:
        del now
        values, serial = asked.values, self.number("SC")
        if len(values["uscc"]) != 18 or not values["entName"]:
            return {"code": "1007", "serial": serial}
        company = _registered(values["uscc"])
        if company is None:
            return {"code": "0001", "serial": serial}
        if company.register_code:
            return {"code": company.register_code, "serial": serial}
        principal = person(company.legal_representative).name
        return {
            "code": "0000",
            "serial": serial,
            "nameResult": "1" if company.name == values["entName"] else "0",
            "principalResult": "1" if principal == values["principalName"] else "0",
            "regStatus": company.status,
            "principalTitle": company.principal_title,
        }

    def unknown(self, answer: dict[str, str]) -> dict[str, str]:
        return {**answer, "nameResult": "7"}


def _registered(uscc: str) -> SandboxOrganization | None:
    return next((each for each in registered_organizations() if each.uscc == uscc), None)
