"""The staff's room as the composition root wires it, on a store and a clock of a test's own."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from pytest_django.fixtures import Settings

from deploy.composition.ground import Ground, lay_ground
from deploy.composition.staff import StaffRoom, open_staff
from deploy.samples.staff import STAFF, StaffPersona, StaffSeeder
from idp.foundation.storage import ValkeyStore
from idp.staff.accounts import NewMember
from idp.staff.roles import Role
from tests.certificates import Authority
from tests.city import ISSUER, ShiftedClock
from tests.key_holder import KeyHolder

PASSWORD = "a quiet harbour at dawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The room, and made-up people in it."""

    ground: Ground
    room: StaffRoom
    clock: ShiftedClock
    holders: dict[str, KeyHolder] = field(default_factory=dict)

    def seed(self, *roles: Role) -> None:
        """The made-up staff of the README in these roles."""
        StaffSeeder(
            accounts=self.room.accounts,
            records=self.room.factors.records,
            clock=self.clock,
            personas=tuple(self.persona(role) for role in roles),
        )()

    def persona(self, role: Role) -> StaffPersona:
        return next(each for each in STAFF if each.role is role)

    def holder(self, persona: StaffPersona) -> KeyHolder:
        """The persona's passkey on a device of theirs."""
        return self.holders.setdefault(
            persona.username,
            KeyHolder(
                origin=self.room.origin,
                key=persona.key,
                credential_id=persona.credential_id,
                user_handle=persona.account_id.bytes,
            ),
        )


def new_member(username: str = "li", **fields: object) -> NewMember:
    given = {
        "id": uuid4(),
        "username": username,
        "name": "李明",
        "staff_number": f"N-{username}",
        "role": Role.SYSTEM,
        "password": PASSWORD,
        **fields,
    }
    return NewMember(**given)  # type: ignore[arg-type]


def nobody() -> UUID:
    return uuid4()


@pytest.fixture
def city_ca(settings: Settings, tmp_path: Path) -> Authority:
    """An authority whose certificates are taken; named before `office`, which opens with it."""
    made, file = Authority(), tmp_path / "issuers.pem"
    file.write_bytes(Authority(name="Another").own() + made.own())
    wish = replace(settings.PROVIDER.console, certificate_issuers_file=str(file))
    settings.PROVIDER = replace(settings.PROVIDER, console=wish)
    return made


@pytest.fixture
def office(db: None, store: ValkeyStore) -> Office:
    del db
    clock = ShiftedClock()
    settings = replace(django_settings.PROVIDER, issuer=ISSUER)
    ground = replace(lay_ground(settings), clock=clock, store=store)
    return Office(ground=ground, room=open_staff(ground), clock=clock)
