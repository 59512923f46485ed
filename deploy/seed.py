"""What a fresh development deployment finds in its database: keys, made-up people, sample clients.

Each seeder is idempotent; this is where they are listed.
"""

import os
from collections.abc import Callable

from django.conf import settings as django_settings

from deploy.composition.channels import devices
from deploy.composition.ground import AUDIT_PLAN
from deploy.house import House
from deploy.samples.device_seeding import enrol_simulated
from deploy.samples.people_seeding import PeopleSeeder
from deploy.samples.seeding import declare_samples, port_of
from deploy.samples.staff import StaffSeeder
from idp.foundation.keys import rotate

Seeder = Callable[[House], object]


def first_keys(house: House) -> None:
    """Signing keys are there before the first request asks for them."""
    ground = house.rooms.ground
    now = ground.clock.now()
    rotate(now, sealer=ground.sealer, plan=ground.token_plan)
    rotate(now, sealer=ground.sealer, plan=AUDIT_PLAN)


def made_up_people(house: House) -> None:
    rooms = house.rooms
    seeder = PeopleSeeder(
        rooms=rooms.hall.subjects, outbound=rooms.ground.outbound, clock=rooms.ground.clock
    )
    seeder()


def sample_clients(house: House) -> None:
    declare_samples(
        house.rooms.clients.registrar,
        house.rooms.clients.directory,
        port=port_of(house.settings.issuer, os.environ.get("TONGXING_PORT", "")),
        data=django_settings.LOCATIONS.data,
    )


def simulated_devices(house: House) -> None:
    ground = house.rooms.ground
    enrol_simulated(devices(ground), audience=house.settings.issuer, clock=ground.clock)


def made_up_staff(house: House) -> None:
    staff = house.rooms.staff
    StaffSeeder(
        accounts=staff.accounts, records=staff.factors.records, clock=house.rooms.ground.clock
    )()


SEEDERS: tuple[Seeder, ...] = (made_up_people, sample_clients, simulated_devices, made_up_staff)


def seed(house: House) -> None:
    """Make the first keys; run every seeder, unless this deployment is for real people."""
    first_keys(house)
    if not house.settings.personas:
        return
    for seeder in SEEDERS:
        seeder(house)
