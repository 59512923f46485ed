"""The city's own system of staff: a client that an administrator lets keep accounts over SCIM."""

import json
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

from idp.clients.models import ClientRow
from idp.clients.registrar import Amendment
from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider, RelyingParty
from tests.spec.wire import Answer

SCHEMAS: Final = "urn:ietf:params:scim:schemas"
USER: Final = f"{SCHEMAS}:core:2.0:User"
GROUP: Final = f"{SCHEMAS}:core:2.0:Group"
EMPLOYMENT: Final = f"{SCHEMAS}:extension:enterprise:2.0:User"
MESSAGES: Final = "urn:ietf:params:scim:api:messages:2.0"
NOBODY = "8f14e45f-ceea-4677-9d3a-0f7f3b1c2d4e"
"""An identifier that nobody has."""
ROOT: Final = "/scim/v2"
_NUMBERS: Final = count(1)


@dataclass(slots=True, kw_only=True)
class StaffSystem:
    """A client with a token of its own."""

    party: RelyingParty
    token: str = field(repr=False)

    def ask(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        query: dict[str, str] | None = None,
        **headers: str,
    ) -> Answer:
        given = {"Authorization": f"Bearer {self.token}"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.party.provider.wire.send(
            method,
            f"{ROOT}{path}",
            query=query or {},
            body=b"" if document is None else body,
            content_type="" if document is None else "application/scim+json",
            headers=given,
        )

    def invite(self, role: str = "supervisor", **changes: Any) -> dict[str, Any]:
        answer = self.ask("POST", "/Users", person(role, **changes))
        assert answer.status == 201, answer.body
        return dict(answer.json())

    def found(self, name: str, *members: str) -> dict[str, Any]:
        answer = self.ask("POST", "/Groups", department(name, *members))
        assert answer.status == 201, answer.body
        return dict(answer.json())

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> Answer:
        document = {"schemas": [f"{MESSAGES}:PatchOp"], "Operations": list(operations)}
        return self.ask("PATCH", path, document, **headers)

    def user(self, user_id: str) -> dict[str, Any]:
        return dict(self.ask("GET", f"/Users/{user_id}").json())

    def members(self, group_id: str) -> set[str]:
        group = self.ask("GET", f"/Groups/{group_id}").json()
        return {each["value"] for each in group.get("members", ())}


def person(role: str = "supervisor", **changes: Any) -> dict[str, Any]:
    """What a client sends to invite somebody; each call is about somebody else."""
    number = next(_NUMBERS)
    employment = {"employeeNumber": f"SCIM-{number}"}
    for name in ("employeeNumber", "department"):
        if name in changes:
            employment[name] = changes.pop(name)
    return {
        "schemas": [USER, EMPLOYMENT],
        "userName": f"scim.{number}",
        "displayName": f"沈{number}",
        "active": True,
        "userType": role,
        EMPLOYMENT: employment,
        **changes,
    }


def department(name: str, *members: str) -> dict[str, Any]:
    return {
        "schemas": [GROUP],
        "displayName": name,
        "members": [{"value": each} for each in members],
    }


def staff_system(
    house: HouseUnderTest, provider: Provider, *roles: str, scope: str = "scim scim:read"
) -> StaffSystem:
    """Register it, and let it keep accounts in these roles."""
    party = provider.party(
        grant_types=["client_credentials"], response_types=[], redirect_uris=None, scope=scope
    )
    allow(house, party.client_id, *roles)
    token = party.token(grant_type="client_credentials").json()["access_token"]
    return StaffSystem(party=party, token=token)


def allow(house: HouseUnderTest, client_id: str, *roles: str) -> None:
    """What an administrator declares of it."""
    clients = house.house.rooms.clients
    read_at = ClientRow.objects.get(client_id=client_id).updated_at
    wanted = Amendment(
        metadata={}, city={"provisions": list(roles)}, read_at=read_at, operator="system"
    )
    clients.registrar.amend(client_id, wanted)
    clients.directory.reload()


def refusal(answer: Answer) -> tuple[int, str]:
    """Status and scimType of an error, which must be one of RFC 7644 §3.12."""
    error = answer.json()
    assert error["schemas"] == [f"{MESSAGES}:Error"], error
    assert error["status"] == str(answer.status)
    assert error["detail"]
    return answer.status, error.get("scimType", "")
