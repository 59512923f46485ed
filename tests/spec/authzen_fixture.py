"""An integrated system that asks for decisions: its policies, and its way of asking."""

from dataclasses import dataclass
from typing import Any

from idp.foundation.clock import SystemClock
from idp.journey.access.versions import declare
from tests.spec.conftest import agreeing
from tests.spec.house import HouseUnderTest
from tests.spec.relying_party import Provider, RelyingParty, peek
from tests.spec.wire import Answer, Browser

SCOPE = "openid access:evaluate access:search"
POLICIES = """
@id("anybody-reads")
permit (principal, action == Action::"use", resource)
when { context.operation in [Operation::"read", Operation::"can_read_todos"] };

@id("writers-write")
permit (principal, action == Action::"use", resource)
when {
    context.operation == Operation::"write" && principal.hasTag("writer") &&
    (!(resource.hasTag("status")) || !resource.getTag("status").contains("archived"))
};

@id("admins-write-archived")
permit (principal, action == Action::"use", resource)
when {
    context.operation == Operation::"write" && principal.hasTag("role") &&
    principal.getTag("role").contains("admin") &&
    resource.hasTag("status") && resource.getTag("status").contains("archived")
};

@id("soft-deletes")
permit (principal, action == Action::"use", resource)
when {
    context.operation == Operation::"delete" && context.operation.hasTag("soft") &&
    context.operation.getTag("soft").contains("true")
};

@id("editors-update-their-own")
permit (principal, action == Action::"use", resource)
when {
    context.operation == Operation::"can_update_todo" && principal.hasTag("id") &&
    resource.hasTag("ownerID") && resource.getTag("ownerID").containsAny(principal.getTag("id"))
};

@id("no-vault")
@reason("the_vault_is_closed")
@says_zh_hans("金库不开放。") @says_zh_hant("金庫不開放。") @says_en("The vault is closed.")
forbid (principal, action == Action::"use", resource == Item::"record/vault");

@id("record-1-is-named")
forbid (principal, action == Action::"use", resource == Item::"record/record-1")
when { context.operation == Operation::"shred" };
"""


@dataclass(slots=True, kw_only=True)
class Pep:
    """An integrated system: a client with a token of its own, and two people it knows."""

    party: RelyingParty
    token: str
    alice: str
    bob: str

    def ask(self, path: str, document: Any, **headers: str) -> Answer:
        given = {"Authorization": f"Bearer {self.token}", **headers}
        return self.party.provider.wire.post_json(f"/access/v1/{path}", document, headers=given)

    def decide(self, operation: str, item: str = "record-1", **more: Any) -> dict[str, Any]:
        answer = self.ask("evaluation", self.question(operation, item, **more))
        assert answer.status == 200, answer.body
        return dict(answer.json())

    def question(
        self,
        operation: str,
        item: str = "record-1",
        *,
        sub: str = "",
        subject: dict[str, Any] | None = None,
        resource: dict[str, Any] | None = None,
        action: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        return {
            "subject": {"type": "user", "id": sub or self.alice, "properties": subject or {}},
            "action": {"name": operation, "properties": action or {}},
            "resource": {"type": "record", "id": item, "properties": resource or {}},
        }


def system(house: HouseUnderTest, provider: Provider, signed_in: dict[str, Browser]) -> Pep:
    """Register it, let two citizens sign in to it, and put its policies in force."""
    party = provider.party(grant_types=["authorization_code", "client_credentials"], scope=SCOPE)
    subs = {}
    for key in ("adult", "elder"):
        tokens = party.tokens(signed_in[key].twin(), agreeing(key), scope="openid")
        subs[key] = peek(tokens["id_token"])[1]["sub"]
    token = party.token(grant_type="client_credentials").json()["access_token"]
    declare(party.client_id, POLICIES, clock=SystemClock())
    house.house.rooms.hall.policies.reload()
    return Pep(party=party, token=token, alice=subs["adult"], bob=subs["elder"])
