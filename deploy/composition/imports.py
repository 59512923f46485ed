"""Imports out of earlier platforms, wired."""

from dataclasses import dataclass

from deploy.composition.ground import Ground
from deploy.composition.people import HallRooms
from idp.subjects.imports.run import PeopleImport
from idp.subjects.imports.undo import Undoing
from idp.subjects.imports.wrapping import PasswordWrapping
from idp.subjects.passwords import Passwords


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportsRoom:
    people: PeopleImport
    undoing: Undoing
    wrapping: PasswordWrapping


def open_imports(ground: Ground, hall: HallRooms) -> ImportsRoom:
    fields, clock = hall.subjects.fields, ground.clock
    return ImportsRoom(
        people=PeopleImport(fields=fields, index=ground.index, clock=clock),
        undoing=Undoing(fields=fields, clock=clock),
        wrapping=PasswordWrapping(fields=fields, passwords=Passwords()),
    )
