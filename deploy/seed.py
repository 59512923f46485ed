"""What a fresh development deployment finds in its database: made-up people and sample clients.

Each room that has something to seed gives one idempotent function; this is where it is listed.
"""

from collections.abc import Callable

from deploy.composition import House

Seeder = Callable[[House], None]

SEEDERS: tuple[Seeder, ...] = ()


def seed(house: House) -> None:
    """Run every seeder, unless this deployment is for real people."""
    if not house.settings.personas:
        return
    for seeder in SEEDERS:
        seeder(house)
