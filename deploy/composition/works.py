"""What the console shows of the house itself, wired."""

import os

from admin.console import WorksServices
from admin.figures import FiguresDesk
from deploy.composition.channels import devices
from deploy.composition.rooms import Rooms
from deploy.composition.settings_in_force import settings_in_force
from idp.channels.connector_desk import ConnectorDesk
from idp.foundation.outbox import DeadLetters
from idp.staff.alerts import AlertDesk


def open_works(rooms: Rooms) -> WorksServices:
    ground = rooms.ground
    return WorksServices(
        connectors=ConnectorDesk(
            placed=rooms.hall.connectors, store=ground.store, clock=ground.clock
        ),
        figures=FiguresDesk(store=ground.store),
        alerts=AlertDesk(clock=ground.clock),
        devices=devices(ground),
        deliveries=DeadLetters(clock=ground.clock),
        settings=lambda: settings_in_force(ground.settings, os.environ),
    )
