"""The management API as the composition root wires it, and a declared client in each role."""

from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import pytest
from django.test import Client as Http
from django.urls import URLPattern, URLResolver
from pytest_django.fixtures import Settings

from admin.api.operations import OPERATIONS
from deploy.composition.management import management_patterns
from idp.foundation.keys import KeyPlan, rotate
from idp.staff.roles import Role
from tests.console.conftest import HOST, Desk, desk, office

__all__ = ["desk", "office"]
RESOURCE = "http://localhost:18700/api/v1"
DEPARTMENT = "city-library"
EVERY_SCOPE = " ".join(sorted({each.scope for each in OPERATIONS if each.scope}))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Api:
    """Speaks to the API in one role after another; each has a client of its own."""

    desk: Desk
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def urlpatterns(self) -> list[URLPattern | URLResolver]:
        return self.patterns()

    def patterns(self, *, rate: int = 100_000, **changed: Any) -> list[URLPattern | URLResolver]:
        """The addresses, where a client may ask `rate` times a second."""
        ground = self.desk.rooms.ground
        limits = replace(ground.settings.limits, management_requests_per_second=rate)
        limited = replace(ground, settings=replace(ground.settings, limits=limits, **changed))
        return list(management_patterns(replace(self.desk.rooms, ground=limited)))

    def declare(self, client_id: str, role: str, *, department: str = "", **city: Any) -> None:
        self.desk.rooms.clients.registrar.declare(
            client_id,
            {
                "grant_types": ["client_credentials"],
                "token_endpoint_auth_method": "client_secret_basic",
                "scope": EVERY_SCOPE,
                "resources": [RESOURCE],
            },
            {"management_role": role, "department": department, **city},
            secret="a made-up secret of the tests",
        )

    def token(self, client_id: str, *, scope: str = "", resource: str = RESOURCE) -> str:
        client = self.desk.rooms.clients.directory.get(client_id)
        assert client
        issued = self.desk.rooms.tokens.issuance.for_client(
            client, scope=scope, resources=(resource,)
        )
        return issued.access_token.value

    def token_of(self, role: Role) -> str:
        if role not in self.tokens:
            is_of_department = role is Role.DEPARTMENT
            self.declare(f"api-{role}", role, department=DEPARTMENT if is_of_department else "")
            self.tokens[role] = self.token(f"api-{role}")
        return self.tokens[role]

    def ask(self, who: Role | str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request, in a role, or with a token; header names by underscores."""
        token = self.token_of(who) if isinstance(who, Role) else who
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            named["Authorization"] = f"Bearer {token}"
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        return Http(HTTP_HOST=HOST).generic(
            method,
            f"/api/v1{path}",
            b"" if body is None else raw,
            content_type="application/json" if body is not None else "",
            headers=named,
        )


@pytest.fixture
def api(desk: Desk, settings: Settings) -> Api:
    ground = desk.office.ground
    rotate(ground.clock.now(), sealer=ground.sealer, plan=KeyPlan(algorithms=("ES256",)))
    ground.keys.reload()
    made = Api(desk=desk)
    settings.ROOT_URLCONF = made
    return made


def problem(response: Any) -> str:
    """The stable name of the problem that was answered."""
    assert response["Content-Type"] == "application/problem+json", response.content
    document = response.json()
    assert document["status"] == response.status_code
    assert document["title"]
    name: str = document["type"].removeprefix("urn:tongxing:problem:")
    return name
