"""All built rooms in one value, for what serves, seeds and commands them."""

from dataclasses import dataclass

from deploy.composition.clients import ClientsRoom
from deploy.composition.ground import Ground
from deploy.composition.imports import ImportsRoom
from deploy.composition.people import HallRooms
from deploy.composition.staff import StaffRoom
from deploy.composition.tokens import TokensRoom


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    ground: Ground
    clients: ClientsRoom
    hall: HallRooms
    tokens: TokensRoom
    staff: StaffRoom
    imports: ImportsRoom
