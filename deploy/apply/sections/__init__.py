"""The kinds of things that can be declared: one module each, listed here and nowhere else."""

from collections.abc import Mapping

from deploy.apply.section import Section
from deploy.apply.sections.clients import ClientsSection
from deploy.apply.sections.connectors import ConnectorsSection
from deploy.apply.sections.devices import DevicesSection
from deploy.apply.sections.import_sources import ImportSourcesSection
from deploy.apply.sections.people import PeopleSection
from deploy.apply.sections.policies import PoliciesSection
from deploy.composition.authorities import connector_names
from deploy.composition.channels import devices
from deploy.composition.policies import has_four_eyes, policy_changes
from deploy.house import House


def sections_of(house: House) -> Mapping[str, Section]:
    """Return every section, over the rooms of this house, in the order they are carried out."""
    clients, people = house.rooms.clients, house.rooms.hall.subjects
    accounts = house.rooms.staff.accounts
    return {
        "clients": ClientsSection(registrar=clients.registrar, rules=clients.rules),
        "import_sources": ImportSourcesSection(clock=house.rooms.ground.clock),
        "people": PeopleSection(
            people=people.people,
            documents=people.documents,
            profile=house.settings.profile,
            clock=house.rooms.ground.clock,
        ),
        "connectors": ConnectorsSection(
            known=connector_names(house.rooms.ground), clock=house.rooms.ground.clock
        ),
        "devices": DevicesSection(devices=devices(house.rooms.ground)),
        "policies": PoliciesSection(
            clock=house.rooms.ground.clock,
            changes=policy_changes(house.rooms.ground),
            must_propose=lambda: has_four_eyes(house.settings, accounts),
        ),
    }
